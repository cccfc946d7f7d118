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
    Strict,
)
from spectree.model_adapter.pydantic_adapter import BaseFile

from blueprints.api.shapes import Kind, State
from blueprints.fields import clean_line, clean_text
from services.voices import FASTEST, SLOWEST

LARGEST_PAGE = 100
SEEN = r"[^\s\x00-\x1f\x7f-\x9f\ufeff]"
"""A character that is seen: what has none of them is as good as empty."""
MOMENT = "^[1-8]"
"""Years from 1000 to 8999, which every clock on earth can show."""
WEB = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x20\x7f-\x9f\ufeff]+$"


def _moment(sent: object) -> object:
    """Let only times through that are written out; pydantic would take bare numbers too."""
    if sent is not None and not (isinstance(sent, str) and WRITTEN.match(sent)):
        raise ValueError("Write a time like 2026-03-01T08:00:00Z.")
    return sent


def left_out() -> Any:
    """Let a field be left out, and then be None; null is nothing that may be sent for it."""
    return Field(default=None)


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
TypedAddress = Annotated[
    str, Field(min_length=1, max_length=2000, pattern=SEEN), AfterValidator(_line)
]
"""An address as people write it, perhaps without what stands before the host."""
TagWord = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
Spoken = Annotated[str, Field(max_length=200_000, pattern=SEEN), AfterValidator(_text)]
When = Annotated[
    AwareDatetime,
    # What is checked before is a text of Python by then, which strictness would refuse.
    Strict(False),
    BeforeValidator(_moment),
    Field(
        json_schema_extra={"pattern": MOMENT}, description="With its offset; years 1000 to 8999."
    ),
]
WRITTEN = re.compile(r"[1-8]\d{3}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d", re.ASCII)
YesNo = Literal["true", "false"]


class Wish(BaseModel):
    """A body; what it doesn't know is refused."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Query(BaseModel):
    """Parameters of an address; others are ignored."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Page(Query):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20
    after: str = ""
    """The `next` of the page before."""


class WhichMedia(Page):
    """Which media."""

    type: Kind = left_out()
    unused: YesNo = "false"
    """`true` gives only what belongs to no story."""
    story_id: UUID = left_out()


class NewMedia(BaseModel):
    """A file to keep, for a story or for the library."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: BaseFile
    story_id: UUID = left_out()
    title: Title = ""
    alt_text: AltText = ""


class MediaChange(Wish):
    """What to change of an image or a sound; what is left out stays."""

    title: Title = left_out()
    alt_text: AltText = left_out()


class MediaDeletion(Query):
    """Whether a file goes although a story uses it."""

    even_if_used: YesNo = "false"


class WhichTracks(Page):
    """Which narrations."""

    story_id: UUID = left_out()


class WhichGenerations(Page):
    """Which attempts."""

    status: State = left_out()
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
