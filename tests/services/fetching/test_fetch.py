import gzip
import io
import ipaddress
import itertools
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest

from services.fetching import Conditional, Fetched, Limits
from services.fetching.errors import (
    Answered,
    BadAddress,
    BadAnswer,
    FetchError,
    Misled,
    NoAnswer,
    NoSuchHost,
    NotPublic,
    TooBig,
    TooSlow,
)
from tests.servers.web import Asked, Web, redirect, reply

Fetch = Callable[..., Fetched]
LOOPBACK = ipaddress.ip_address("127.0.0.1")
PUBLIC = ipaddress.ip_address("8.8.8.8")


def test_a_page_is_fetched_with_its_headers(web: Web, fetch: Fetch):
    web.pages["/a"] = reply("Hällo", type='Text/HTML; Charset="UTF-8"', ETag='"1"', X_A="b")
    got = fetch(web.url("/a"))
    assert (got.status, got.body.decode(), got.size) == (200, "Hällo", 6)
    assert (got.content_type, got.charset, got.headers["etag"]) == ("text/html", "utf-8", '"1"')
    assert got.url == web.url("/a")
    assert got.moved_to is None
    sent = web.asked[0].headers
    assert sent["host"] == web.place
    assert sent["accept-encoding"] == "gzip"
    assert "Earshot" in sent["user-agent"]
    assert "cookie" not in sent


def test_a_body_can_go_into_a_file(web: Web, fetch: Fetch):
    web.pages["/a"] = reply(b"x" * 1000)
    file = io.BytesIO()
    got = fetch(web.url("/a"), into=file)
    assert (got.body, got.size, len(file.getvalue())) == (b"", 1000, 1000)


def test_what_is_unchanged_is_not_sent_again(web: Web, fetch: Fetch):
    def page(asked: Asked) -> bytes:
        same = asked.headers.get("if-none-match") == '"1"'
        return reply(status=304) if same else reply("new", ETag='"1"')

    web.pages["/a"] = page
    got = fetch(web.url("/a"), conditional=Conditional('"1"', "Mon, 02 Mar 2026 08:00:00 GMT"))
    assert got.unchanged
    assert web.asked[0].headers["if-modified-since"].startswith("Mon")
    assert not fetch(web.url("/a"), conditional=Conditional("bad\r\nX-Evil: 1")).unchanged
    assert "x-evil" not in web.asked[1].headers


def test_only_lasting_redirects_change_where_it_lives(web: Web, fetch: Fetch):
    web.pages |= {
        "/a": redirect("/b", 301),
        "/b": redirect("c", 308),
        "/c": redirect("/d", 302),
        "/d": redirect("/e", 301),
        "/e": reply("there"),
    }
    got = fetch(web.url("/a"))
    assert (got.url, got.moved_to) == (web.url("/e"), web.url("/c"))
    assert fetch(web.url("/c")).moved_to is None


def test_secrets_stay_with_their_host(web: Web, allowed, fetch: Fetch):
    allowed(f"127.0.0.1:{web.port}, localhost:{web.port}")
    web.pages |= {"/a": redirect("/b"), "/b": redirect(web.url("/c", "localhost")), "/c": reply()}
    fetch(web.url("/a"), headers={"Authorization": "Bearer x", "Accept": "text/x"})
    assert ["authorization" in one.headers for one in web.asked] == [True, True, False]
    assert web.asked[2].headers["accept"] == "text/x"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_fetched(allowed, inside: Web, fetch: Fetch, host: str):
    allowed("")
    with pytest.raises(NotPublic, match="not on the public internet"):
        fetch(inside.url("/", host))


@pytest.mark.parametrize("where", ["http://127.0.0.1:{port}/", "//localhost:{port}/x"])
def test_a_redirect_does_not_lead_inside(web: Web, inside: Web, fetch: Fetch, where: str):
    web.pages["/a"] = redirect(where.format(port=inside.port))
    with pytest.raises(NotPublic):
        fetch(web.url("/a"))


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "ftp://example.org/", "javascript:1", "http://0x7f000001/"]
)
def test_a_redirect_leads_to_web_addresses_only(web: Web, fetch: Fetch, where: str):
    web.pages["/a"] = redirect(where)
    with pytest.raises(BadAddress, match="redirects to another place"):
        fetch(web.url("/a"))


