"""What a reader does to their sources."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from errors import Conflict, NotFound
from extensions import db
from models import Source, SourceState
from queries.sources import find_by_url
from services import plans
from services.fetching.addresses import Target
from services.sources import pruning
from services.sources.pruning import Pruned

Change = Callable[[UUID, UUID], None]
"""Takes a reader's id and a source's."""
MOST_KEPT = 100_000
"""Stories that a source may be told to keep."""
MISSING = "That source doesn't exist, or isn't yours."


class Followed(Conflict):
    """The reader has a source at that address already."""

    def __init__(self, source_id: UUID, title: str) -> None:
        super().__init__(f"You follow this already: {title}")
        self.source_id = source_id
        self.title = title


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a reader wants a source."""

    name: str = ""
    """Empty for what it calls itself."""
    full_text: bool = False
    auto_narrate: bool = False
    keep_last: int | None = None


def add(
    user_id: UUID, url: str, *, title: str = "", name: str = "", site_url: str | None = None
) -> UUID:
    """Follow a feed and return the source's id; the worker visits it next. The caller commits.

    `title` is what it calls itself as far as one knows, `name` what its reader calls it.

    Raises:
        BadAddress: that is no address that is fetched.
        Followed: the reader has it already.
        LimitReached: their plan has no room for it.
    """
    target = Target.of(url)
    plans.check_sources(user_id, 1)
    try:
        with db.session.begin_nested():
            source_id: UUID = db.session.execute(
                insert(Source)
                .values(
                    user_id=user_id,
                    url=target.url,
                    host=target.authority,
                    title=title,
                    name=name,
                    site_url=site_url,
                )
                .returning(Source.id)
            ).scalar_one()
    except IntegrityError as error:
        same = find_by_url(user_id, target.url)
        if same is None:
            raise
        raise Followed(same.id, same.label) from error
    return source_id


def change(user_id: UUID, source_id: UUID, wishes: Wishes, url: str | None = None) -> None:
    """Change how a source is kept, and where it is. The caller commits.

    Raises:
        NotFound: the reader has no such source.
        BadAddress, Followed: the new address will not do.
    """
    values: dict[str, Any] = {
        "name": wishes.name,
        "full_text": wishes.full_text,
        "auto_narrate": wishes.auto_narrate,
        "keep_last": wishes.keep_last,
    }
    if url is not None:
        target = Target.of(url)
        values |= {"url": target.url, "host": target.authority} | _anew()
    try:
        with db.session.begin_nested():
            _change(user_id, source_id, **values)
    except IntegrityError as error:
        same = find_by_url(user_id, url or "")
        if same is None:
            raise
        raise Followed(same.id, same.label) from error


def hold(user_id: UUID, source_id: UUID) -> None:
    """Let nobody else change a source until this transaction ends.

    Raises:
        NotFound: the reader has no such source.
    """
    mine = (Source.id == source_id, Source.user_id == user_id)
    if db.session.scalar(select(Source.id).where(*mine).with_for_update()) is None:
        raise NotFound(MISSING)


def pause(user_id: UUID, source_id: UUID) -> None:
    """Visit a source no longer. The caller commits.

    Raises:
        NotFound: the reader has no such source.
    """
    _change(user_id, source_id, state=SourceState.PAUSED, wanted=False)


def resume(user_id: UUID, source_id: UUID) -> None:
    """Visit a source again, now. The caller commits.

    Raises:
        NotFound: the reader has no such source.
    """
    _change(user_id, source_id, state=SourceState.ACTIVE, next_fetch_at=func.now(), failures=0)


def refresh(user_id: UUID, source_id: UUID) -> None:
    """Have a source visited as soon as can be, even a paused one. The caller commits.

    One that is being visited right now is left alone.

    Raises:
        NotFound: the reader has no such source.
    """
    busy = Source.fetching_since.is_not(None) & (Source.next_fetch_at > func.now())
    _change(
        user_id,
        source_id,
        wanted=func.coalesce(~busy, True),
        next_fetch_at=case((busy, Source.next_fetch_at), else_=func.now()),
    )


def remove(user_id: UUID, source_id: UUID, *, with_stories: bool) -> Pruned:
    """Follow a source no longer; its stories stay, or go but for those its reader set store by.

    The caller commits, and only then removes the objects.

    Raises:
        NotFound: the reader has no such source.
    """
    mine = (Source.id == source_id, Source.user_id == user_id)
    pruned = pruning.delete_of_source(user_id, source_id) if with_stories else Pruned()
    if db.session.scalar(delete(Source).where(*mine).returning(Source.id)) is None:
        raise NotFound(MISSING)
    return pruned


def _anew() -> dict[str, Any]:
    """Return what begins anew at another address; a visit under way no longer counts."""
    return {
        "state": SourceState.ACTIVE,
        "attempt": Source.attempt + 1,
        "fetching_since": None,
        "next_fetch_at": func.now(),
        "failures": 0,
        "error": None,
        "error_code": None,
        "etag": "",
        "last_modified": "",
        "body_digest": "",
    }


def _change(user_id: UUID, source_id: UUID, **values: Any) -> None:
    changed = db.session.scalar(
        update(Source)
        .where(Source.id == source_id, Source.user_id == user_id)
        .values(**values)
        .returning(Source.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise NotFound(MISSING)
