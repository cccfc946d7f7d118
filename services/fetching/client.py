"""Fetching one thing from the web: every hop checked, every byte and second counted."""

import contextlib
import email.utils
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import httpcore

from config import settings as site_settings
from services.fetching import resolving
from services.fetching.addresses import Allowed, Target
from services.fetching.connecting import Budget, OutOfTime, OverTheWire, Pinned, trust
from services.fetching.errors import (
    Answered,
    BadAddress,
    BadAnswer,
    FetchError,
    Misled,
    NoAnswer,
    NotTrusted,
    TooBig,
    TooSlow,
)
from services.fetching.limits import HEAD_BYTES, Crumbs, Limits, Unpacker
from services.fetching.resolving import Resolve

REDIRECTS = {301, 302, 303, 307, 308}
FOR_EVER = {301, 308}
MOST_PATIENCE = 7 * 24 * 3600.0
"""Seconds of Retry-After that are believed."""
SECRETS = {"authorization", "cookie", "proxy-authorization"}
"""Headers that stay with the host they were meant for."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """What was answered last time, so that what is unchanged need not be sent again."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return them as a request carries them."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value and _sendable(value)}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched.

    Attributes:
        url: where it was in the end.
        moved_to: where it lives from now on, when redirects said so for good; else None.
        body: unpacked; empty when it was written into a file, or is unchanged.
        size: bytes of the unpacked body.
        unchanged: True for an answer 304.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; of several with the same name the first."""
    body: bytes = field(repr=False)
    size: int
    moved_to: str | None = None

    @property
    def unchanged(self) -> bool:
        """Say whether it is what it was last time."""
        return self.status == 304

    @property
    def content_type(self) -> str:
        """Return the type without its parameters, in lower case; empty when it has none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """Return the charset of the Content-Type; empty when it names none."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower()
        return ""

    @property
    def retry_after(self) -> float | None:
        """Return how many seconds the server asks to wait, or None."""
        return seconds_of(self.headers.get("retry-after", ""))


def fetch(
    url: str,
    *,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
    conditional: Conditional | None = None,
    into: BinaryIO | None = None,
    resolve: Resolve | None = None,
) -> Fetched:
    """Fetch `url` by GET; with `into` the body is written there instead of kept in memory.

    Only hosts on the public internet are asked, and those that FETCH_ALLOWED_HOSTS names. A name
    is looked up once a hop and the connection goes to the address that was checked. No cookie is
    kept and no proxy of the environment is used. `limits` hold over all hops; None means those
    of a page.

    Raises:
        BadAddress, NotPublic: it is not fetched from here, by this address or a redirect.
        NoSuchHost, NoAnswer, NotTrusted, TooSlow: nobody was reached in time.
        TooBig, Misled, BadAnswer: what came is not taken.
        Answered: the status was 400 or more.
    """
    limits = limits or Limits.for_text(site_settings())
    budget = Budget(limits.seconds, limits.most_bytes + HEAD_BYTES)
    visit = _Visit(limits, budget, into, resolve or resolving.system)
    target = Target.of(url)
    asked = dict(headers or {}) | (conditional.headers() if conditional else {})
    try:
        return visit.follow(target, asked)
    except OutOfTime:
        raise TooSlow(visit.host, limits.seconds) from None
    except OverTheWire:
        raise TooBig(visit.host, limits.most_bytes) from None


class _Visit:
    """One fetch, from hop to hop."""

    def __init__(
        self, limits: Limits, budget: Budget, into: BinaryIO | None, resolve: Resolve
    ) -> None:
        self._limits = limits
        self._budget = budget
        self._into = into
        self._resolve = resolve
        self._allowed = Allowed.parse(site_settings().fetch_allowed_hosts)
        self.host = ""

    def follow(self, target: Target, headers: dict[str, str]) -> Fetched:
        """Ask, and go where the answers lead."""
        seen: set[str] = set()
        moved_to: str | None = None
        lasting = True
        while True:
            if target.url in seen:
                raise Misled(f"{target.host} redirects in a circle.")
            if len(seen) > self._limits.redirects:
                raise Misled(f"{target.host} redirects too often.")
            seen.add(target.url)
            answer = self._ask(target, headers, moved_to)
            if isinstance(answer, Fetched):
                return answer
            status, there = answer
            if there.authority != target.authority or there.scheme != target.scheme:
                headers = {k: v for k, v in headers.items() if k.lower() not in SECRETS}
            # What follows a temporary redirect is temporary too, whatever it says of itself.
            lasting = lasting and status in FOR_EVER
            if lasting:
                moved_to = there.url
            target = there

    def _ask(
        self, target: Target, headers: dict[str, str], moved_to: str | None
    ) -> Fetched | tuple[int, Target]:
        self.host = target.host
        try:
            addresses = resolving.reachable(
                target, self._allowed, self._resolve, self._budget.seconds()
            )
        except TooSlow:  # which tells of the seconds that were left
            raise TooSlow(target.host, self._limits.seconds) from None
        with httpcore.ConnectionPool(
            ssl_context=trust(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=Pinned(addresses, self._budget),
        ) as pool:
            try:
                with pool.stream(
                    "GET", _address(target), headers=_headers(target, headers)
                ) as response:
                    return self._read(target, response, moved_to)
            except httpcore.ConnectTimeout as error:
                raise _broken(target.host, error) from None
            except (httpcore.TimeoutException, TimeoutError):
                raise TooSlow(target.host, self._limits.seconds) from None
            except httpcore.ProtocolError:
                raise BadAnswer(f"What {target.host} answers is not the web's language.") from None
            except (httpcore.NetworkError, OSError) as error:
                raise _broken(target.host, error) from None

    def _read(
        self, target: Target, response: httpcore.Response, moved_to: str | None
    ) -> Fetched | tuple[int, Target]:
        headers: dict[str, str] = {}
        for name, value in response.headers:
            headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        status = response.status
        if status in REDIRECTS and headers.get("location"):
            return status, self._next(target, headers["location"])
        if status >= 400:
            raise Answered(target.host, status, seconds_of(headers.get("retry-after", "")))
        if status not in {200, 203, 304}:
            raise BadAnswer(f"{target.host} answers without sending anything (answer {status}).")
        parts: list[bytes] = []
        size = 0
        if status != 304:
            for piece in self._body(target, response, headers):
                size += len(piece)
                if self._into is None:
                    parts.append(piece)
                else:
                    self._into.write(piece)
        return Fetched(target.url, status, headers, b"".join(parts), size, moved_to)

    def _body(
        self, target: Target, response: httpcore.Response, headers: Mapping[str, str]
    ) -> Iterator[bytes]:
        """Give the unpacked pieces of a body as they come."""
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._limits.most_bytes:
            raise TooBig(target.host, self._limits.most_bytes)
        unpacker = Unpacker(
            headers.get("content-encoding", ""), target.host, self._limits.most_bytes
        )
        crumbs = Crumbs(target.host)
        for chunk in response.iter_stream():
            self._budget.seconds()
            crumbs.count(chunk)
            yield unpacker.feed(chunk)

    def _next(self, target: Target, location: str) -> Target:
        """Return where a redirect leads; the headers of the web are Latin-1, often UTF-8."""
        with contextlib.suppress(UnicodeError):
            location = location.encode("latin-1").decode("utf-8")
        try:
            return target.join(location)
        except BadAddress as error:
            raise BadAddress(f"{target.host} redirects to another place. {error}") from None


def seconds_of(value: str) -> float | None:
    """Return what a Retry-After says in seconds from now, or None."""
    value = value.strip()
    if value.isdecimal() and len(value) < 12:
        return min(float(value), MOST_PATIENCE)
    try:
        moment = email.utils.parsedate_tz(value) if value else None
        wait = email.utils.mktime_tz(moment) - time.time() if moment else None
    except (ValueError, OverflowError):
        return None
    return None if wait is None else min(max(0.0, wait), MOST_PATIENCE)


def _address(target: Target) -> httpcore.URL:
    return httpcore.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=target.path.encode(),
    )


def _headers(target: Target, asked: Mapping[str, str]) -> list[tuple[str, str]]:
    own = {
        "Host": target.authority,
        "User-Agent": site_settings().fetch_user_agent,
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    own |= {name: value for name, value in asked.items() if _sendable(value)}
    return list(own.items())


def _sendable(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _broken(host: str, error: Exception) -> FetchError:
    """Say why a connection was not made or did not last."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return NotTrusted(host)
        if isinstance(reason, ssl.SSLError):
            return NoAnswer(f"No secure connection to {host} comes about.")
        reason = reason.__cause__ or reason.__context__
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return NoAnswer(f"{host} does not take a connection.")
    return NoAnswer(f"The connection to {host} broke.")
