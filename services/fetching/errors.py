"""Why something was not fetched, in words for a reader and a code for machines."""

from typing import ClassVar

from errors import AppError
from services.sizes import megabytes


class FetchError(AppError):
    """Something could not be fetched.

    Attributes:
        code: one word for machines and for what a source remembers.
        permanent: True when asking again can't help as long as the address stays as it is.
        retry_after: seconds that the server asked to wait; None when it said nothing.
    """

    status = 502
    code: ClassVar[str] = "failed"
    permanent: ClassVar[bool] = False
    retry_after: float | None = None


class BadAddress(FetchError):
    """That is no web address, or not one that may be fetched."""

    status = 422
    code = "bad_address"
    permanent = True


class NotPublic(FetchError):
    """It leads into a private network, or to this machine."""

    status = 422
    code = "not_public"
    permanent = True

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is not on the public internet, so it is not fetched from here. Whoever runs"
            " this site can allow it by FETCH_ALLOWED_HOSTS."
        )


class NoSuchHost(FetchError):
    """The name has no address."""

    code = "no_host"

    def __init__(self, host: str) -> None:
        super().__init__(f"There is no site called {host}, or its name can't be looked up now.")


class NoAnswer(FetchError):
    """Nobody takes the connection, or it breaks."""

    code = "no_answer"


class NotTrusted(FetchError):
    """The site can't prove who it is."""

    code = "not_trusted"

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} can't prove that it is {host}: its certificate is not valid.")


class TooSlow(FetchError):
    """It was not there within the time that one fetch may take."""

    code = "too_slow"

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            f"{host} took longer than {seconds:g} second{'' if seconds == 1 else 's'}, so it was"
            " given up."
        )


class TooBig(FetchError):
    """It is larger than what was wanted may be."""

    code = "too_big"

    def __init__(self, host: str, most: int) -> None:
        size = megabytes(most)
        super().__init__(f"What {host} sends is larger than {size}, so it was given up.")


class Misled(FetchError):
    """It redirects in a circle, too often, or to nowhere."""

    code = "redirects"


class BadAnswer(FetchError):
    """What came back is no proper HTTP."""

    code = "bad_answer"


_STATUS_WORDS = {
    401: "wants a user name and a password",
    402: "wants to be paid",
    403: "does not let us in",
    404: "has nothing at this address",
    410: "says that this is gone for good",
    429: "says that it was asked too often",
    451: "may not show this for legal reasons",
}


class Answered(FetchError):
    """The server answered, but with a refusal or a failure of its own.

    Attributes:
        answer: its HTTP status.
    """

    def __init__(self, host: str, answer: int, retry_after: float | None = None) -> None:
        words = _STATUS_WORDS.get(answer, "has a problem" if answer >= 500 else "refuses")
        super().__init__(f"{host} {words} (answer {answer}).")
        self.answer = answer
        self.retry_after = retry_after

    @property
    def code(self) -> str:  # type: ignore[override]
        """Return `http_` and the status."""
        return f"http_{self.answer}"
