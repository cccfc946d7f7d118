"""The forms of sources."""

from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from blueprints.fields import Form, clean_line
from queries.sources import SourceRow
from services.sources.editing import MOST_KEPT, Wishes


class FindForm(Form):
    """Where a reader thinks that there is something to follow."""

    url = StringField(
        "Address",
        filters=[clean_line],
        validators=[
            InputRequired("Enter the address of a site or a feed."),
            Length(max=2000, message="Keep the address within 2,000 characters."),
        ],
    )


class SourceForm(Form):
    """How a reader wants a source."""

    name = StringField(
        "Name",
        filters=[clean_line],
        validators=[Length(max=200, message="Keep the name within 200 characters.")],
    )
    url = StringField(
        "Feed address",
        filters=[clean_line],
        validators=[
            InputRequired("Enter where the feed is."),
            Length(max=2000, message="Keep the address within 2,000 characters."),
        ],
    )
    full_text = BooleanField("Fetch the whole article of each new story")
    auto_narrate = BooleanField("Have new stories read aloud")
    keep_last = IntegerField(
        "Keep the last",
        validators=[
            Optional(),
            NumberRange(1, MOST_KEPT, message=f"Enter a number from 1 to {MOST_KEPT:,}."),
        ],
    )

    def fill(self, source: SourceRow) -> None:
        """Show a source as it is stored."""
        self.name.data = source.name
        self.url.data = source.url
        self.full_text.data = source.full_text
        self.auto_narrate.data = source.auto_narrate
        self.keep_last.data = source.keep_last

    def wishes(self) -> Wishes:
        """Return what was chosen."""
        return Wishes(
            name=self.name.data or "",
            full_text=bool(self.full_text.data),
            auto_narrate=bool(self.auto_narrate.data),
            keep_last=self.keep_last.data,
        )
