"""Where a story came from, and since when it stands where it does."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit


def site(address: str | None) -> str | None:
    """Return the host of a web address without www; None for anything else."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return parts.hostname.removeprefix("www.")


class Whence:
    """Where a story came from."""

    __slots__ = ()
    source_url: str | None
    source_label: str | None
    published_at: datetime | None
    created_at: datetime

    @property
    def goes_by_publishing(self) -> bool:
        """Say whether it stands in lists where it was published, as what a new source brings does.

        Those that come together are set apart by millionths of a second.
        """
        if not self.source_label or self.published_at is None:
            return False
        return abs(self.published_at - self.created_at) < timedelta(seconds=1)

    @property
    def source_name(self) -> str | None:
        """Return whence the story came: its source, or else the site of its address."""
        return self.source_label or site(self.source_url)

    @property
    def web_address(self) -> str | None:
        """Return where the original is on the web."""
        return self.source_url if site(self.source_url) else None
