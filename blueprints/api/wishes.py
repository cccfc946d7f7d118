"""What the API takes: queries, bodies and forms, checked before a view sees them."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema
from spectree.model_adapter.pydantic_adapter import BaseFile

from blueprints.api.shapes import Kind, State
from blueprints.fields import clean_line, clean_text
from services.voices import FASTEST, SLOWEST

LARGEST_PAGE = 100
SEEN = "[!-~\u00a1-\u167f\u1681-\u1fff\u3041-\ud7ff\uf900-\ufdff\U00010000-\U0010ffff]"
"""A character that is seen: what has none of them is as good as empty."""
MOMENT = "^[1-8][0-9]{3}-[0-9]{2}-[0-9]{2}[Tt]"
LETTER = "[A-Za-z\u00c0-\u1fff\u3041-\ud7ff]"
WEB = "^[Hh][Tt][Tt][Pp][Ss]?://[!-~\u00a1-\u167f\u3041-\ud7ff]+$"


def _moment(sent: object) -> object:
    """Let only times through that are written out; pydantic would take bare numbers too."""
    if sent is not None and not (isinstance(sent, str) and re.match(MOMENT, sent)):
        raise ValueError("Write a time like 2026-03-01T08:00:00Z.")
    return sent


def _line(text: str) -> str:
    return clean_line(text) or ""


def _text(text: str) -> str:
    return clean_text(text) or ""


# The limits stand before the cleaning: they are what the description says of what is sent.
Headline = Annotated[str, Field(min_length=1, max_length=300, pattern=SEEN), AfterValidator(_line)]
Content = Annotated[
    str, Field(min_length=1, max_length=200_000, pattern=SEEN), AfterValidator(_text)
]
Source = Annotated[str, Field(max_length=2000, pattern=WEB), AfterValidator(_line)]
Title = Annotated[str, Field(max_length=200), AfterValidator(_line)]
AltText = Annotated[str, Field(max_length=1000), AfterValidator(_text)]
Words = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Spoken = Annotated[str, Field(max_length=200_000, pattern=LETTER), AfterValidator(_text)]
When = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Field(
        json_schema_extra={"pattern": MOMENT}, description="With its offset; years 1000 to 8999."
    ),
]
YesNo = Literal["true", "false"]


class Wish(BaseModel):
    """A body; what it doesn't know is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class Query(BaseModel):
    """Parameters of an address; others are ignored."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Page(Query):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20
    after: str = ""
    """The `next` of the page before."""


class WhichStories(Page):
    """Which stories."""

    q: Words = ""
    """Words to look for: phrases in quotes, `or`, and a minus before what is unwanted."""
    source_url: Annotated[str, Field(max_length=2000)] = ""
    """Only the story from exactly this address."""


class NewStory(Wish):
    """A story to keep; `published_at` is now unless given."""

    headline: Headline
    content: Content
    source_url: Source | None = None
    published_at: When | None = None


def _given(sent: object) -> object:
    if sent is None:
        raise ValueError("Leave it out, or give it a value.")
    return sent


class StoryChange(Wish):
    """What to change of a story; what is left out stays. A `source_url` of null takes it away."""

    headline: Headline | SkipJsonSchema[None] = None
    content: Content | SkipJsonSchema[None] = None
    source_url: Source | None = None
    published_at: When | SkipJsonSchema[None] = None

    _not_null = field_validator("headline", "content", "published_at", mode="before")(_given)


class StoryDeletion(Query):
    """What becomes of its files."""

    with_media: YesNo = "false"
    """`true` deletes them, `false` leaves them in the library."""


class WhichMedia(Page):
    """Which media."""

    type: Kind | SkipJsonSchema[None] = None
    unused: YesNo = "false"
    """`true` gives only what belongs to no story."""
    story_id: UUID | SkipJsonSchema[None] = None


class NewMedia(BaseModel):
    """A file to keep, for a story or for the library."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: BaseFile
    story_id: UUID | SkipJsonSchema[None] = None
    title: Title = ""
    alt_text: AltText = ""


class MediaChange(Wish):
    """What to change of an image or a sound; what is left out stays."""

    title: Title | SkipJsonSchema[None] = None
    alt_text: AltText | SkipJsonSchema[None] = None

    _not_null = field_validator("title", "alt_text", mode="before")(_given)


class MediaDeletion(Query):
    """Whether a file goes although a story uses it."""

    even_if_used: YesNo = "false"


class WhichTracks(Page):
    """Which narrations."""

    story_id: UUID | SkipJsonSchema[None] = None


class WhichGenerations(Page):
    """Which attempts."""

    status: State | SkipJsonSchema[None] = None
    voice_id: Words = ""


class Narration(Wish):
    """How to read a story; left out is what the reader usually takes."""

    story_id: UUID
    voice_id: Words = ""
    language: Annotated[str, Field(max_length=40), AfterValidator(_line)] = ""
    speed: Annotated[float, Field(ge=SLOWEST, le=FASTEST)] | None = None
    text: Spoken | None = None
    """What is read instead of the story's own words."""
    settings: "VoiceSettings | None" = None


class VoiceSettings(Wish):
    """For voices of ElevenLabs, under the provider's own names."""

    stability: Annotated[float, Field(ge=0, le=1)] | None = None
    similarityBoost: Annotated[float, Field(ge=0, le=1)] | None = None  # noqa: N815
    style: Annotated[float, Field(ge=0, le=1)] | None = None
    useSpeakerBoost: bool | None = None  # noqa: N815

    def given(self) -> dict[str, Any]:
        """Return what was said."""
        return self.model_dump(exclude_none=True)


Narration.model_rebuild()
