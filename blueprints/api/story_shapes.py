"""Stories as the API gives them: with what their reader did with them, and their tags."""

from collections.abc import Mapping, Sequence
from typing import Self
from uuid import UUID

from blueprints.api.shapes import Kind, Moment, Shape, State
from queries.news import LatestStory
from queries.news import Story as StoryRow
from queries.reading import MarkedStory
from queries.sources import Origin


class StoryMedia(Shape):
    """An image or a sound of a story."""

    id: UUID
    type: Kind


class StoryTrack(Shape):
    """The narration that a story plays."""

    id: UUID
    duration: float
    voice: str | None


class StoryGeneration(Shape):
    """The latest attempt at narrating a story."""

    id: UUID
    status: State
    progress: float
    error: str | None
    error_code: str | None


class StorySource(Shape):
    """The source that a story arrived from."""

    id: UUID
    name: str


class Tag(Shape):
    """A reader's own word for stories."""

    id: UUID
    name: str


class Reading(Shape):
    """What a reader did with a story, and when; null is what they did not do."""

    read: bool
    starred: bool
    archived: bool
    read_at: Moment | None
    starred_at: Moment | None
    archived_at: Moment | None

    @classmethod
    def of(cls, row: LatestStory | MarkedStory) -> Self:
        """Make it of a row."""
        return cls(
            read=row.read_at is not None,
            starred=row.starred_at is not None,
            archived=row.archived_at is not None,
            read_at=row.read_at,
            starred_at=row.starred_at,
            archived_at=row.archived_at,
        )


class Changed(Shape):
    """The stories that something was new for."""

    story_ids: list[UUID]


class ReadAll(Shape):
    """What came of marking a whole list as read."""

    count: int
    more: bool
    """There are more than one request marks; ask again."""


class Story(Shape):
    """A story; `content` is Markdown."""

    id: UUID
    headline: str
    content: str
    source_url: str | None
    author: str | None
    """Who wrote it, as its feed says; None where nobody is named."""
    source: StorySource | None
    """None for a story that somebody kept by hand, and when its source is followed no longer."""
    published_at: Moment | None
    created_at: Moment
    reading: Reading
    tags: list[Tag]
    """By name."""
    media: list[StoryMedia]
    track: StoryTrack | None
    generation: StoryGeneration | None

    @classmethod
    def of(cls, row: LatestStory, origins: Mapping[UUID, Origin]) -> Self:
        """Make it of a row of the lists, and the sources of the stories that arrived by one."""
        origin = origins.get(row.id)
        return cls(
            id=row.id,
            headline=row.headline,
            content=row.content,
            source_url=row.source_url,
            author=row.author,
            source=StorySource(id=origin.id, name=origin.label) if origin else None,
            published_at=row.published_at,
            created_at=row.created_at,
            reading=Reading.of(row),
            tags=[Tag.model_validate(one) for one in row.tags],
            media=[StoryMedia(id=one["id"], type=one["type"]) for one in row.media],
            track=StoryTrack.model_validate(row.take) if row.take else None,
            generation=StoryGeneration.model_validate(row.generation) if row.generation else None,
        )


class WholeStory(Story):
    """A story with when it was last changed, which a change may be conditional on."""

    updated_at: Moment

    @classmethod
    def made_of(cls, row: LatestStory, story: StoryRow, origins: Mapping[UUID, Origin]) -> Self:
        """Make it of the rows that tell all of it."""
        return cls(**Story.of(row, origins).model_dump(), updated_at=story.updated_at)

    def overwritten(self) -> str:
        """Return what a change would overwrite: to read, tag or narrate it is no change of it."""
        written = {"headline", "content", "source_url", "published_at", "updated_at"}
        return self.model_dump_json(include=written)


class Stories(Shape):
    """A page of stories, in the order that was asked for."""

    items: list[Story]
    next: str | None


class StoryTags(Shape):
    """The tags of a story, by name."""

    items: list[Tag]

    @classmethod
    def of(cls, row: MarkedStory) -> Self:
        """Make it of a row."""
        return cls(items=[Tag.model_validate(one) for one in row.tags])


class CountedTag(Tag):
    """A tag and how many stories carry it."""

    stories: int


class Tags(Shape):
    """All of a reader's tags, by name."""

    items: list[CountedTag]

    @classmethod
    def of(cls, rows: Sequence[object]) -> Self:
        """Make it of rows."""
        return cls(items=[CountedTag.model_validate(row) for row in rows])
