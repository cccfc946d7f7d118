import shutil
import subprocess
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from services.encoding import Mp3Writer, UnknownRate

RATE = 22_050


def hum(seconds: float, rate: int = RATE, pitch: float = 200.0) -> np.ndarray:
    moments = np.arange(round(seconds * rate)) / rate
    return (np.sin(2 * np.pi * pitch * moments) * 9000).astype(np.int16)


def write(path: Path, pieces: list[np.ndarray], rate: int = RATE, **options):
    """Write pieces with a second of silence, told of, behind each."""
    with Mp3Writer(path, rate, **options) as writer:
        for piece in pieces:
            writer.write(piece.tobytes())
            writer.write_silence(1.0)
        return writer.close(), writer.samples


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("fast", [True, False])
def test_every_rate_keeps_its_length_and_its_place_in_time(tmp_path, rate, fast):
    sound, written = write(tmp_path / "a.mp3", [hum(0.5, rate), hum(0.5, rate)], rate, fast=fast)
    decoded, decoded_rate = soundfile.read(sound.path, dtype="int16")

    assert decoded_rate == rate
    assert 0 <= sound.samples - written <= 0.08 * rate
    assert abs(len(decoded) - sound.samples) <= 0.035 * rate
    assert mutagen.File(sound.path).info.length == pytest.approx(sound.duration, abs=0.002)
    loud = np.abs(decoded.astype(int)) > 2000
    second = np.flatnonzero(loud[round(1.0 * rate) :])[0] / rate + 1.0
    assert second == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("seconds", [0.01, 0.3, 1.0, 3.7, 61.3])
@pytest.mark.parametrize("rate", [16000, 22050, 24000, 44100])
def test_other_programs_agree_on_the_length(tmp_path, seconds, rate):
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed: its opinion on the length was not asked")
    with Mp3Writer(tmp_path / "a.mp3", rate) as writer:
        writer.write(hum(seconds, rate).tobytes())
        sound = writer.close()
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    said = subprocess.run([*command, sound.path], capture_output=True, text=True, check=True)

    assert float(said.stdout) == pytest.approx(sound.duration, abs=0.05)
    assert said.stderr == ""


def test_several_encoders_make_the_same_sound_as_one(tmp_path):
    pieces = [hum(17.3, pitch=180 + 20 * number) for number in range(6)]
    one, _ = write(tmp_path / "one.mp3", pieces, fast=True, threads=1)
    three, _ = write(tmp_path / "three.mp3", pieces, fast=True, threads=3)

    assert one.path.read_bytes() == three.path.read_bytes()


def test_where_encoders_take_over_nothing_is_heard(tmp_path):
    pieces = [hum(17.3, pitch=180 + 20 * number) for number in range(6)]
    sound, _ = write(tmp_path / "a.mp3", pieces, fast=True, threads=2)
    decoded, _ = soundfile.read(sound.path, dtype="int16")

    for number in range(1, 6):
        silence = decoded[round((18.3 * number - 0.9) * RATE) : round((18.3 * number - 0.1) * RATE)]
        assert np.abs(silence.astype(int)).max() < 200
        begins = round(18.3 * number * RATE)
        around = np.abs(decoded[begins - 400 : begins + 400].astype(int))
        assert np.flatnonzero(around > 3000)[0] == pytest.approx(400, abs=200)


def test_frames_are_of_one_size_so_that_seeking_by_position_is_exact(tmp_path):
    noise = np.random.default_rng(1).normal(0, 6000, RATE * 10).astype(np.int16)
    sound, _ = write(tmp_path / "a.mp3", [hum(10), np.zeros(RATE * 10, np.int16), noise], fast=True)
    info = mutagen.File(sound.path).info

    assert info.bitrate_mode == mutagen.mp3.BitrateMode.CBR
    per_second = sound.path.stat().st_size / sound.duration
    assert per_second * 8 == pytest.approx(48_000, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30_000), st.booleans()), min_size=1, max_size=12),
    st.integers(1, 3),
)
def test_any_mix_of_sound_and_silence_keeps_its_length(tmp_path_factory, pieces, threads):
    path = tmp_path_factory.mktemp("mix") / "a.mp3"
    with Mp3Writer(path, RATE, fast=True, threads=threads) as writer:
        for size, silent in pieces:
            first = writer.samples
            writer.write(bytes(2 * size) if silent else hum(size / RATE).tobytes())
            if silent:
                writer.silent(first, writer.samples)
        written = writer.samples
        sound = writer.close()

    assert 0 <= sound.samples - written < 1600
    assert abs(len(soundfile.read(path)[0]) - sound.samples) < 800


def test_a_sound_may_end_where_an_encoder_would_take_over(tmp_path):
    with Mp3Writer(tmp_path / "a.mp3", RATE, fast=True, threads=2) as writer:
        writer.write(hum(17).tobytes())
        first = writer.samples
        writer.write(bytes(2 * (576 * 700 - first)))
        writer.silent(first, writer.samples)
        sound = writer.close()
    decoded, _ = soundfile.read(sound.path)

    assert 0 <= sound.samples - writer.samples <= 1600
    assert abs(len(decoded) - sound.samples) <= 800


def test_the_waveform_shows_where_it_is_loud(tmp_path):
    loud, quiet = hum(4.8), hum(4.8) // 2
    sound, _ = write(tmp_path / "a.mp3", [loud, quiet])

    assert len(sound.peaks) == 96
    assert max(sound.peaks) == 100
    assert sound.peaks[10] == 100
    assert 40 <= sound.peaks[60] <= 60
    assert sound.peaks[44] == 0


def test_a_very_short_sound_has_a_whole_waveform(tmp_path):
    with Mp3Writer(tmp_path / "a.mp3", RATE) as writer:
        writer.write(hum(0.01).tobytes())
        assert len(writer.close().peaks) == 96


def test_memory_does_not_grow_with_the_sound(tmp_path):
    code = (
        "from pathlib import Path\n"
        "from services.encoding import Mp3Writer\n"
        "with Mp3Writer(Path('long.mp3').absolute(), 22050, fast=True, threads=2) as writer:\n"
        "    for _ in range(1800):\n"
        "        writer.write(bytes(range(256)) * 172)\n"
        "    writer.close()\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(status.partition('VmHWM:')[2].split()[0])\n"
    )
    import sys

    root = Path(__file__).parents[2]
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert int(said.stdout) < 60_000


def test_a_failure_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), Mp3Writer(tmp_path / "a.mp3", RATE) as writer:
        writer.write(hum(1).tobytes())
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_no_sound_and_no_such_rate_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no sound"), Mp3Writer(tmp_path / "a.mp3", RATE) as writer:
        writer.close()
    with pytest.raises(UnknownRate, match="22000"):
        Mp3Writer(tmp_path / "b.mp3", 22_000)
    assert list(tmp_path.iterdir()) == []
