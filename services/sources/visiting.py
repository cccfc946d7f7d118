"""One visit to a source, from asking to the stories it brings. No transaction is open meanwhile."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import DBAPIError, IntegrityError

from config import settings as site_settings
from errors import AppError
from services import fetching, media, narration, sandbox
from services.feeds.canonical import digest
from services.feeds.model import Entry, Feed, Unreadable
from services.fetching import Conditional, Fetched, FetchError, Limits
from services.fetching.addresses import Target
from services.fetching.errors import Answered, TooSlow
from services.narration import Wish
from services.sources import pictures, pruning, queue, schedule
from services.sources.arrival import Stored
from services.sources.pruning import Pruned
from services.sources.queue import Visit
from services.sources.storing import store, unseen
from services.storage import open_storage
from services.worker import transaction

log = logging.getLogger(__name__)

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
GONE = 410
MOST_PAGES = 10
"""Articles fetched in full in one visit."""
PAGES_TIME = 120.0
"""Seconds for all of them."""
MOST_NARRATIONS = 10
"""Stories of one visit that are read aloud of themselves."""


def perform(visit: Visit, stopping: Callable[[], bool] = lambda: False) -> None:
    """Carry a visit to its end, and put down how it went."""
    began = time.monotonic()
    try:
        end = _visit(visit, stopping)
    except DBAPIError as error:
        log.warning("source %s is left to another worker: %s", visit.id, type(error).__name__)
        return
    except Exception as error:
        end = _failed(visit, error)
    finally:
        _leave(visit)
    log.info("source %s: %s, %.2f s", visit.id, end, time.monotonic() - began)


def _visit(visit: Visit, stopping: Callable[[], bool]) -> str:
    got = fetching.fetch(
        visit.url,
        limits=Limits.for_text(site_settings()),
        headers={"Accept": ACCEPT},
        conditional=Conditional(visit.etag, visit.last_modified),
    )
    same = digest(got.body.hex()) if got.body else ""
    if got.unchanged or (same and same == visit.body_digest):
        wait = schedule.after_success(got.headers)
        with transaction():
            queue.finish(visit, wait, **_validators(got))
        return "unchanged"
    feed = sandbox.read_feed(got.body, got.headers.get("content-type", ""), got.url)
    pages = _full_texts(visit, feed.entries, stopping) if visit.full_text else {}
    kept = _keep(visit, feed, got, same, pages)
    if kept is None:
        return "lost"
    stored, pruned = kept
    media.delete_objects(open_storage(), pruned.keys)
    _move(visit, got.moved_to)
    pictures.make_small_copies(visit.user_id, stored.new, stopping)
    if visit.auto_narrate:
        _narrate(visit, stored)
    return f"{len(stored.new)} new, {stored.changed} changed"


def _keep(
    visit: Visit, feed: Feed, got: Fetched, same: str, pages: dict[str, str]
) -> tuple[Stored, Pruned] | None:
    """Store what came and end the visit, in one transaction; None when it is not ours."""
    with transaction(visit.user_id):
        if not queue.is_ours(visit):
            return None
        stored = store(visit, feed.entries, pages)
        pruned = (
            pruning.keep_last(visit.user_id, visit.id, visit.keep_last)
            if visit.keep_last
            else Pruned()
        )
        values: dict[str, Any] = {"title": feed.title, "site_url": feed.site_url}
        if stored.new:
            values["arrived_at"] = func.now()
        # What the plan has no room for is asked for again, as if it had never come.
        values |= {"body_digest": same} | _validators(got) if not stored.left_out else _nothing()
        queue.finish(visit, schedule.after_success(got.headers, feed.every), **values)
        if stored.left_out:
            queue.note(visit, *_no_room(stored.left_out))
    return stored, pruned


def _no_room(left_out: int) -> tuple[str, str]:
    many = "1 new story waits" if left_out == 1 else f"{left_out:,} new stories wait"
    return (
        f"Your plan has no room for more stories, so {many} outside. Delete some that you no"
        " longer need, or ask for a larger plan.",
        "plan_limit",
    )


def _validators(got: Fetched) -> dict[str, str]:
    names = {"etag": "etag", "last_modified": "last-modified"}
    found = {ours: got.headers.get(theirs, "")[:500] for ours, theirs in names.items()}
    # A 304 need not repeat them.
    return {ours: value for ours, value in found.items() if value or not got.unchanged}


def _nothing() -> dict[str, str]:
    return {"etag": "", "last_modified": "", "body_digest": ""}


def _failed(visit: Visit, error: Exception) -> str:
    gone = isinstance(error, Answered) and error.answer == GONE
    wait = None
    if isinstance(error, FetchError):
        words, code, wait = str(error), error.code, error.retry_after
    elif isinstance(error, Unreadable):
        words, code = str(error), error.code
    elif isinstance(error, sandbox.Failed):
        words, code = f"This feed was given up. {error}", "unreadable"
    else:
        log.error("source %s failed in a way nobody planned for", visit.id, exc_info=error)
        words, code = "Something went wrong with this source. It has been logged.", "unplanned"
    try:
        with transaction():
            again = schedule.after_failure(visit.failures + 1, wait)
            queue.fail(visit, words, code, again, gone=gone)
    except DBAPIError as away:
        log.warning("source %s is left to another worker: %s", visit.id, type(away).__name__)
    return code


def _leave(visit: Visit) -> None:
    try:
        with transaction():
            queue.free_host(visit.host)
    except DBAPIError as error:
        log.warning("%s stays taken for a while: %s", visit.host, type(error).__name__)


def _move(visit: Visit, moved_to: str | None) -> None:
    """Remember where a feed lives from now on, unless its reader has that one too."""
    if moved_to is None or moved_to == visit.url:
        return
    try:
        with transaction():
            queue.move(visit, moved_to, Target.of(moved_to).authority)
    except IntegrityError:
        log.info("source %s moved to where another source is", visit.id)


def _full_texts(
    visit: Visit, entries: Sequence[Entry], stopping: Callable[[], bool]
) -> dict[str, str]:
    """Fetch the articles of new entries; those that can't be had keep the feed's text."""
    with transaction(visit.user_id):
        wanted = [entry for entry in unseen(visit, entries) if entry.url][:MOST_PAGES]
    end = time.monotonic() + PAGES_TIME
    found: dict[str, str] = {}
    for entry in wanted:
        if stopping() or time.monotonic() > end:
            break
        try:
            article = _article(visit, entry.url or "", end)
        except (FetchError, sandbox.Failed) as error:
            log.info("no full text for an entry of source %s: %s", visit.id, error)
            continue
        if len(article) > len(entry.content):
            found[entry.guid] = article
    return found


def _article(visit: Visit, url: str, end: float) -> str:
    host = Target.of(url).authority
    if host == visit.host:  # it is ours already, but wants its pauses
        time.sleep(queue.pause_for(host))
    else:
        _wait_for(host, end)
    try:
        got = fetching.fetch(url, headers={"Accept": "text/html, application/xhtml+xml"})
    finally:
        if host != visit.host:
            with transaction():
                queue.free_host(host)
    return sandbox.read_article(got.body, got.url, got.charset).content


def _wait_for(host: str, end: float) -> None:
    """Take a host for one page, as soon as nobody else is there."""
    while True:
        with transaction():
            if queue.take_host(host):
                return
        if time.monotonic() > end:
            raise TooSlow(host, PAGES_TIME)
        time.sleep(0.5)


def _narrate(visit: Visit, stored: Stored) -> None:
    """Have new stories read aloud, within the plan; the first visit brings only old ones."""
    if visit.is_first:
        return
    for news_id in stored.new[:MOST_NARRATIONS]:
        try:
            _ask(visit.user_id, news_id)
        except AppError as error:
            with transaction():
                queue.note(visit, f"New stories are not read aloud: {error}", "narration")
            return


def _ask(user_id: UUID, news_id: UUID) -> None:
    with transaction(user_id):
        narration.ask(user_id, news_id, Wish())
