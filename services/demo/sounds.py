"""Ambience made from noise and a few bells."""

from io import BytesIO

RATE = 22050


def ambience(seed: int, seconds: float = 24.0) -> bytes:
    """Return an MP3 of waves and bells; the same seed gives the same sound."""
    import numpy as np
    import soundfile

    chance = np.random.default_rng(seed)
    count = int(RATE * seconds)
    time = np.arange(count) / RATE
    noise = np.cumsum(chance.standard_normal(count))
    noise -= np.convolve(noise, np.ones(801) / 801, mode="same")
    swell = 0.35 + 0.65 * np.sin(np.pi * time / chance.uniform(5, 8)) ** 2
    sound = 0.16 * noise / np.abs(noise).max() * swell
    for beginning in np.arange(1.5, seconds - 3, 3.1):
        place = int(beginning * RATE)
        ring = time[: count - place]
        tone = 220 * 2 ** (chance.choice([0, 3, 5, 7, 10, 12]) / 12)
        for partial, loudness in ((1, 0.10), (2.76, 0.05), (5.4, 0.02)):
            sound[place:] += (
                loudness
                * np.sin(2 * np.pi * tone * partial * ring)
                * np.exp(-ring * (0.9 + 0.5 * partial))
            )
    fade = np.minimum(1, np.minimum(time, seconds - time) / 1.5)
    out = BytesIO()
    soundfile.write(
        out, (sound * fade * 0.9).astype("float32"), RATE, format="MP3", subtype="MPEG_LAYER_III"
    )
    return out.getvalue()
