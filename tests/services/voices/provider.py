"""A speech provider on loopback: it answers as a test tells it, and remembers the questions."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import numpy as np
import soundfile


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict


@dataclass
class Reply:
    """What to answer: `hang` seconds of silence first, `cut` closes in the middle."""

    status: int = 200
    body: bytes | dict = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    cut: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Provider:
    """The address of the running provider and what it was asked so far."""

    url: str
    asked: list[Asked]


@contextmanager
def provider(answer: Callable[[Asked], Reply]) -> Iterator[Provider]:
    """Run a provider; `answer` makes each reply and may count, refuse or hang."""
    asked: list[Asked] = []
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Asked(self.command, self.path, headers, body)
            asked.append(request)
            reply = answer(request)
            stop.wait(reply.hang)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content[: len(reply.content) // 2 if reply.cut else None])
            if reply.cut:
                self.close_connection = True

        do_GET = do_POST = _reply

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Provider(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tone(seconds: float, rate: int = 24_000, kind: str = "WAV") -> bytes:
    """Make a sound file that hums."""
    moments = np.arange(round(seconds * rate)) / rate
    samples = (np.sin(2 * np.pi * 220 * moments) * 9000).astype(np.int16)
    file = BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()


def timed_answer(text: str, *, per_character: float = 0.05, as_list: bool = False) -> dict:
    """Answer as ElevenLabs documents it: MP3 in base64, and times for each character."""
    starts = [round(index * per_character, 3) for index in range(len(text))]
    ends = [round((index + 1) * per_character, 3) for index in range(len(text))]
    times: object = {
        "characters": list(text),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": ends,
    }
    if as_list:
        times = [
            {"char": character, "start": start, "end": end}
            for character, start, end in zip(text, starts, ends, strict=True)
        ]
    audio = tone(len(text) * per_character, 44_100, "MP3")
    return {
        "audio_base64": base64.b64encode(audio).decode(),
        "alignment": times,
        "normalized_alignment": times,
    }


def elevenlabs(asked: Asked) -> Reply:
    """Answer every request as ElevenLabs does when all is well."""
    if asked.method == "GET":
        listed = {"voice_id": "voice123", "name": "Rachel", "labels": {"accent": "american"}}
        return Reply(body={"voices": [listed]})
    text = asked.body["text"]
    headers = {"request-id": f"req-{len(text)}", "character-cost": str(len(text))}
    return Reply(body=timed_answer(text), headers=headers)


def speech_server(asked: Asked) -> Reply:
    """Answer every request as a server with OpenAI's endpoint does when all is well."""
    return Reply(body=tone(0.05 * len(asked.body["input"])), headers={"Content-Type": "audio/wav"})


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until something is so, and tell whether it came to be."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