def test_a_name_with_a_private_address_is_refused_even_beside_a_public_one(
    allowed, inside: Web, fetch: Fetch
):
    allowed("")
    for answer in ([LOOPBACK], [PUBLIC, LOOPBACK], [ipaddress.ip_address("::ffff:7f00:1")]):
        with pytest.raises(NotPublic):
            fetch(inside.url("/", "rebind.test"), resolve=lambda *_, found=answer: found)


def test_a_redirect_to_a_name_with_a_private_address_is_refused(
    web: Web, inside: Web, fetch: Fetch
):
    web.pages["/a"] = redirect(inside.url("/", "inside.test"))
    with pytest.raises(NotPublic, match=r"inside\.test"):
        fetch(web.url("/a"), resolve=lambda *_: [LOOPBACK])


def test_the_connection_goes_to_the_address_that_was_checked(
    allowed, inside: Web, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
):
    """A name whose answer changes after the check: the second answer is never asked for."""
    allowed("")
    asked = []
    answers = itertools.chain([[PUBLIC]], itertools.repeat([LOOPBACK]))
    connected = []

    def resolve(host: str, _: float) -> list:
        asked.append(host)
        return next(answers)

    def connect(address: tuple, *_: object, **__: object):
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.create_connection", connect)
    with pytest.raises(NoAnswer):
        fetch(inside.url("/", "rebind.test"), resolve=resolve)
    assert (asked, connected) == (["rebind.test"], ["8.8.8.8"])


def test_the_name_is_still_what_is_asked_for(web: Web, allowed, fetch: Fetch):
    allowed("127.0.0.0/8")
    web.pages["/"] = reply("yes")
    assert fetch(web.url("/", "named.test"), resolve=lambda *_: [LOOPBACK]).body == b"yes"
    assert web.asked[0].headers["host"] == f"named.test:{web.port}"


def test_the_next_address_is_tried_when_one_takes_no_connection(web: Web, allowed, fetch: Fetch):
    allowed("127.0.0.0/8")
    web.pages["/"] = reply("yes")
    two = [ipaddress.ip_address("127.9.9.9"), LOOPBACK]
    assert fetch(web.url("/", "named.test"), resolve=lambda *_: two).body == b"yes"


def test_a_name_that_nobody_knows(allowed, fetch: Fetch):
    allowed("")
    with pytest.raises(NoSuchHost, match=r"no-such-host\.invalid"):
        fetch("http://no-such-host.invalid/", resolve=lambda *_: [])


def test_circles_and_endless_redirects_end(web: Web, fetch: Fetch):
    web.pages |= {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(Misled, match="circle"):
        fetch(web.url("/a"))
    numbers = itertools.count()
    web.pages["*"] = lambda _: redirect(f"/next{next(numbers)}")
    with pytest.raises(Misled, match="too often"):
        fetch(web.url("/x"))
    assert len(web.asked) < 12


def dripping(head: bytes = b"HTTP/1.1 200 OK\r\n\r\n", piece: bytes = b"x") -> Iterator[bytes]:
    yield head
    while True:
        time.sleep(0.05)
        yield piece


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX-A: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b""),
    ],
)
def test_what_drips_is_given_up_in_time(web: Web, fetch: Fetch, head: bytes, piece: bytes):
    web.pages["/a"] = lambda _: dripping(head, piece)
    began = time.monotonic()
    with pytest.raises(TooSlow, match="longer than 1 second,"):
        fetch(web.url("/a"))
    assert time.monotonic() - began < 3


def test_a_body_in_crumbs_is_given_up_before_it_costs_much(web: Web, fetch: Fetch):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    web.pages["/crumbs"] = itertools.chain([head], itertools.repeat(b"1\r\nx\r\n" * 1000, 1000))
    with pytest.raises(BadAnswer, match="in crumbs"):
        fetch(web.url("/crumbs"), limits=Limits(30, 10_000_000))
    # A page that is flushed line by line is none.
    lines = itertools.repeat(b"20\r\n" + b"x" * 32 + b"\r\n", 15_000)
    web.pages["/lines"] = itertools.chain([head], lines, [b"0\r\n\r\n"])
    assert fetch(web.url("/lines"), limits=Limits(30, 10_000_000)).size == 480_000


def test_slow_redirects_share_one_time(web: Web, fetch: Fetch):
    def slowly(asked: Asked) -> bytes:
        time.sleep(0.6)
        return redirect(asked.path + "x")

    web.pages["*"] = slowly
    began = time.monotonic()
    with pytest.raises(TooSlow):
        fetch(web.url("/a"))
    assert time.monotonic() - began < 3


