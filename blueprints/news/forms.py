"""The story form."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from blueprints.fields import Form, clean_line, clean_text
from config import settings
from presentation import reader_zone
from queries.news import Story
from services import clock
from services.news import Draft
from services.refusals import UploadRefused
from services.uploads import Limits, Prepared, examine

LONGEST_ADDRESS = 2000
FIRST_YEAR, LAST_YEAR = 1000, 9000
"""Between these a time can be told on every clock on earth."""


def _one_id(value: Any) -> str:
    return str(UUID(str(value)))


class StoryForm(Form):
    """What a reader writes of a story, and the files that go with it."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.refusals: list[str] = []

    headline = StringField(
        "Headline",
        filters=[clean_line],
        validators=[
            InputRequired("Give the story a headline."),
            Length(max=300, message="Keep the headline within 300 characters."),
        ],
    )
    content = TextAreaField(
        "Story",
        filters=[clean_text],
        validators=[
            InputRequired("Write or paste the story."),
            Length(max=200_000, message="A story can have up to 200,000 characters."),
        ],
    )
    source_url = StringField("Source address", filters=[clean_line], validators=[Optional()])
    published_at = DateTimeLocalField(
        "Published",
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        validators=[Optional()],
    )
    files = MultipleFileField("Pictures and sounds")
    library = SelectMultipleField("From your library", coerce=_one_id, validate_choice=False)
    take_out = SelectMultipleField("Its files", coerce=_one_id, validate_choice=False)
    version = HiddenField()
    """When the story was last changed, as the form saw it."""
    submit = SubmitField("Save story")

    def chosen_files(self) -> list[FileStorage]:
        """Return the files that were sent along."""
        return [file for file in request.files.getlist("files") if file.filename]

    def examine_files(self) -> list[Prepared]:
        """Return the chosen files that may be kept; the others become errors of the field.

        Call it before `validate`. Whoever gets the files closes them.
        """
        limits = Limits.of(settings())
        chosen = self.chosen_files()
        if len(chosen) > settings().max_files:
            self.refusals.append(f"Choose up to {settings().max_files} files at a time.")
            return []
        kept = []
        for file in chosen:
            try:
                kept.append(examine(file.stream, file.filename or "", limits))
            except UploadRefused as refusal:
                self.refusals.append(str(refusal))
        return kept

    def validate_files(self, field: MultipleFileField) -> None:
        """Name each file that was refused."""
        if self.refusals:
            *others, last = self.refusals
            field.errors = [*field.errors, *others]
            raise ValidationError(last)

    def validate_library(self, field: SelectMultipleField) -> None:
        """Keep the number of assets within what one form may bring."""
        if field.data and len(field.data) > settings().max_files:
            raise ValidationError(f"Choose up to {settings().max_files} files at a time.")

    def validate_published_at(self, field: DateTimeLocalField) -> None:
        """Refuse a year that some clock could not show."""
        if field.data and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}.")

    def validate_source_url(self, field: StringField) -> None:
        """Accept only web addresses that the database can keep."""
        if not str(field.data).lower().startswith(("http://", "https://")):
            raise ValidationError("Start the address with http:// or https://.")
        if len(str(field.data)) > LONGEST_ADDRESS:
            raise ValidationError(f"Keep the address within {LONGEST_ADDRESS:,} characters.")

    def draft(self) -> Draft:
        """Return what was written; the time is read on the reader's own clock."""
        published: datetime | None = self.published_at.data
        return Draft(
            headline=self.headline.data or "",
            content=self.content.data or "",
            source_url=self.source_url.data or None,
            published_at=clock.from_local(published, reader_zone()) if published else None,
        )

    def picked(self) -> list[UUID]:
        """Return the assets of the library that were ticked."""
        return [UUID(value) for value in self.library.data or []]

    def taken_out(self) -> list[UUID]:
        """Return the story's own assets that go back to the library."""
        return [UUID(value) for value in self.take_out.data or []]

    def seen(self) -> datetime | None:
        """Return when the story was last changed as this form saw it; None when it can't say."""
        try:
            return datetime.fromisoformat(self.version.data or "")
        except ValueError:
            return None

    def fill(self, story: Story) -> None:
        """Show a story as it is stored."""
        self.headline.data = story.headline
        self.content.data = story.content
        self.source_url.data = story.source_url
        self.version.data = story.updated_at.isoformat()
        if story.published_at:
            self.published_at.data = clock.to_local(story.published_at, reader_zone())
