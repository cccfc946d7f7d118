"""Does the front page still answer while many listen slowly? Against a site that runs.

python -m bench.slow_listeners http://127.0.0.1:8000 EMAIL PASSWORD
"""

import re
import socket
import sys
import threading
import time
from io import BytesIO
from statistics import median
from urllib.parse import urlsplit

import httpx

LISTENERS = 16
IDLE = 16
BYTES_A_SECOND = 1024
ROUNDS = 60


def main(base: str, email: str, password: str) -> None:
    """Time the front page alone, then beside slow listeners and idle connections."""
    browser = httpx.Client(base_url=base, timeout=30)
    token = _token(browser.get("/login").text)
    browser.post("/login", data={"email": email, "password": password, "csrf_token": token})
    path = _upload(browser)
    alone = _front_page(browser)
    sockets = [_connect(base) for _ in range(LISTENERS + IDLE)]
    stop = threading.Event()
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    for listener in sockets[:LISTENERS]:
        threading.Thread(target=_listen, args=(listener, path, cookie, stop), daemon=True).start()
    time.sleep(3)
    beside = _front_page(browser)
    stop.set()
    for one in sockets:
        one.close()
    print(
        f"alone {alone:.1f} ms, beside {LISTENERS} slow and {IDLE} idle {beside:.1f} ms:", end=" "
    )
    print(f"{beside / alone:.2f} times")


def _front_page(browser: httpx.Client) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        assert browser.get("/").status_code == 200
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def _upload(browser: httpx.Client) -> str:
    import numpy
    import soundfile

    out = BytesIO()
    noise = numpy.random.default_rng().standard_normal(5_000_000).astype("float32") / 8
    soundfile.write(out, noise, 44100, format="WAV")
    token = _token(browser.get("/media/upload").text)
    browser.post(
        "/media/upload", data={"csrf_token": token}, files={"files": ("long.wav", out.getvalue())}
    )
    found = re.search(r"/media/[0-9a-f-]{36}/file", browser.get("/media/?type=audio").text)
    assert found, "the sound was not stored"
    return found[0]


def _connect(base: str) -> socket.socket:
    parts = urlsplit(base)
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect((parts.hostname, parts.port))
    return one


def _listen(one: socket.socket, path: str, cookie: str, stop: threading.Event) -> None:
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    while not stop.wait(0.25):
        one.recv(BYTES_A_SECOND // 4)


def _token(page: str) -> str:
    found = re.search(r'name="csrf[_-]token"[^>]*(?:value|content)="([^"]+)', page)
    assert found, "the page has no form token"
    return found[1]


if __name__ == "__main__":
    main(*sys.argv[1:4])
