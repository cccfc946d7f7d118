"""What the API gives: one model for each thing, made of the rows that pages show too."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from flask import url_for
from pydantic import AfterValidator, BaseModel, ConfigDict

from config import settings
from queries.audio import Track as TrackRow
from queries.audio import WholeTrack as WholeTrackRow
from queries.generations import Generation as GenerationRow
from queries.media import Asset
from services.plans import Allowance

Moment = Annotated[datetime, AfterValidator(lambda when: when.astimezone(UTC))]
"""A point in time, told in UTC."""
State = Literal["pending", "processing", "completed", "failed"]
Kind = Literal["image", "audio"]


def address(endpoint: str, **values: Any) -> str:
    """Return the full address of something."""
    return settings().public_url + url_for(f"api.{endpoint}", **values)


class Shape(BaseModel):
    """Something that the API gives; made of a row with the same names."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)

    def overwritten(self) -> str:
        """Return what a change of it would overwrite, which If-Match is about."""
        return self.model_dump_json()


class Media(Shape):
    """An image or a sound."""

    id: UUID
    type: Kind
    title: str
    alt_text: str
    content_type: str | None
    byte_size: int
    original_name: str
    width: int | None
    height: int | None
    duration: float | None
    """Seconds, of sounds."""
    story_id: UUID | None
    created_at: Moment
    file_url: str | None
    """Where its bytes are, for the same token; None for what is kept elsewhere."""

    @classmethod
    def of(cls, row: Asset) -> Self:
        """Make it of a row."""
        return cls(
            **{name: getattr(row, name) for name in _MEDIA},
            type=row.type.value,
            story_id=row.news_id,
            file_url=address("media_file", media_id=row.id) if row.stored else None,
        )


_MEDIA = (
    *("id", "title", "alt_text", "content_type", "byte_size", "original_name"),
    *("width", "height", "duration", "created_at"),
)


class MediaPage(Shape):
    """A page of media, the newest first."""

    items: list[Media]
    next: str | None


class Track(Shape):
    """A narration."""

    id: UUID
    title: str
    story_id: UUID | None
    voice: str | None
    model: str | None
    duration: float
    byte_size: int
    created_at: Moment
    stream_url: str | None
    """Where the sound is, for the same token; None for what is kept elsewhere."""

    @classmethod
    def of(cls, row: TrackRow) -> Self:
        """Make it of a row."""
        return cls(**_track(row))


class WholeTrack(Track):
    """A narration with what it says."""

    text: str
    content_type: str

    @classmethod
    def whole(cls, row: WholeTrackRow) -> Self:
        """Make it of a row that has everything."""
        return cls(**_track(row), text=row.text, content_type=row.content_type)


def _track(row: TrackRow) -> dict[str, Any]:
    same = ("id", "title", "voice", "model", "duration", "byte_size", "created_at")
    stream = address("track_stream", track_id=row.id) if row.stored else None
    return {name: getattr(row, name) for name in same} | {
        "story_id": row.news_id,
        "stream_url": stream,
    }


class Tracks(Shape):
    """A page of narrations, the newest first."""

    items: list[Track]
    next: str | None


class Alignment(Shape):
    """When each character of a narration is heard; joining `characters` gives its text."""

    version: int
    basis: str
    duration: float
    characters: list[str]
    start_times: list[float]
    end_times: list[float]


class Generation(Shape):
    """One attempt at a narration."""

    id: UUID
    story_id: UUID | None
    status: State
    stage: str
    progress: float
    """Share of the text spoken so far, 0 to 1."""
    characters: int
    failures: int
    voice_id: str
    model_id: str
    error: str | None
    error_code: str | None
    track_id: UUID | None
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, row: GenerationRow) -> Self:
        """Make it of a row."""
        return cls(
            **{name: getattr(row, name) for name in _GENERATION},
            story_id=row.news_id,
            status=row.status.value,
            stage=row.stage.value,
        )


_GENERATION = (
    *("id", "progress", "characters", "failures", "voice_id", "model_id", "error"),
    *("error_code", "track_id", "created_at", "started_at", "finished_at"),
)


class Generations(Shape):
    """A page of attempts, the newest first."""

    items: list[Generation]
    next: str | None


class Asked(Shape):
    """What became of a wish: an attempt is under way, or the very narration is there already."""

    generation: Generation | None
    track: Track | None


class Measure(Shape):
    """One limit of a plan; a `limit` of null is none."""

    name: str
    used: int
    limit: int | None
    left: int | None
    resets_at: Moment | None
    """When it begins anew; null for what is held rather than spent."""


class Usage(Shape):
    """What a plan allows, and what is used of it."""

    plan: Literal["free", "pro", "enterprise"]
    measures: list[Measure]

    @classmethod
    def of(cls, allowance: Allowance) -> Self:
        """Make it of what pages show."""
        return cls(
            plan=allowance.plan.value,
            measures=[Measure.model_validate(one) for one in allowance.measures],
        )
