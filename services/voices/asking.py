"""How a provider is asked over HTTP: patiently, within limits, and so that it can be stopped."""

import email.utils
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from services.voices import Progress
from services.voices.errors import VoiceError, VoiceRefused, VoiceUnavailable

MOST_BYTES = 96 * 1024 * 1024
LONGEST_WAIT = 30.0
"""Seconds between two attempts; a provider that asks for more is tried again by the worker."""
TIMEOUTS = 2
"""A request that timed out may have been charged, so that it is not repeated often."""
TICK = 0.25

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def retry_after(self) -> float | None:
        """How many seconds the server asks to wait."""
        value = self.headers.get("retry-after", "").strip()
        if value.replace(".", "", 1).isdecimal():
            return float(value)
        moment = email.utils.parsedate_tz(value) if value else None
        return max(0.0, email.utils.mktime_tz(moment) - time.time()) if moment else None


class Line:
    """A connection to one provider for the length of a narration."""

    def __init__(
        self,
        name: str,
        url: str,
        headers: Mapping[str, str],
        refusal: Callable[[Answer], VoiceError],
        *,
        timeout: float,
        attempts: int,
        backoff: float,
    ) -> None:
        """Prepare to ask `url`; `refusal` makes an error of an answer that is not a 200."""
        self._name = name
        self._url = url.rstrip("/")
        self._headers = dict(headers)
        self._secrets = [value.removeprefix("Bearer ") for value in headers.values() if value]
        self._refusal = refusal
        self._timeout = timeout
        self._attempts = max(1, attempts)
        self._backoff = backoff

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        read: Callable[[Answer], Result],
        progress: Progress,
        share: float,
    ) -> Result:
        """Send `body` as JSON and return what `read` makes of the answer.

        A passing failure is repeated with growing waits. While waiting, `progress` is told
        `share`; what it raises ends the wait.

        Raises:
            VoiceError: refused, or failed at every attempt.
        """
        timeouts = 0
        for attempt in range(self._attempts):
            try:
                answer = self._once("POST", path, progress, share, body)
                if answer.status == 200:
                    return read(answer)
                raise self._refused(answer)
            except VoiceError as error:
                timeouts += error.code == "timeout"
                wait = self._backoff * 2**attempt * random.uniform(0.8, 1.2)  # noqa: S311
                wait = wait if error.retry_after is None else error.retry_after
                last = attempt + 1 == self._attempts or timeouts == TIMEOUTS
                if error.permanent or last or wait > LONGEST_WAIT:
                    raise
                _pass_time(wait, progress, share)
        raise AssertionError("the last attempt returns or raises")

    def get(self, path: str) -> Answer:
        """Fetch once.

        Raises:
            VoiceError: refused or failed.
        """
        answer = self._fetch("GET", path, None)
        if answer.status != 200:
            raise self._refused(answer)
        return answer

    def _refused(self, answer: Answer) -> VoiceError:
        """Make the error; servers have been known to repeat the key they refuse."""
        error = self._refusal(answer)
        for secret in self._secrets:
            error.detail = error.detail.replace(secret, "•••")
        return error

    def _once(
        self, method: str, path: str, progress: Progress, share: float, body: Mapping[str, Any]
    ) -> Answer:
        """Ask in a thread, so that this one can be stopped while the provider thinks."""
        outcome: list[Answer | Exception] = []

        def work() -> None:
            try:
                outcome.append(self._fetch(method, path, body))
            except Exception as error:
                outcome.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(TICK)
            progress(share)
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def _fetch(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        deadline = time.monotonic() + self._timeout
        limits = httpx.Timeout(self._timeout, connect=min(10.0, self._timeout))
        try:
            with (
                httpx.Client(timeout=limits, headers=self._headers) as client,
                client.stream(method, self._url + path, json=body) as response,
            ):
                content = bytearray()
                for block in response.iter_bytes():
                    content += block
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("the answer trickles in")
                    if len(content) > MOST_BYTES:
                        raise VoiceRefused(
                            f"{self._name} sent far more than it should have.", code="too_much"
                        )
                return Answer(response.status_code, response.headers, bytes(content))
        except httpx.TimeoutException as error:
            raise VoiceUnavailable(
                f"{self._name} did not answer in time. Try again later.", code="timeout"
            ) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise VoiceRefused(
                f"The address set for {self._name} is not valid. Tell an admin.",
                code="bad_address",
            ) from error
        except httpx.HTTPError as error:
            raise VoiceUnavailable(
                f"{self._name} could not be reached. Try again later.",
                code="unreachable",
                detail=type(error).__name__,
            ) from error


def bad_answer(name: str, what: str) -> VoiceUnavailable:
    """Make the error for an answer that says 200 and yet cannot be used."""
    return VoiceUnavailable(
        f"{name} sent an answer that can't be used. Try again later.",
        code="bad_answer",
        detail=what,
    )


def by_status(name: str, answer: Answer, detail: str) -> VoiceError:
    """Make an error of an answer's status alone, for providers that give no known cause."""
    status = answer.status
    if status in {401, 403}:
        return VoiceRefused(
            f"{name} refused this site's key. An admin must check it.",
            code="refused",
            detail=detail,
        )
    if status in {408, 409, 425, 429} or status >= 500:
        code = "busy" if status == 429 else "failing"
        words = "is too busy" if status == 429 else "has trouble"
        return VoiceUnavailable(
            f"{name} {words} right now. Try again later.",
            code=code,
            retry_after=answer.retry_after,
            detail=detail,
        )
    return VoiceRefused(
        f"{name} did not accept this text or voice.", code="not_accepted", detail=detail
    )


def _pass_time(seconds: float, progress: Progress, share: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(TICK, left))
        progress(share)
