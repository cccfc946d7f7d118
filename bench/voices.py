"""How fast the built-in voice narrates, against its bare library on the same text in one run.

    python -m bench.voices [rounds]

“Bare” is espeak-ng alone in a fresh process: it leaves raw samples in memory, no file, no
times. “By hand” is the same followed by soundfile's MP3, as a script would do it. “Ours” is
the whole path of a narration: cleaning, a child process, sound, MP3, waveform and alignment.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

import psutil

from services.voices import SpeechRequest
from services.voices.espeak import Espeak
from services.voices.settings import VoiceSettings

ROOT = Path(__file__).resolve().parents[1]
PARAGRAPH = (
    "The ministry announced on Tuesday that renewable energy grew by 14 percent last year,"
    " according to figures published in the morning. Analysts, who had expected a smaller rise,"
    " were surprised. “It is a start,” said one of them, “but only a start.” Prices fell in"
    " most regions; in the north they rose by $3.50.\n\n"
)
BARE = """
import ctypes, sys, time
import espeakng_loader
text = open(sys.argv[1], encoding="utf-8").read().encode() + b"\\0"
begun, spent = time.perf_counter(), time.process_time()
library = ctypes.CDLL(espeakng_loader.get_library_path())
rate = library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0x8000)
sound = bytearray()
kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
def heard(samples, count, events):
    if samples and count > 0:
        sound.extend(ctypes.string_at(samples, count * 2))
    return 0
callback = kind(heard)
library.espeak_SetSynthCallback(callback)
library.espeak_SetVoiceByName(b"en-us")
library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 1, 0, 0x1001, None, None)
if len(sys.argv) > 2:
    import soundfile
    with soundfile.SoundFile(
        sys.argv[2], "w", rate, 1, format="MP3", subtype="MPEG_LAYER_III",
        bitrate_mode="VARIABLE", compression_level=0.7,
    ) as file:
        file.buffer_write(bytes(sound), dtype="int16")
print(time.perf_counter() - begun, time.process_time() - spent)
"""


def bare(text: Path, *mp3: str) -> tuple[float, float]:
    """Return how long the library takes, its start included and Python's left out.

    In seconds of the clock, and of the processor.
    """
    command = [sys.executable, "-c", BARE, str(text), *mp3]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    clock, processor = map(float, done.stdout.split())
    return clock, processor


def ours(text: str, folder: Path) -> tuple[float, int]:
    """Return the seconds a narration takes, and the child's highest memory in bytes."""
    highest = 0

    def watch(_: float) -> None:
        nonlocal highest
        highest = max(highest, _memory_of_children())

    begun = time.perf_counter()
    speech = Espeak(VoiceSettings()).speak(SpeechRequest(text, "espeak:en-us"), folder, watch)
    taken = time.perf_counter() - begun
    speech.path.unlink()
    return taken, highest


def _memory_of_children() -> int:
    """Return the memory of the processes that speak, in bytes; what they share counts once."""
    total = 0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            total += child.memory_full_info().pss
    return total


def main() -> None:
    """Measure an article and a long story, the three ways in turn."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{os.cpu_count()} cores, {rounds} rounds, medians; characters a second")
    print(
        f"{'characters':>10} {'bare':>8} {'by hand':>8} {'ours':>8} {'of bare':>8} {'of hand':>8}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in (5_000, 50_000):
            text = (PARAGRAPH * (size // len(PARAGRAPH) + 1)).strip()
            source = folder / "text"
            source.write_text(text, encoding="utf-8")
            times: dict[str, list[float]] = {"bare": [], "hand": [], "ours": []}
            memory = 0
            for _ in range(rounds):
                times["bare"].append(bare(source)[0])
                taken, highest = ours(text, folder)
                times["ours"].append(taken)
                memory = max(memory, highest)
                times["hand"].append(bare(source, str(folder / "by-hand.mp3"))[0])
            speed = {way: len(text) / median(taken) for way, taken in times.items()}
            print(
                f"{len(text):>10,} {speed['bare']:>8,.0f} {speed['hand']:>8,.0f}"
                f" {speed['ours']:>8,.0f} {speed['ours'] / speed['bare']:>8.2f}"
                f" {speed['ours'] / speed['hand']:>8.2f}   child {memory / 1e6:.0f} MB"
            )


if __name__ == "__main__":
    main()
