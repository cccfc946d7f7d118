"""What the API takes about stories: which of them, what to write, how to mark and tag them."""

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from blueprints.api.wishes import (
    Content,
    Headline,
    Page,
    Query,
    Source,
    TagWord,
    When,
    Wish,
    Words,
    YesNo,
    left_out,
)
from services import clock
from services.reading import MOST as MOST_STORIES
from services.reading import Mark

DAY = re.compile(r"[1-8]\d{3}-\d\d-\d\d", re.ASCII)
MOST_NAMES = 100
"""Tags that one request may name; far more than a story carries."""


def _day(sent: object) -> object:
    """Let only days through that are written out; pydantic would take bare numbers too."""
    if not (isinstance(sent, str) and DAY.fullmatch(sent)):
        raise ValueError("Write a day like 2026-03-01.")
    return sent


Day = Annotated[
    date,
    BeforeValidator(_day),
    Field(json_schema_extra={"pattern": "^[1-8]"}, description="In the years 1000 to 8999."),
]


def _zone(sent: str) -> str:
    """Let only time zones through that are known here: in another one the days would be others."""
    try:
        clock.named_zone(sent)
    except ValueError:
        raise ValueError("Write the name of a time zone like Europe/Berlin.") from None
    return sent


def _name_zones(schema: dict[str, Any]) -> None:
    """Describe which there are; whoever makes requests from the description needs them all."""
    schema["enum"] = sorted(available_timezones())


Zone = Annotated[str, Field(max_length=100, json_schema_extra=_name_zones), AfterValidator(_zone)]


class Part(Query):
    """Which part of a history; the same as in the address of the page."""

    view: Literal["unread", "starred", "archived"] = left_out()
    """What their reader did with them; left out for all. What is archived is not unread."""
    tag: Words = ""
    """Only those that carry this tag, in whatever case."""
    audio: Literal["with", "without"] = left_out()
    """Whether there is a narration or a recording."""
    since: Day = left_out()
    """Kept on this day or later."""
    until: Day = left_out()
    """Kept on this day or earlier."""
    tz: Zone = "UTC"
    """Name of the time zone that the days are meant in, such as Europe/Berlin."""


class Listed(Part, Page):
    """Which part of a history, page by page."""

    sort: Literal["newest", "oldest"] = "newest"
    """What stands first."""


class Searched(Listed):
    """Which part of a history, and what it says."""

    q: Words = ""
    """Words to look for: phrases in quotes, `or`, and a minus before what is unwanted."""


class WhichStories(Searched):
    """Which stories."""

    source_url: Annotated[str, Field(max_length=2000)] = ""
    """Only the story from exactly this address, whatever else is asked for."""


class NewStory(Wish):
    """A story to keep; `published_at` is now unless given."""

    headline: Headline
    content: Content
    source_url: Source | None = None
    published_at: When | None = None


class StoryChange(Wish):
    """What to change of a story; what is left out stays. A `source_url` of null takes it away."""

    headline: Headline = left_out()
    content: Content = left_out()
    source_url: Source | None = None
    published_at: When = left_out()


class StoryDeletion(Query):
    """What becomes of its files."""

    with_media: YesNo = "false"
    """`true` deletes them, `false` leaves them in the library."""


class ReadingChange(Wish):
    """What a reader does with a story; what is left out stays as it is."""

    read: bool = left_out()
    starred: bool = left_out()
    archived: bool = left_out()

    def marks(self) -> list[Mark]:
        """Return what is said, one by one."""
        said = (
            (self.read, Mark.READ),
            (self.starred, Mark.STARRED),
            (self.archived, Mark.ARCHIVED),
        )
        return [mark if wanted else mark.opposite for wanted, mark in said if wanted is not None]


class ManyMarked(ReadingChange):
    """What a reader does with many stories at once; ids of others' stories are passed over."""

    story_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_STORIES)]


class UpTo(Wish):
    """How far somebody has seen a list."""

    upto: UUID
    """The newest story that was seen: what arrived later is left alone."""


class TagNames(Wish):
    """Tags by name; one that the reader doesn't have yet is made."""

    tags: Annotated[list[TagWord], Field(max_length=MOST_NAMES)]


class TagChange(Wish):
    """What to call a tag."""

    name: TagWord
