"""The pictures in a story's text: which of them are here, and how the others are brought.

A picture of a text is an asset of its story like any other, known by the address at which the
text shows it. Until a small copy was made or it was kept, the text has a link in its place.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import func, insert

from errors import NotFound
from extensions import db
from models import MediaAsset, MediaType
from queries.keeps import Keep
from queries.media import Asset, of_story
from queries.news import find_story
from services import keeping_media, markdown, news

MOST = 30
"""Pictures of one text that are brought."""
LONGEST_ADDRESS = 2000
_VARIANT = re.compile(
    r"(?:-\d{2,5}x\d{2,5}|-scaled)?(\.(?:jpe?g|png|gif|webp|avif))$", re.IGNORECASE
)
"""How publishing systems name the sizes of one picture."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """Where each of a story's pictures is shown, and what is not here yet."""

    addresses: Sequence[str]
    """Of the pictures in the text, as far as they are brought."""
    known: Mapping[str, Asset]
    """The assets that those are, by address; not every address has one."""
    head: Asset | None
    """The picture above the text; None where the text shows it itself."""
    opening: str | None
    """The address that the text begins with, where `head` is that picture."""
    more: Sequence[Asset]
    """Further pictures of the story that are here."""
    elsewhere: Sequence[Asset]
    """Pictures and recordings that are not kept and that the text does not name."""

    @property
    def inside(self) -> dict[str, Asset]:
        """Return those that the text shows, small or in full, by address."""
        return {
            address: one
            for address, one in self.known.items()
            if one.has_thumbnail and address != self.opening
        }

    @property
    def kept(self) -> int:
        """Return how many pictures of the text are kept here in full."""
        return sum(one.stored for one in self.known.values())

    @property
    def seen(self) -> int:
        """Return how many pictures of the text can be seen, if only small."""
        return sum(one.has_thumbnail for one in self.known.values())


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is with the pictures of a text that were asked for."""

    waiting: int
    failed: int
    error: str
    """Why the first of those that failed did."""
    age: float
    """Seconds since the newest that waits was asked for."""


def arrange(content: str, assets: Sequence[Asset]) -> Arranged:
    """Find a place for each picture of a story; `assets` are all of the story's."""
    addresses = _addresses(content, MOST)
    known = _known(addresses, assets)
    here = [one for one in assets if one.can_be_shown]
    head = here[0] if here else None
    twin = next((address for address, one in known.items() if head and one.id == head.id), None)
    opening = twin if twin and markdown.opening_picture(content) == twin else None
    if twin and not opening:
        head = None
    of_text = {one.id for one in known.values()}
    return Arranged(
        addresses=addresses,
        known=known,
        head=head,
        opening=opening,
        more=[one for one in here if one.id not in of_text and one is not head],
        elsewhere=[one for one in assets if not one.stored and one.id not in of_text],
    )


def progress(arranged: Arranged, keeps: Mapping[UUID, Keep]) -> Progress:
    """Say how far it is with the pictures of a text; `keeps` are of the story's assets."""
    ids = {one.id for one in arranged.known.values() if not one.stored}
    mine = [keep for media_id, keep in keeps.items() if media_id in ids]
    waiting = [keep.age for keep in mine if keep.is_open]
    errors = [keep.error for keep in mine if not keep.is_open]
    return Progress(len(waiting), len(errors), (errors or [""])[0], min(waiting, default=0.0))


def ask(user_id: UUID, news_id: UUID) -> int:
    """Have every picture of a story's text kept by the worker, and return how many come.

    The caller commits. Who asks twice at once asks once.

    Raises:
        NotFound: the reader has no such story.
        TooMany: they wait for too many files.
        LimitReached: their plan stores no more; roll back.
    """
    news.hold(user_id, news_id)
    story = find_story(user_id, news_id)
    if story is None:
        raise NotFound(news.MISSING)
    note(user_id, news_id, story.content)
    known = _known(_addresses(story.content, MOST), of_story(user_id, news_id))
    wanted = dict.fromkeys(one.id for one in known.values() if not one.stored)
    for media_id in wanted:
        with suppress(keeping_media.AlreadyKept):  # by the worker, since they were read
            keeping_media.ask(user_id, media_id)
    return len(wanted)


def note(user_id: UUID, news_id: UUID, content: str, most: int = MOST) -> None:
    """Let the story have an asset for each picture of its text; the caller commits.

    Nothing is fetched by that. The story is held meanwhile, or nobody else knows of it yet.
    """
    addresses = _addresses(content, most)
    known = _known(addresses, of_story(user_id, news_id)) if addresses else {}
    missing = [one for one in addresses if one not in known]
    if missing:
        db.session.execute(
            # Not the transaction's start, so that they stay in their order, behind the head.
            insert(MediaAsset).values(created_at=func.clock_timestamp()),
            [
                {
                    "user_id": user_id,
                    "news_id": news_id,
                    "type": MediaType.IMAGE,
                    "arrived": True,
                    "url": address,
                }
                for address in missing
            ],
        )


def _addresses(content: str, most: int) -> list[str]:
    found = markdown.pictures_of(content)
    return [one for one in found if len(one) <= LONGEST_ADDRESS][:most]


def _known(addresses: Sequence[str], assets: Sequence[Asset]) -> dict[str, Asset]:
    """Return the picture that came from each address, else one that only differs in size."""
    # Backwards, so that of several the first one counts.
    pictures = [one for one in reversed(assets) if one.came_from and one.type is MediaType.IMAGE]
    same = {one.came_from: one for one in pictures}
    alike = {_name(one.came_from): one for one in pictures}
    found = {one: same.get(one) or alike.get(_name(one)) for one in addresses}
    return {address: one for address, one in found.items() if one}


def _name(address: str) -> tuple[str, str]:
    """Return host and path of a picture without its size; in full where it may be anything."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", address
    path, sizes = _VARIANT.subn(r"\1", unquote(parts.path))
    host = (parts.hostname or "").removeprefix("www.")
    return host, path if sizes else f"{path}?{parts.query}"
