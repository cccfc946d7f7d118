"""Sounds: checked by decoding a little of them everywhere, and kept as they are."""

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy
import numpy.typing
from mutagen.mp4 import MP4
from soundfile import LibsndfileError, SoundFile

from services import mp4
from services.refusals import UploadRefused

log = logging.getLogger(__name__)

PEAKS = 96
"""Bars of a waveform."""
GLANCES = 2
"""Places that are listened to within one bar of a long sound."""
GLANCE = 8192
"""Length of one of them, in frames: MP3 needs a few thousand to find its feet after a jump."""
MAX_HOURS = 100
MAX_CHANNELS = 8

_DECODED_AS = {"audio/mpeg": "MP3", "audio/ogg": "OGG", "audio/flac": "FLAC", "audio/wav": "WAV"}
_PLAYABLE = {
    "MP3": {"MPEG_LAYER_III"},
    "OGG": {"VORBIS", "OPUS"},
    "FLAC": {"PCM_S8", "PCM_16", "PCM_24"},
    "WAV": {"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW"},
    "WAVEX": {"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"},
}

# Decoders and tag readers may need a multiple of what they read: one at a time.
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sound:
    """What is known of a sound without listening to all of it.

    Attributes:
        duration: seconds.
        peaks: loudness from start to end, 0 to 100, scaled to the loudest; empty when
            the format can't be decoded here (M4A).
        title: from its tags, or empty.
    """

    duration: float
    peaks: list[int]
    title: str


def inspect(stream: BinaryIO, name: str, content_type: str) -> Sound:
    """Read length, waveform and title; the time it takes does not grow with the length.

    `name` is for the words of a refusal.

    Raises:
        UploadRefused: it is damaged, empty, a video or in a form browsers can't play.
    """
    with _turn, _refusing(name):
        stream.seek(0)
        sound = (
            _inspect_m4a(stream, name)
            if content_type == "audio/mp4"
            else _inspect_decoded(stream, name, _DECODED_AS[content_type])
        )
        if not math.isfinite(sound.duration) or sound.duration <= 0:
            raise UploadRefused(name, "holds no sound.")
        if sound.duration > MAX_HOURS * 3600:
            raise UploadRefused(name, f"says it is longer than {MAX_HOURS} hours.")
        return sound


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    try:
        yield
    except UploadRefused:
        raise
    except Exception as error:
        # Readers of hostile bytes raise anything from struct.error to RecursionError.
        log.info("a sound could not be read: %r", error)
        raise UploadRefused(
            name, "is damaged: no sound could be read from it. Save it again and retry."
        ) from error


def _inspect_decoded(stream: BinaryIO, name: str, family: str) -> Sound:
    if family == "OGG":
        _check_ogg(stream, name)
    with SoundFile(stream) as sound:
        if not sound.format.startswith(family):
            raise UploadRefused(name, "is not the kind of sound that its first bytes promise.")
        if sound.subtype not in _PLAYABLE.get(sound.format, ()):
            raise UploadRefused(
                name, "is compressed in a way that browsers can't play. Save it as MP3 or FLAC."
            )
        if sound.channels > MAX_CHANNELS:
            raise UploadRefused(name, f"has {sound.channels} channels; browsers play up to 8.")
        if sound.frames <= 0:
            raise UploadRefused(name, "holds no sound.")
        return Sound(sound.frames / sound.samplerate, _peaks(sound, name), str(sound.title))


def _check_ogg(stream: BinaryIO, name: str) -> None:
    """Let through what starts with a Vorbis or Opus stream; an Ogg file may hold anything."""
    head = stream.read(512)
    stream.seek(0)
    first_packet = head[27 + head[26] :] if len(head) > 27 else b""
    if first_packet.startswith((b"\x80theora", b"fishead")):
        raise UploadRefused(name, "is a video. Only its sound could be kept: save that alone.")
    if not first_packet.startswith((b"\x01vorbis", b"OpusHead")):
        raise UploadRefused(name, "is an Ogg file of another kind than Vorbis or Opus.")


def _peaks(sound: SoundFile, name: str) -> list[int]:
    """Return the loudest moment of each of PEAKS equal parts, 0 to 100."""
    part = sound.frames / PEAKS
    if sound.frames <= PEAKS * GLANCES * GLANCE:
        heard = numpy.abs(sound.read(dtype="float32", always_2d=True)).max(axis=1)
        parts = [heard[int(bar * part) : int((bar + 1) * part) + 1] for bar in range(PEAKS)]
        loudest = [_loudest(samples) for samples in parts]
    else:
        loudest = _glance(sound, name, part)
    top = max(loudest)
    return [round(100 * peak / top) for peak in loudest] if top > 0 else [0] * PEAKS


def _glance(sound: SoundFile, name: str, part: float) -> list[float]:
    """Listen to a few places in each part of a long sound."""
    room = numpy.empty((GLANCE, sound.channels), dtype="float32")
    loudest = [0.0] * PEAKS
    unread = 0
    for bar in range(PEAKS):
        for glance in range(GLANCES):
            try:
                sound.seek(int((bar + glance / GLANCES) * part))
                heard = numpy.abs(sound.read(out=room))
            except LibsndfileError:
                unread += 1
                continue
            loudest[bar] = max(loudest[bar], _loudest(heard))
    if unread > PEAKS * GLANCES // 10:
        raise UploadRefused(name, "is damaged: part of the sound is missing. Save it again.")
    return loudest


def _loudest(samples: numpy.typing.NDArray[numpy.float32]) -> float:
    return float(numpy.nan_to_num(samples, posinf=1, neginf=1).max(initial=0))


def _inspect_m4a(stream: BinaryIO, name: str) -> Sound:
    """Read an MP4 file that must hold sound and nothing to look at."""
    outline = mp4.outline(stream)
    if b"vide" in outline.tracks:
        raise UploadRefused(name, "is a video. Only its sound could be kept: save that as M4A.")
    if b"soun" not in outline.tracks or not outline.has_sound_data:
        raise UploadRefused(name, "holds no sound.")

    stream.seek(0)
    file: Any = MP4(fileobj=stream)  # type: ignore[no-untyped-call]
    if not file.info.codec.startswith("mp4a"):
        raise UploadRefused(
            name, f"is {_codec_words(file.info.codec)}, which browsers can't play. Save it as AAC."
        )
    # Tags without entries are falsy; only None means that there are none.
    titles = file.tags.get("\xa9nam", []) if file.tags is not None else []
    return Sound(float(file.info.length), [], str(titles[0]) if titles else "")


def _codec_words(codec: str) -> str:
    return {"alac": "Apple Lossless", "drms": "copy-protected"}.get(codec, f"coded as {codec}")
