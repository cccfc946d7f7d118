"""What is found out about a sound before it is stored."""

from io import BytesIO

import pytest

from services import sounds
from services.refusals import UploadRefused
from tests import samples
from tests.samples_mp4 import m4a

KINDS = [
    ("audio/wav", "WAV", None),
    ("audio/wav", "WAV", "FLOAT"),
    ("audio/wav", "WAV", "PCM_24"),
    ("audio/wav", "WAV", "ULAW"),
    ("audio/flac", "FLAC", None),
    ("audio/mpeg", "MP3", None),
    ("audio/ogg", "OGG", "VORBIS"),
    ("audio/ogg", "OGG", "OPUS"),
]


def inspect(data: bytes, content_type: str) -> sounds.Sound:
    return sounds.inspect(BytesIO(data), "sample", content_type)


@pytest.mark.parametrize(("content_type", "family", "subtype"), KINDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_length_and_waveform_are_read_from_the_sound(content_type, family, subtype, channels):
    data = samples.sound(family, subtype, seconds=2.5, channels=channels)

    sound = inspect(data, content_type)

    assert sound.duration == pytest.approx(2.5, abs=0.06)
    assert len(sound.peaks) == sounds.PEAKS
    assert max(sound.peaks) == 100
    assert all(0 <= peak <= 100 for peak in sound.peaks)
    assert sound.peaks[5] < sound.peaks[40] < sound.peaks[85]


@pytest.mark.parametrize(("content_type", "family", "subtype"), KINDS[-4:])
def test_a_title_in_the_tags_is_offered(content_type, family, subtype):
    data = samples.sound(family, subtype, title="Harbour at dawn")

    assert inspect(data, content_type).title == "Harbour at dawn"


def test_an_m4a_has_a_length_and_a_title_but_no_waveform():
    sound = inspect(m4a(3.0, title="A quiet place"), "audio/mp4")

    assert sound.duration == pytest.approx(3.0, abs=0.03)
    assert sound.title == "A quiet place"
    assert sound.peaks == []


def test_an_m4a_without_tags_is_taken_too():
    assert inspect(m4a(), "audio/mp4").title == ""


def test_silence_has_a_flat_waveform():
    silence = samples.sound("WAV", seconds=1, loudness=0)

    assert inspect(silence, "audio/wav").peaks == [0] * sounds.PEAKS


def test_a_sound_shorter_than_its_waveform_has_bars_is_taken():
    sound = inspect(samples.sound("WAV", seconds=10 / 24_000), "audio/wav")

    assert sound.duration == pytest.approx(10 / 24_000)
    assert len(sound.peaks) == sounds.PEAKS


def test_a_long_sound_is_only_glanced_at():
    class Counting(BytesIO):
        count = 0

        def readinto(self, buffer):
            self.count += len(buffer)
            return super().readinto(buffer)

        def read(self, size=-1):
            data = super().read(size)
            self.count += len(data)
            return data

    stream = Counting(samples.sound("WAV", seconds=600, rate=8_000))
    total = len(stream.getvalue())

    assert sounds.inspect(stream, "sample", "audio/wav").duration == 600
    assert stream.count < total / 2


@pytest.mark.parametrize(("content_type", "family", "subtype"), KINDS)
def test_a_sound_without_a_moment_of_sound_is_refused(content_type, family, subtype):
    data = samples.sound(family, subtype, seconds=0)

    with pytest.raises(UploadRefused, match=r"^sample (holds no sound|is damaged)"):
        inspect(data, content_type)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"ID3\x04\0\0\0\0\0\0" + samples.SCRIPT * 50, "audio/mpeg"),
        (b"\xff\xfb\x90\x00" + b"<html>" * 400, "audio/mpeg"),
        (samples.sound("OGG", "VORBIS")[:100], "audio/ogg"),
        (b"fLaC" + bytes(400), "audio/flac"),
        (b"RIFF\xff\xff\xff\x7fWAVEfmt " + bytes(400), "audio/wav"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(400), "audio/mp4"),
        (b"\0\0\0\x0cftypM4A " + b"\0\0\0\x08free" * 30_000, "audio/mp4"),
        (m4a()[:300], "audio/mp4"),
    ],
    ids=["id3", "frame", "ogg", "flac", "wav", "m4a-zeros", "m4a-free", "m4a-cut"],
)
def test_promising_first_bytes_make_no_sound(data, content_type):
    with pytest.raises(UploadRefused, match=r"^sample (holds no sound|is damaged)"):
        inspect(data, content_type)


@pytest.mark.parametrize("seconds", [20, 120])
def test_a_flac_that_lost_its_second_half_is_refused(seconds):
    data = samples.sound("FLAC", seconds=seconds)

    with pytest.raises(UploadRefused, match=r"^sample is damaged"):
        inspect(data[: len(data) // 2], "audio/flac")


def test_more_channels_than_browsers_play_are_refused():
    data = samples.sound("WAV", seconds=0.1, channels=9)

    with pytest.raises(UploadRefused, match=r"has 9 channels"):
        inspect(data, "audio/wav")


def test_a_video_is_not_taken_for_a_sound():
    with pytest.raises(UploadRefused, match=r"^sample is a video"):
        inspect(m4a(handler=b"vide", brand=b"isom"), "audio/mp4")


@pytest.mark.parametrize(
    ("codec", "words"), [(b"alac", "is Apple Lossless"), (b"drms", "is copy-protected")]
)
def test_what_browsers_cannot_play_is_refused(codec, words):
    with pytest.raises(UploadRefused, match=words):
        inspect(m4a(codec=codec), "audio/mp4")


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM", "GSM610"])
def test_old_telephone_codings_are_refused(subtype):
    data = samples.sound("WAV", subtype, rate=8_000)

    with pytest.raises(UploadRefused, match=r"browsers can't play"):
        inspect(data, "audio/wav")


@pytest.mark.parametrize(
    ("packet", "words"),
    [(b"\x80theora", "is a video"), (b"fishead", "is a video"), (b"Speex   ", "of another kind")],
)
def test_an_ogg_file_must_be_vorbis_or_opus(packet, words):
    page = b"OggS" + bytes(22) + b"\1" + bytes([len(packet)]) + packet

    with pytest.raises(UploadRefused, match=words):
        inspect(page, "audio/ogg")
