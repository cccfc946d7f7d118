import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from services.alignment import Grade, check
from services.voices import SpeechRequest, espeak
from services.voices.errors import VoiceError, VoiceNotFound, VoiceUnavailable
from services.voices.espeak import Espeak
from services.voices.settings import VoiceSettings
from services.word_spans import sentences, words
from tests.services.voices.provider import wait_for

ARTICLE = (
    "The government announced on Tuesday that renewable energy grew by 14 percent last year."
    " Analysts, who had expected less, were surprised. “It is a start,” one of them said.\n\n"
)


def speak(text: str, folder: Path, voice: str = "en-us", **options):
    settings = VoiceSettings(**options.pop("settings", {}))
    return Espeak(settings).speak(SpeechRequest(text, f"espeak:{voice}", **options), folder)


def nursery(parent: int | None = None) -> list[psutil.Process]:
    """Return the process that makes children for this one; a test run has other children too."""
    return [
        child
        for child in psutil.Process(parent).children()
        if child.status() != psutil.STATUS_ZOMBIE
        and "services.voices.espeak_process" in " ".join(child.cmdline())
    ]


def speaking() -> list[psutil.Process]:
    """Return the processes that speak for this one."""
    return [child for one in nursery() for child in one.children()]


def test_words_start_where_the_sound_does(folder):
    speech = speak(ARTICLE * 3, folder)
    samples, rate = soundfile.read(speech.path, dtype="int16")
    text = speech.alignment.text
    starts = {text[a:b]: begin for a, b, begin, _ in words(speech.alignment)}
    checked = 0
    for first, _, begin, _ in sentences(speech.alignment)[1:]:
        word = next(w for w in words(speech.alignment) if w[0] >= first)
        before = samples[round((word[2] - 0.12) * rate) : round((word[2] - 0.01) * rate)]
        after = samples[round(word[2] * rate) : round((word[2] + 0.15) * rate)]
        assert np.abs(before.astype(int)).max() < 400
        assert np.abs(after.astype(int)).max() > 1500
        assert word[2] == pytest.approx(begin, abs=0.2)
        checked += 1
    assert checked == 8
    assert starts


def test_a_word_before_a_pause_ends_with_its_sound(folder):
    speech = speak("Hello there, world. Next one.", folder)
    text = speech.alignment.text
    spans = {text[a:b]: (begin, end) for a, b, begin, end in words(speech.alignment)}

    assert spans["Next"][0] - spans["world"][1] > 0.2
    assert spans["world"][0] - spans["there"][1] > 0.1


def test_a_line_break_is_heard_as_a_pause(folder):
    broken = speak("Apples\nPears\nPlums", folder)
    running = speak("Apples Pears Plums", folder)

    assert broken.duration > running.duration + 0.5


@pytest.mark.parametrize("voice", ["en-us", "en-us+f1", "en+m3", "de", "fr", "ar", "cmn", "ru"])
def test_several_languages_and_speakers_are_there(folder, voice):
    text = {"ar": "مرحبا بالعالم", "cmn": "中国政府", "ru": "Привет, мир"}.get(voice, "Hello there")
    speech = speak(text, folder, voice)

    assert check(speech.alignment, text, speech.duration).grade is Grade.GOOD


def test_every_listed_voice_exists(folder):
    for info in Espeak(VoiceSettings()).list_voices()[::3]:
        speech = Espeak(VoiceSettings()).speak(SpeechRequest("a", info.id), folder)
        speech.path.unlink()


@pytest.mark.parametrize(
    "voice", ["", "klingon-x", "en-us+nobody", "../../etc/passwd", "en-us+../x"]
)
def test_an_unknown_voice_is_refused_in_words(folder, voice):
    with pytest.raises(VoiceNotFound, match="Choose another"):
        speak("Hello", folder, voice)
    assert list(folder.iterdir()) == []


def test_a_language_asked_for_keeps_the_speaker():
    names = [
        espeak._espeak_name(SpeechRequest("a", voice, language=language))
        for voice, language in [
            ("espeak:en-us+f1", "de"), ("espeak:en-us+f1", "en"), ("espeak:en", "pt-BR"),
            ("espeak:de+m3", "DE-de"),
        ]
    ]  # fmt: skip
    assert names == ["de+f1", "en-us+f1", "pt-br", "de+m3"]
    with pytest.raises(VoiceNotFound, match="language"):
        espeak._espeak_name(SpeechRequest("a", "espeak:en-us", language="tlh"))


def test_the_same_text_gives_the_same_sound(folder):
    first, second = speak(ARTICLE, folder), speak(ARTICLE, folder)

    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.alignment == second.alignment


