"""Landscapes drawn from a number: sky, sun, hills and their reflection."""

import math
import random
from io import BytesIO
from typing import Any

SIZE = (1600, 1000)
HUES = (0.53, 0.57, 0.6, 0.64, 0.69, 0.96, 0.02, 0.06)
"""From sea over dusk to rust."""


def landscape(seed: int, size: tuple[int, int] = SIZE) -> bytes:
    """Return a JPEG of a landscape; the same seed gives the same picture."""
    from PIL import Image, ImageDraw, ImageFilter

    chance = random.Random(seed)  # noqa: S311  (a picture, not a secret)
    width, height = size
    hue = chance.choice(HUES) + chance.uniform(-0.015, 0.015)
    picture = Image.new("RGB", size)
    draw = ImageDraw.Draw(picture)
    top, low = _colour(hue, 0.42, 0.45), _colour(hue + 0.13, 0.6, 0.84)
    horizon = int(height * chance.uniform(0.55, 0.68))
    for y in range(height):
        draw.line([(0, y), (width, y)], _between(top, low, min(1, y / horizon)))
    _sun(draw, chance, size, horizon, hue)
    picture = picture.filter(ImageFilter.GaussianBlur(width / 700))
    draw = ImageDraw.Draw(picture)
    for layer in range(5):
        _hills(draw, chance, size, horizon, layer, hue)
    _water(picture, chance, horizon)
    grain = Image.effect_noise(size, 14).convert("RGB")
    picture = Image.blend(picture, grain, 0.035)
    out = BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _sun(draw: Any, chance: random.Random, size: tuple[int, int], horizon: int, hue: float) -> None:
    width, height = size
    x, y = width * chance.uniform(0.2, 0.8), horizon * chance.uniform(0.35, 0.8)
    radius = height * chance.uniform(0.05, 0.09)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), _colour(hue + 0.12, 0.7, 0.95))


def _hills(
    draw: Any, chance: random.Random, size: tuple[int, int], horizon: int, layer: int, hue: float
) -> None:
    width, height = size
    waves = [
        (chance.uniform(0.4, 1.5) * (1 + layer / 2), chance.uniform(0, 6.3), chance.uniform(0.3, 1))
        for _ in range(4)
    ]
    base = horizon - height * (0.16 - layer * 0.04)
    line = [
        (x, base + height * 0.05 * sum(a * math.sin(f * x / width * 6.3 + p) for f, p, a in waves))
        for x in range(0, width + 8, 8)
    ]
    shade = _colour(hue + 0.02 * layer, 0.38, 0.62 - layer * 0.11)
    draw.polygon([*line, (width, height), (0, height)], shade)


def _water(picture: Any, chance: random.Random, horizon: int) -> None:
    from PIL import Image, ImageDraw

    width, height = picture.size
    shore = int(horizon + (height - horizon) * chance.uniform(0.35, 0.5))
    deep = height - shore
    mirror = picture.crop((0, max(0, shore - deep), width, shore)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    darker = Image.blend(mirror, Image.new("RGB", mirror.size, (16, 24, 38)), 0.35)
    picture.paste(darker, (0, shore))
    draw = ImageDraw.Draw(picture, "RGBA")
    for _ in range(90):
        y = shore + int(deep * chance.random() ** 1.6)
        x, length = chance.randrange(width), chance.randrange(20, 200)
        draw.line([(x, y), (x + length, y)], (255, 255, 255, chance.randrange(10, 46)))


def _colour(hue: float, saturation: float, lightness: float) -> tuple[int, int, int]:
    import colorsys

    red, green, blue = colorsys.hls_to_rgb(hue % 1, max(0, min(1, lightness)), saturation)
    return int(red * 255), int(green * 255), int(blue * 255)


def _between(
    first: tuple[int, int, int], second: tuple[int, int, int], share: float
) -> tuple[int, int, int]:
    one, two, three = (int(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return one, two, three
