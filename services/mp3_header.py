"""The first frame of an MP3 file, which says how long the sound is to the sample.

An encoder adds samples before and after the sound. Players that know how many (LAME's
extension of the Xing header) leave them out, so that times in the file are exact.
"""

import struct

ENCODER_DELAY = 576
"""Samples LAME puts before the sound."""
DECODER_DELAY = 529
"""Samples every decoder adds to that; players know it."""
SURPLUS = 0.0365
"""Seconds by which the frames outlast the sound that the header announces.

ffprobe reports the frames' length, a player the announced one, and 50 ms of difference are
too many. At low sample rates this leaves the last hundredth of a second of silence undecoded.
"""
KBITS_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
KBITS_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
RATES = {
    **{44100: (3, 0), 48000: (3, 1), 32000: (3, 2)},
    **{22050: (2, 0), 24000: (2, 1), 16000: (2, 2)},
}
"""Sample rate → (version bits, rate bits) of a frame's head. Below these a frame is so long
that the lengths players see would differ audibly."""
RATE_OF = {bits: rate for rate, bits in RATES.items()}


def samples_per_frame(sample_rate: int) -> int:
    """Return how many samples one frame holds."""
    return 1152 if RATES[sample_rate][0] == 3 else 576


def frame_size(head: bytes) -> int:
    """Return the length in bytes of the frame that begins with these four bytes.

    Raises:
        ValueError: no frame of MPEG Layer III begins here.
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        raise ValueError("not the start of an MP3 frame")
    version, rate_bits, kbit_bits = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    rate = RATE_OF.get((version, rate_bits))
    if rate is None or not 0 < kbit_bits < 15:
        raise ValueError("not the start of an MP3 frame")
    kbits = (KBITS_MPEG1 if version == 3 else KBITS_MPEG2)[kbit_bits]
    return samples_per_frame(rate) // 8 * kbits * 1000 // rate + (head[2] >> 1 & 1)


def header_size(sample_rate: int) -> int:
    """Return the length in bytes of the header frame at a sample rate."""
    return frame_size(_head(sample_rate))


def frames_for(sample_rate: int, samples: int) -> int:
    """Return how many frames it takes until a decoder has given out all `samples`."""
    return -(-(samples + ENCODER_DELAY + DECODER_DELAY) // samples_per_frame(sample_rate))


def announced_samples(sample_rate: int, frames: int) -> int:
    """Return the length of the sound in `frames` frames, its last silence included."""
    return frames * samples_per_frame(sample_rate) - ENCODER_DELAY - _padding(sample_rate)


def header(sample_rate: int, frames: int, sound_bytes: int, kbits: int) -> bytes:
    """Make the header frame for `frames` frames of constant bit rate."""
    head = _head(sample_rate)
    size = frame_size(head)
    total = size + sound_bytes
    places = bytes(percent * 256 // 100 for percent in range(100))
    tag = b"Info" + struct.pack(">III", 0b1111, frames, total) + places + struct.pack(">I", 50)
    delays = (ENCODER_DELAY << 12 | _padding(sample_rate)).to_bytes(3, "big")
    tag += b"LAME3.100" + bytes((0x01, 0)) + bytes(9) + bytes((min(kbits, 255),)) + delays
    tag += bytes(4) + struct.pack(">IH", total, 0)
    frame = head + bytes(_side_info(sample_rate)) + tag
    frame += struct.pack(">H", _crc(frame))
    return frame + bytes(size - len(frame))


def _padding(sample_rate: int) -> int:
    return min(DECODER_DELAY, max(0, round(SURPLUS * sample_rate) - ENCODER_DELAY))


def _head(sample_rate: int) -> bytes:
    """Return the head of a mono frame that is just big enough for the header."""
    version, rate_bits = RATES[sample_rate]
    need = 4 + _side_info(sample_rate) + 156
    for kbit_bits in range(1, 15):
        head = bytes((0xFF, 0xE0 | version << 3 | 0b011, kbit_bits << 4 | rate_bits << 2, 0xC0))
        if frame_size(head) >= need:
            return head
    raise ValueError("no frame is big enough for the header")


def _side_info(sample_rate: int) -> int:
    return 17 if RATES[sample_rate][0] == 3 else 9


def _crc(data: bytes) -> int:
    """Return the CRC-16 that LAME puts over the header's first 190 bytes."""
    value = 0
    for byte in data[:190]:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value
