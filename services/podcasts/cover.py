"""The picture of every podcast, drawn here so that nobody has to keep its source elsewhere.

`python -m services.podcasts.cover` writes it anew.
"""

from pathlib import Path

from PIL import Image, ImageDraw

FILE = Path(__file__).parents[2] / "static" / "podcast-cover.png"
SIDE = 1400
"""Pixels; the least that podcast apps accept."""
FINE = 2
"""How much larger it is drawn, so that its edges come out smooth."""
INK, PAPER, BLUE = "#1d1b17", "#faf8f4", "#8fb4ff"
BARS = (0.18, 0.34, 0.62, 0.44, 0.86, 1.0, 0.7, 0.9, 0.5, 0.66, 0.3, 0.2)
SPOKEN = 7
"""Bars that have been heard."""
WIDTH, GAP, HEIGHT = 52, 40, 720


def draw() -> Image.Image:
    """Return the cover: a waveform, partly heard."""
    large = Image.new("RGB", (SIDE * FINE, SIDE * FINE), INK)
    pen = ImageDraw.Draw(large)
    left = (SIDE - len(BARS) * WIDTH - (len(BARS) - 1) * GAP) / 2
    for place, loudness in enumerate(BARS):
        at, half = left + place * (WIDTH + GAP), HEIGHT * loudness / 2
        box = (at, SIDE / 2 - half, at + WIDTH, SIDE / 2 + half)
        pen.rounded_rectangle(
            [round(one * FINE) for one in box],
            radius=WIDTH * FINE // 2,
            fill=BLUE if place < SPOKEN else PAPER,
        )
    return large.reduce(FINE)


if __name__ == "__main__":
    draw().quantize(64).save(FILE, optimize=True)
