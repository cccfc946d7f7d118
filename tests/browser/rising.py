"""A long sound whose pitch tells where in it one is."""

from functools import cache
from io import BytesIO

import numpy
import soundfile

RATE = 16_000
SECONDS = 300
LOWEST, STEP = 300, 10
"""Hertz at its start, and by how much each second is higher than the one before."""


@cache
def rising() -> bytes:
    """Return five minutes of MP3, long enough to be fetched in parts."""
    steps = numpy.arange(RATE * SECONDS, dtype="float32") / RATE
    pitch = numpy.cumsum(LOWEST + STEP * steps, dtype="float64") / RATE
    out = BytesIO()
    soundfile.write(
        out,
        (numpy.sin(2 * numpy.pi * pitch) * 0.7).astype("float32"),
        RATE,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=0.0,
    )
    return out.getvalue()
