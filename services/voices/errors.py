"""How a voice fails, in words a reader may see."""

from errors import AppError


class VoiceError(AppError):
    """A voice refused or failed.

    `permanent` says that asking again with the same input is pointless. `code` names the
    cause for machines. `retry_after` is how many seconds the provider asks to wait, if it
    said so. `detail` is for admins: what the provider answered, without any key.
    """

    status = 502

    def __init__(
        self,
        message: str,
        *,
        code: str,
        permanent: bool,
        retry_after: float | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.detail = detail[:500]


class VoiceNotFound(VoiceError):
    """There is no such voice, or not any more."""

    status = 404

    def __init__(self, message: str = "", *, detail: str = "") -> None:
        super().__init__(
            message or "This voice is not available here. Choose another one.",
            code="voice_not_found",
            permanent=True,
            detail=detail,
        )


class VoiceRefused(VoiceError):
    """The voice will not speak this, however often it is asked."""

    def __init__(self, message: str, *, code: str, detail: str = "") -> None:
        super().__init__(message, code=code, permanent=True, detail=detail)


class VoiceUnavailable(VoiceError):
    """The voice cannot speak just now; later it may."""

    def __init__(
        self, message: str, *, code: str, retry_after: float | None = None, detail: str = ""
    ) -> None:
        super().__init__(
            message, code=code, permanent=False, retry_after=retry_after, detail=detail
        )
