"""Sound samples become an MP3 file while they arrive, with exact length and waveform.

LAME runs in threads of its own (it lets go of Python's lock). Where the sound is silent for
a moment the next thread takes over; as the frames on both sides hold silence only, the
pieces join without a trace. Memory stays the same however long the sound is.
"""

import threading
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import Queue

import lameenc

from services import mp3_header

CONTENT_TYPE = "audio/mpeg"
SAMPLE_BYTES = 2
PEAKS = 96
PEAKS_PER_SECOND = 20
EVERY = 16
"""The waveform looks at one sample in so many."""
LOUDNESS = bytes(high if high < 128 else 255 - high for high in range(256))
"""High byte of a sample → how far it is from silence, 0 to 127."""
LANE_SECONDS = 16
CHUNK_SECONDS = 5
QUEUED_CHUNKS = 5
VARIABLE = 4
SETTLE = 1400
"""Samples of silence that an encoder, besides two frames, needs to forget the sound before."""


class UnknownRate(ValueError):
    """We write no MP3 with such a sample rate."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A finished file: its length in samples and seconds, and its waveform (0 to 100).

    The length is up to 70 ms of silence longer than what was written.
    """

    path: Path
    sample_rate: int
    samples: int
    duration: float
    peaks: list[int]


class Mp3Writer:
    """Writes 16-bit mono samples to an MP3 file; use as a context manager.

    An exception inside the `with` block removes the file.
    """

    def __init__(
        self, path: Path, sample_rate: int, *, fast: bool = False, threads: int = 1
    ) -> None:
        """Open `path`; `fast` trades quality that synthetic voices don't have for speed."""
        if sample_rate not in mp3_header.RATES:
            raise UnknownRate(f"{sample_rate} Hz is not a sample rate of MP3")
        self._path = path
        self._rate = sample_rate
        self._fast = fast
        self._frame = mp3_header.samples_per_frame(sample_rate)
        self._kbits = _kbits(sample_rate)
        self._file = path.open("wb")
        self._file.write(bytes(mp3_header.header_size(sample_rate)))
        self._frames = 0
        self._buffer = bytearray()
        self._handed_over = 0
        self._loudness = bytearray()
        self._window = bytearray()
        self._queues: list[Queue[tuple[_Lane, bytes | None] | None]] = []
        for _ in range(max(1, threads)):
            queue: Queue[tuple[_Lane, bytes | None] | None] = Queue(QUEUED_CHUNKS)
            threading.Thread(target=_encode, args=(queue,), daemon=True).start()
            self._queues.append(queue)
        self._made = 0
        self._lanes: list[_Lane] = []
        self._open_lane()

    def __enter__(self) -> "Mp3Writer":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.abandon()

    @property
    def samples(self) -> int:
        """How many samples were written so far."""
        return self._handed_over + len(self._buffer) // SAMPLE_BYTES

    def write(self, pcm: bytes) -> None:
        """Add little-endian 16-bit samples; blocks while the encoders are behind."""
        self._buffer += pcm
        self._look_at(pcm)
        chunk = CHUNK_SECONDS * self._rate * SAMPLE_BYTES
        while len(self._buffer) >= 2 * chunk:
            self._hand_over(chunk)
        self._drain()

    def write_silence(self, seconds: float) -> None:
        """Add silence."""
        first = self.samples
        self.write(bytes(SAMPLE_BYTES * round(seconds * self._rate)))
        self.silent(first, self.samples)

    def silent(self, first: int, last: int) -> None:
        """Tell that the samples from `first` to before `last` are zero.

        Only a hint, which lets the next encoder take over there.
        """
        lane = self._lanes[-1]
        cut = last - (last - lane.first) % self._frame
        late = cut < self._handed_over
        if (
            late
            or cut - first < SETTLE + 2 * self._frame
            or cut - lane.first < LANE_SECONDS * self._rate
        ):
            return
        self._hand_over((cut - self._handed_over) * SAMPLE_BYTES)
        self._queues[lane.number % len(self._queues)].put((lane, None))
        self._open_lane()

    def close(self) -> Sound:
        """Finish the file.

        Raises:
            ValueError: nothing was written.
        """
        if not self.samples:
            self.abandon()
            raise ValueError("there is no sound to store")
        lane = self._lanes[-1]
        if lane.first == self.samples:
            # The sound ended where an encoder took over; it still has to speak the end out.
            self._buffer += bytes(self._frame * SAMPLE_BYTES)
        self._hand_over(len(self._buffer))
        lane.last = True
        self._queues[lane.number % len(self._queues)].put((lane, None))
        self._drain(wait=True)
        sound_bytes = self._file.tell() - mp3_header.header_size(self._rate)
        self._file.seek(0)
        self._file.write(mp3_header.header(self._rate, self._frames, sound_bytes, self._kbits))
        self._stop()
        samples = mp3_header.announced_samples(self._rate, self._frames)
        return Sound(self._path, self._rate, samples, round(samples / self._rate, 6), self._peaks())

    def abandon(self) -> None:
        """Give up and remove the file."""
        self._stop()
        self._path.unlink(missing_ok=True)

    def _stop(self) -> None:
        self._file.close()
        queues, self._queues = self._queues, []
        for queue in queues:
            queue.put(None)

    def _open_lane(self) -> None:
        self._lanes.append(_Lane(self._made, self._handed_over, self._encoder()))
        self._made += 1

    def _encoder(self) -> lameenc.Encoder:
        encoder = lameenc.Encoder()
        encoder.silence()
        encoder.set_channels(1)
        encoder.set_in_sample_rate(self._rate)
        encoder.set_out_sample_rate(self._rate)
        encoder.set_bit_rate(self._kbits)
        encoder.set_quality(7 if self._fast else 2)
        if self._fast:
            # The engine for variable rates is the faster one. Held to one rate, so that
            # browsers, which seek by position in the file, land where they should.
            encoder.set_vbr(VARIABLE)
            encoder.set_vbr_quality(8)
            encoder.set_vbr_min_bitrate_kbps(self._kbits)
            encoder.set_vbr_max_bitrate_kbps(self._kbits)
            encoder.set_vbr_hard_min(True)
        return encoder

    def _hand_over(self, size: int) -> None:
        if size:
            lane = self._lanes[-1]
            self._queues[lane.number % len(self._queues)].put((lane, bytes(self._buffer[:size])))
            del self._buffer[:size]
            self._handed_over += size // SAMPLE_BYTES
            lane.samples += size // SAMPLE_BYTES

    def _drain(self, wait: bool = False) -> None:
        """Write what finished encoders made, in order."""
        while self._lanes and (wait or self._lanes[0].done.is_set()):
            lane = self._lanes.pop(0)
            lane.done.wait()
            if lane.error is not None:
                raise lane.error
            keep = (
                mp3_header.frames_for(self._rate, lane.samples)
                if lane.last
                else lane.samples // self._frame
            )
            size, frames = _measure(lane.mp3, keep)
            self._frames += frames
            self._file.write(memoryview(lane.mp3)[:size])

    def _look_at(self, pcm: bytes) -> None:
        """Note how loud each moment is, at its loudest."""
        self._window += pcm[1 :: SAMPLE_BYTES * EVERY].translate(LOUDNESS)
        size = self._rate // EVERY // PEAKS_PER_SECOND
        whole = len(self._window) // size * size
        self._loudness += bytes(
            max(self._window[start : start + size]) for start in range(0, whole, size)
        )
        del self._window[:whole]

    def _peaks(self) -> list[int]:
        moments = self._loudness + (bytes((max(self._window),)) if self._window else b"")
        count = len(moments)
        loudest = max(moments, default=0) or 1
        edges = [bar * count // PEAKS for bar in range(PEAKS + 1)]
        return [
            round(100 * max(moments[first : max(last, first + 1)]) / loudest)
            for first, last in pairwise(edges)
        ]


class _Lane:
    """One encoder's stretch of the sound; its first sample starts a frame."""

    def __init__(self, number: int, first: int, encoder: lameenc.Encoder) -> None:
        self.number = number
        self.first = first
        self.samples = 0
        self.last = False
        self.encoder = encoder
        self.mp3 = bytearray()
        self.done = threading.Event()
        self.error: Exception | None = None


def _encode(queue: "Queue[tuple[_Lane, bytes | None] | None]") -> None:
    """Encode what comes through `queue` until it brings None."""
    while (task := queue.get()) is not None:
        lane, pcm = task
        try:
            if lane.error is None:
                lane.mp3 += lane.encoder.flush() if pcm is None else lane.encoder.encode(pcm)
        except Exception as error:
            lane.error = error
        if pcm is None or lane.error is not None:
            lane.done.set()


def _measure(mp3: bytearray, keep: int) -> tuple[int, int]:
    """Return the size in bytes and the number of the first `keep` frames."""
    position = frames = 0
    base = mp3_header.frame_size(bytes(mp3[:4])) - (mp3[2] >> 1 & 1) if mp3 else 0
    while position < len(mp3) and frames < keep:
        # The bit rate is constant: frames differ by one byte of padding at most.
        position += base + (mp3[position + 2] >> 1 & 1)
        frames += 1
    return position, frames


def _kbits(sample_rate: int) -> int:
    return {16000: 40, 22050: 48, 24000: 56, 32000: 64}.get(sample_rate, 96)
