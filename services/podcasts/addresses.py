"""The secret in a podcast's addresses: made, renewed, revoked, and found again."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert

from errors import NotFound
from extensions import db
from models import PodcastFeed
from queries import podcasts as podcast_queries
from queries.podcasts import Listener
from services import audit
from services.audit import Person

LIVES = "/podcast"
"""Where on the site podcasts are."""
NONE = "You have no podcast address. Make one first."
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,100}")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one podcast, on the site at `site`."""

    site: str
    token: str

    @property
    def base(self) -> str:
        """Return what they all begin with."""
        return f"{self.site}{LIVES}/{self.token}"

    @property
    def feed(self) -> str:
        """Return where all of a reader's narrated stories are."""
        return f"{self.base}/feed.xml"

    def of_tag(self, tag_id: UUID) -> str:
        """Return where those with a tag are."""
        return f"{self.base}/tag/{tag_id}/feed.xml"

    def of_source(self, source_id: UUID) -> str:
        """Return where those from a source are."""
        return f"{self.base}/source/{source_id}/feed.xml"

    @property
    def of_briefings(self) -> str:
        """Return where briefings are, without the stories they were joined of."""
        return f"{self.base}/briefings/feed.xml"

    @property
    def cover(self) -> str:
        """Return where the picture is."""
        return f"{self.base}/cover.png"

    def app(self, address: str) -> str:
        """Return an address as podcast apps on a phone or a desk offer to open it."""
        return f"podcast://{address.partition('://')[2]}"

    def apps(self, address: str) -> list[tuple[str, str]]:
        """Return names of apps, and what each of them opens by itself."""
        bare, whole = address.partition("://")[2], quote(address, safe="")
        return [
            ("Apple Podcasts", f"podcast://{bare}"),
            ("Overcast", f"overcast://x-callback-url/add?url={whole}"),
            ("Pocket Casts", f"pktc://subscribe/{bare}"),
            ("AntennaPod", f"antennapod-subscribe://{bare}"),
            ("gPodder", f"pcast://{bare}"),
            ("A feed reader", f"feed://{bare}"),
        ]

    def of_picture(self, media_id: UUID) -> str:
        """Return where a story's picture is."""
        return f"{self.base}/{media_id}.jpg"

    def of_page(self, track_id: UUID) -> str:
        """Return where its owner finds a sound on the site."""
        return f"{self.site}/audio/{track_id}"

    def of_chapters(self, track_id: UUID) -> str:
        """Return where a briefing's chapters are."""
        return f"{self.base}/{track_id}/chapters.json"

    def of_track(self, track_id: UUID, extension: str) -> str:
        """Return where a sound or a transcript is."""
        return f"{self.base}/{track_id}.{extension}"


def create(user_id: UUID, *, by: Person) -> None:
    """Make the reader's podcast address; one that is there stays. The caller commits."""
    made = db.session.scalar(
        insert(PodcastFeed)
        .values(user_id=user_id, token=secrets.token_urlsafe(32))
        .on_conflict_do_nothing()
        .returning(PodcastFeed.user_id)
    )
    if made:
        audit.record("podcast.created", actor=by, subject=by, object_type="podcast")


def renew(user_id: UUID, *, by: Person) -> None:
    """Put another address in place of the one there is, which is dead at once. The caller commits.

    Raises:
        NotFound: there is none.
    """
    renewed = db.session.scalar(
        update(PodcastFeed)
        .where(PodcastFeed.user_id == user_id)
        .values(token=secrets.token_urlsafe(32), renewed_at=func.now())
        .returning(PodcastFeed.user_id)
        .execution_options(synchronize_session=False)
    )
    if renewed is None:
        raise NotFound(NONE)
    audit.record("podcast.renewed", actor=by, subject=by, object_type="podcast")


def revoke(user_id: UUID, *, by: Person) -> None:
    """Take the address away, at once and for good. The caller commits.

    Raises:
        NotFound: there is none.
    """
    revoked = db.session.scalar(
        delete(PodcastFeed)
        .where(PodcastFeed.user_id == user_id)
        .returning(PodcastFeed.user_id)
        .execution_options(synchronize_session=False)
    )
    if revoked is None:
        raise NotFound(NONE)
    audit.record("podcast.revoked", actor=by, subject=by, object_type="podcast")


def look_up(token: str) -> Listener | None:
    """Return whose address it is, or None when it opens nothing. Acts as `earshot_accounts`."""
    return podcast_queries.find_listener(token) if _TOKEN.fullmatch(token) else None
