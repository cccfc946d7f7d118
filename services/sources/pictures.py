"""Small copies of the pictures of new stories: the one at the head, then those in the text.

They are fetched by the worker, never by a page: whoever serves a picture does not learn who reads.
The picture itself stays where it is until its reader keeps it.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from sqlalchemy import func, select, update

from config import MEGABYTE
from config import settings as site_settings
from errors import AppError, LimitReached
from extensions import db
from models import MediaAsset, MediaType, NewsStory
from services import fetching, media, plans, story_pictures, uploads
from services.fetching import Limits
from services.media import Batch
from services.storage import THUMBNAILS, open_storage
from services.worker import transaction

log = logging.getLogger(__name__)

MOST_STORIES = 20
"""Of one visit, the newest."""
MOST_IN_TEXT = 10
"""Pictures in the text of one story."""
MOST = 40
"""Pictures of one visit."""
SECONDS = 30.0
"""For all of them."""
LARGEST = 10 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Remote:
    """A picture that lives elsewhere."""

    id: UUID
    url: str


def make_small_copies(user_id: UUID, stories: Sequence[UUID], stopping: Callable[[], bool]) -> int:
    """Make small copies for new stories, and return how many; failing is no trouble."""
    if not site_settings().fetch_pictures:
        return 0
    newest = stories[:MOST_STORIES]
    for news_id in newest:
        with transaction(user_id):  # of its own, so that no story is held while others are read
            _note_those_in_text(user_id, news_id)
    with transaction(user_id):
        wanted = _wanted(user_id, newest)
    end = time.monotonic() + SECONDS
    made = 0
    for picture in wanted:
        left = end - time.monotonic()
        if stopping() or left <= 0:
            break
        try:
            made += _copy(user_id, picture, Limits(min(left, 10.0), LARGEST))
        except LimitReached:
            break  # the others would be fetched in vain
        except AppError as error:
            log.info("no small copy of a picture: %s", error)
    return made


def _note_those_in_text(user_id: UUID, news_id: UUID) -> None:
    """Let a story have an asset for each picture of its text, if it is still there."""
    content = db.session.scalar(
        select(NewsStory.content)
        .where(
            NewsStory.user_id == user_id,
            NewsStory.id == news_id,
            NewsStory.content.contains("![", autoescape=True),
        )
        .with_for_update()
    )
    if content:
        story_pictures.note(user_id, news_id, content, MOST_IN_TEXT)


def _wanted(user_id: UUID, stories: Sequence[UUID]) -> list[Remote]:
    """Return what to copy: first one picture of every story, then the second ones, and so on."""
    turn = func.row_number().over(
        partition_by=MediaAsset.news_id, order_by=(MediaAsset.created_at, MediaAsset.id)
    )
    rows = db.session.execute(
        select(MediaAsset.id, MediaAsset.url)
        .where(
            MediaAsset.user_id == user_id,
            MediaAsset.news_id.in_(stories),
            MediaAsset.type == MediaType.IMAGE,
            MediaAsset.storage_key.is_(None),
            MediaAsset.thumbnail_key.is_(None),
        )
        .order_by(turn, MediaAsset.created_at.desc())
        .limit(MOST)
    )
    return [Remote(*row) for row in rows]


def _copy(user_id: UUID, picture: Remote, limits: Limits) -> bool:
    got = fetching.fetch(picture.url, limits=limits)
    prepared = uploads.examine(BytesIO(got.body), "picture", uploads.Limits.of(site_settings()))
    prepared.close()
    if prepared.thumbnail is None:
        return False
    size = {name: prepared.metadata[name] for name in ("width", "height")}
    with transaction(user_id):
        plans.check_storage(user_id, len(prepared.thumbnail))
    with media.batch(open_storage()) as batch, transaction(user_id):
        return _note(batch, user_id, picture, prepared.thumbnail, size)


def _note(
    batch: Batch, user_id: UUID, picture: Remote, thumbnail: bytes, size: dict[str, int]
) -> bool:
    key = batch.put(THUMBNAILS, "webp", thumbnail, "image/webp")
    noted = db.session.scalar(
        update(MediaAsset)
        .where(
            MediaAsset.user_id == user_id,
            MediaAsset.id == picture.id,
            MediaAsset.storage_key.is_(None),
            MediaAsset.thumbnail_key.is_(None),
        )
        .values(
            thumbnail_key=key,
            byte_size=len(thumbnail),
            metadata_=MediaAsset.metadata_.op("||")(size | {"thumbnail_size": len(thumbnail)}),
        )
        .returning(MediaAsset.id)
    )
    if noted is None:
        raise AppError("The picture's story is gone.")
    return True
