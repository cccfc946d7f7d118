"""Sound from elsewhere, taken apart into samples."""

from collections.abc import Iterator
from io import BytesIO
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile

Samples: TypeAlias = npt.NDArray[np.int16]
BLOCK_SECONDS = 5
LONGEST_SECONDS = 3 * 60 * 60
FADE_SECONDS = 0.004


class UnreadableSound(ValueError):
    """These bytes are no sound we can decode."""


def decode(data: bytes, raw_rate: int | None = None) -> tuple[int, Iterator[Samples]]:
    """Return the sample rate and, bit by bit, the samples of a sound file, mixed to mono.

    With `raw_rate` the bytes are bare 16-bit samples at that rate. The iterator raises too.

    Raises:
        UnreadableSound: the bytes are no sound, or an endless one.
    """
    if raw_rate is not None:
        return raw_rate, _raw(data, raw_rate)
    try:
        sound = soundfile.SoundFile(BytesIO(data))
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        raise UnreadableSound("not a sound file") from error
    if sound.channels > 8 or not 4000 <= sound.samplerate <= 192_000:
        raise UnreadableSound("an unusual sound file")
    return sound.samplerate, _decoded(sound)


def faded(blocks: Iterator[Samples], rate: int) -> Iterator[Samples]:
    """Pass samples on with a short fade at both ends, so that joins don't click."""
    length = max(1, round(FADE_SECONDS * rate))
    ramp = np.linspace(0.0, 1.0, length)
    held = np.zeros(0, np.int16)
    begun = False
    for block in blocks:
        held = np.concatenate((held, block))
        if not begun and len(held) >= length:
            held[:length] = (held[:length] * ramp).astype(np.int16)
            begun = True
        if begun and len(held) > length:
            yield held[:-length]
            held = held[-length:]
    if len(held):
        short = ramp[::-1][-len(held) :]
        yield (held[-len(short) :] * short).astype(np.int16)


def resampled(blocks: Iterator[Samples], rate: int, wanted: int) -> Iterator[Samples]:
    """Bring samples to another rate, by straight lines between them."""
    if rate == wanted:
        yield from blocks
        return
    for block in blocks:
        places = np.arange(0, len(block), rate / wanted)
        yield np.interp(places, np.arange(len(block)), block).astype(np.int16)


def _decoded(sound: soundfile.SoundFile) -> Iterator[Samples]:
    taken = 0
    with sound:
        while True:
            try:
                block = sound.read(BLOCK_SECONDS * sound.samplerate, "float32", always_2d=True)
            except (soundfile.LibsndfileError, RuntimeError) as error:
                raise UnreadableSound("the sound file breaks off") from error
            if not len(block):
                return
            taken += len(block)
            if taken > LONGEST_SECONDS * sound.samplerate:
                raise UnreadableSound("an endless sound file")
            mono = block.mean(axis=1)
            yield (np.clip(np.nan_to_num(mono), -1.0, 1.0) * 32767).astype(np.int16)


def _raw(data: bytes, rate: int) -> Iterator[Samples]:
    samples = np.frombuffer(data[: len(data) // 2 * 2], np.dtype("<i2")).astype(np.int16)
    step = BLOCK_SECONDS * rate
    for start in range(0, len(samples), step):
        yield samples[start : start + step]
