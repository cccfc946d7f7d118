"""What the API takes about sources."""

from typing import Annotated, Literal

from pydantic import Field

from blueprints.api.wishes import Query, Source, TypedAddress, Wish, Words, YesNo, left_out
from services.sources.editing import MOST_KEPT


class NewSource(Wish):
    """Something to follow."""

    url: TypedAddress
    """The address of a feed, or of a site that has one."""


class SourceChange(Wish):
    """How to keep a source; what is left out stays. At another address it begins anew."""

    name: Words = left_out()
    """Empty for what it calls itself."""
    url: Source = left_out()
    state: Literal["active", "paused"] = left_out()
    """A paused one is not visited; one that goes on is visited at once."""
    full_text: bool = left_out()
    auto_narrate: bool = left_out()
    keep_last: Annotated[int, Field(ge=1, le=MOST_KEPT)] | None = None
    """How many of its stories to keep; null keeps all."""


class SourceDeletion(Query):
    """What becomes of its stories."""

    with_stories: YesNo = "false"
    """`true` deletes those that nobody narrated, starred, tagged, changed or keeps files of."""