def test_fifty_thousand_characters_stay_small_in_memory(folder):
    text = ARTICLE * (50_000 // len(ARTICLE) + 1)
    highest = 0

    def watch(_: float) -> None:
        nonlocal highest
        for child in speaking():
            try:
                highest = max(highest, child.memory_info().rss)
            except psutil.NoSuchProcess:
                continue

    request = SpeechRequest(text, "espeak:en-us")
    speech = Espeak(VoiceSettings()).speak(request, folder, watch)

    assert check(speech.alignment, speech.alignment.text, speech.duration).grade is Grade.GOOD
    assert 0 < highest < 100 * 1024 * 1024


def test_a_child_that_is_killed_is_a_passing_failure(folder):
    def kill(_: float) -> None:
        for child in speaking():
            child.kill()

    with pytest.raises(VoiceUnavailable) as failure:
        Espeak(VoiceSettings()).speak(SpeechRequest(ARTICLE * 400, "espeak:en-us"), folder, kill)
    assert not failure.value.permanent
    assert list(folder.iterdir()) == []


def test_a_stopped_narration_leaves_no_process(folder):
    seen: list[psutil.Process] = []

    def stop(_: float) -> None:
        seen.extend(speaking())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Espeak(VoiceSettings()).speak(SpeechRequest(ARTICLE * 400, "espeak:en-us"), folder, stop)
    assert seen
    assert wait_for(lambda: not any(child.is_running() for child in seen))


def test_a_nursery_that_died_is_made_anew(folder):
    speak("Hello there", folder)
    (first,) = nursery()
    first.kill()
    assert wait_for(lambda: nursery() == [])
    speak("Hello there", folder)
    (second,) = nursery()
    assert second.pid != first.pid

    second.suspend()  # it dies between the look at it and the message
    threading.Timer(0.3, second.kill).start()
    with pytest.raises(VoiceUnavailable) as failure:
        speak("Hello there", folder)
    assert failure.value.code == "engine_died"
    assert speak("Hello there", folder).duration > 0.5


def test_a_forked_process_makes_a_nursery_of_its_own(folder):
    code = (
        "import os, sys, tempfile\n"
        "from pathlib import Path\n"
        "from services.voices import SpeechRequest, espeak\n"
        "from services.voices.settings import VoiceSettings\n"
        "def speak():\n"
        "    folder = Path(tempfile.mkdtemp(dir=sys.argv[1]))\n"
        "    voice = espeak.Espeak(VoiceSettings())\n"
        "    voice.speak(SpeechRequest('Hello', 'espeak:en-us'), folder)\n"
        "    return espeak.NURSERY._process.pid\n"
        "mine = speak()\n"
        "if os.fork() == 0:\n"
        "    os._exit(0 if speak() != mine else 1)\n"
        "status = os.wait()[1]\n"
        "assert speak() == mine\n"
        "sys.exit(status)\n"
    )
    root = Path(__file__).parents[3]
    words = [sys.executable, "-c", code, str(folder)]
    assert subprocess.run(words, cwd=root, check=False, timeout=60).returncode == 0


def test_children_that_ended_leave_no_zombies(folder):
    for _ in range(3):
        speak("Hello there", folder)
    assert wait_for(lambda: speaking() == [])


def test_too_long_is_a_passing_failure(folder, monkeypatch):
    monkeypatch.setattr(espeak, "SECONDS", 0.05)
    monkeypatch.setattr(espeak, "SECONDS_PER_CHARACTER", 0.0)

    with pytest.raises(VoiceUnavailable, match="too long") as failure:
        speak(ARTICLE * 800, folder)
    assert failure.value.code == "timeout"


def test_memory_has_a_limit_and_running_out_is_said(folder):
    with pytest.raises(VoiceError) as failure:
        speak(ARTICLE * 200, folder, settings={"espeak_memory_bytes": 24 * 1024 * 1024})
    assert list(folder.iterdir()) == []
    assert str(failure.value)


def test_several_speak_at_once_in_one_process(folder):
    done = []

    def work() -> None:
        done.append(speak(ARTICLE, folder).duration)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4
    assert len(set(done)) == 1


def test_the_child_gets_no_secret_and_no_open_file(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("ELEVENLABS_API_KEY", "secret")
    report: dict[str, object] = {}
    opened = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(opened, True)

    def look(_: float) -> None:
        for child in speaking():
            if child.status() == psutil.STATUS_ZOMBIE:
                continue  # of a test before, not reaped yet
            report["environment"] = child.environ()
            report["files"] = [path.name for path in Path(f"/proc/{child.pid}/fd").iterdir()]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Espeak(VoiceSettings()).speak(SpeechRequest(ARTICLE * 400, "espeak:en-us"), folder, look)
    os.close(opened)
    assert "secret" not in str(report["environment"])
    assert str(opened) not in report["files"] or opened < 8


def test_the_child_loads_neither_flask_nor_numpy():
    code = (
        "import sys, services.voices.espeak_process as child; "
        "print([name for name in ('flask', 'numpy', 'sqlalchemy', 'httpx') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )

    assert said.stdout.strip() == "[]", said.stderr


def test_the_child_dies_with_its_parent(folder):
    code = (
        "from pathlib import Path\n"
        "from services.voices import SpeechRequest\n"
        "from services.voices.espeak import Espeak\n"
        "from services.voices.settings import VoiceSettings\n"
        "def told(share):\n"
        "    print('speaking', flush=True)\n"
        f"request = SpeechRequest({ARTICLE!r} * 2000, 'espeak:en-us')\n"
        f"Espeak(VoiceSettings()).speak(request, Path({str(folder)!r}), told)\n"
    )
    root = Path(__file__).parents[3]
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE)
    assert parent.stdout.readline()
    (its_nursery,) = nursery(parent.pid)
    children = [its_nursery, *its_nursery.children()]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert len(children) == 2
    assert wait_for(lambda: not any(child.is_running() for child in children))