def test_an_endless_body_costs_little_memory(web: Web, fetch: Fetch):
    web.pages["/a"] = lambda _: itertools.chain(
        [b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65536, 160_000)
    )
    tracemalloc.start()
    with pytest.raises(TooBig, match=r"larger than 0\.2 MB"):
        fetch(web.url("/a"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
    assert web.sent < 20_000_000


def test_a_body_that_says_it_is_too_big_is_not_read(web: Web, fetch: Fetch):
    web.pages["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
    with pytest.raises(TooBig):
        fetch(web.url("/a"))


def test_packed_bodies_are_unpacked(web: Web, fetch: Fetch):
    web.pages["/a"] = reply(gzip.compress(b"one ") + gzip.compress(b"two"), Content_Encoding="gzip")
    assert fetch(web.url("/a")).body == b"one two"
    web.pages["/a"] = reply(gzip.compress(b"one") + b"\0" * 8, Content_Encoding="x-gzip")
    assert fetch(web.url("/a")).body == b"one"
    web.pages["/a"] = reply(b"not packed", Content_Encoding="gzip")
    with pytest.raises(BadAnswer, match="unpacked"):
        fetch(web.url("/a"))


def test_a_bomb_does_not_go_off(web: Web, fetch: Fetch):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(100)) + packer.flush()
    assert len(bomb) < 200_000
    web.pages["/a"] = reply(bomb, Content_Encoding="gzip")
    web.pages["/b"] = reply(gzip.compress(b"") * 8000, Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(TooBig):
        fetch(web.url("/a"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
    assert fetch(web.url("/b")).body == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "compress"])
def test_packings_that_nobody_asked_for_are_refused(web: Web, fetch: Fetch, encoding: str):
    web.pages["/a"] = reply(b"x", Content_Encoding=encoding)
    with pytest.raises(BadAnswer, match="not asked for"):
        fetch(web.url("/a"))


def test_a_flood_of_headers_is_refused(web: Web, fetch: Fetch):
    web.pages["/a"] = lambda _: itertools.chain(
        [b"HTTP/1.1 200 OK\r\n"], (b"X-%d: y\r\n" % n for n in itertools.count())
    )
    with pytest.raises(FetchError):
        fetch(web.url("/a"))
    web.pages["/b"] = lambda _: itertools.chain(
        [b"HTTP/1.1 200 OK\r\nX: "], itertools.repeat(b"y" * 9999)
    )
    with pytest.raises(FetchError):
        fetch(web.url("/b"))


@pytest.mark.parametrize(
    "raw", [b"", b"SSH-2.0-OpenSSH\r\n", b"\x00\xff" * 50, b"HTTP/9 x\r\n\r\n"]
)
def test_what_is_no_http_is_told(web: Web, fetch: Fetch, raw: bytes):
    web.pages["/a"] = raw
    with pytest.raises(BadAnswer):
        fetch(web.url("/a"))


def test_a_body_that_is_cut_short_is_not_taken(web: Web, fetch: Fetch):
    web.pages["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
    with pytest.raises(BadAnswer):
        fetch(web.url("/a"))


@pytest.mark.parametrize(
    ("status", "words"), [(404, "nothing at this"), (410, "gone"), (500, "a problem"), (418, "ref")]
)
def test_refusals_are_told_in_words(web: Web, fetch: Fetch, status: int, words: str):
    web.pages["/a"] = reply(status=status, Retry_After="120")
    with pytest.raises(Answered, match=words) as caught:
        fetch(web.url("/a"))
    assert (caught.value.answer, caught.value.code) == (status, f"http_{status}")
    assert caught.value.retry_after == 120


def test_nobody_listens(allowed, fetch: Fetch):
    allowed("127.0.0.1:9")
    with pytest.raises(NoAnswer, match="does not take a connection"):
        fetch("http://127.0.0.1:9/")


def test_a_port_of_another_service_is_not_asked(allowed, fetch: Fetch):
    allowed("")
    with pytest.raises(BadAddress, match="Port 25"):
        fetch("http://example.org:25/", resolve=lambda *_: [PUBLIC])


def test_proxies_of_the_environment_are_ignored(
    web: Web, inside: Web, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, inside.url())
    web.pages["/"] = reply("direct")
    assert fetch(web.url("/")).body == b"direct"


def test_a_lookup_that_hangs_is_given_up(allowed, fetch: Fetch, monkeypatch: pytest.MonkeyPatch):
    allowed("")
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(2) or [])
    with pytest.raises(TooSlow, match=r"longer than 0\.3 seconds,"):
        fetch("http://hangs.test/", limits=Limits(0.3, 1000))
