"""Why a file was not taken, in words that name it."""

from errors import InvalidInput


class UploadRefused(InvalidInput):
    """One file cannot be kept; the text is a sentence that starts with its name."""

    def __init__(self, name: str, reason: str) -> None:
        """Join `name` and `reason`, which reads on from it: "is empty."."""
        super().__init__(f"{name} {reason}")
        self.name = name
        self.reason = reason
