import numpy as np
import pytest

from services.samples import UnreadableSound, decode, faded, resampled
from tests.services.voices.provider import tone


def heard(data: bytes, raw_rate: int | None = None) -> tuple[int, np.ndarray]:
    rate, blocks = decode(data, raw_rate)
    return rate, np.concatenate(list(blocks))


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG"])
def test_sound_files_are_taken_apart(kind):
    rate, samples = heard(tone(12.0, 24_000, kind))

    assert rate == 24_000
    assert len(samples) == pytest.approx(288_000, abs=2400)
    assert 8000 < np.abs(samples.astype(int)).max() < 12_000


def test_bare_samples_need_their_rate():
    rate, samples = heard(np.arange(100, dtype="<i2").tobytes() + b"x", 16_000)

    assert rate == 16_000
    assert samples.tolist() == list(range(100))


@pytest.mark.parametrize("data", [b"", b"rubbish" * 99, b"<html>", b"\xff\xfb\x90\x00" * 3])
def test_what_is_no_sound_is_refused(data):
    with pytest.raises(UnreadableSound):
        _, blocks = decode(data)
        if not len(np.concatenate([np.zeros(0, np.int16), *blocks])):
            raise UnreadableSound


def test_both_ends_fade_and_no_sample_is_lost():
    blocks = [np.full(size, 1000, np.int16) for size in (3, 500, 1, 9000, 2)]
    whole = np.concatenate(list(faded(iter(blocks), 24_000)))

    assert len(whole) == 9506
    assert whole[0] == 0
    assert abs(whole[-1]) < 20
    assert (whole[200:-200] == 1000).all()


@pytest.mark.parametrize("size", [1, 5, 96, 150])
def test_even_a_tiny_sound_passes_the_fade(size):
    whole = np.concatenate(list(faded(iter([np.full(size, 1000, np.int16)]), 24_000)))

    assert len(whole) == size


def test_another_rate_keeps_the_length_in_seconds():
    blocks = [np.zeros(22_000, np.int16)] * 3
    whole = np.concatenate(list(resampled(iter(blocks), 22_000, 24_000)))

    assert len(whole) == pytest.approx(72_000, abs=3)
