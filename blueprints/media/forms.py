"""What a reader may say of an image or a sound."""

from wtforms import StringField, SubmitField, TextAreaField
from wtforms.validators import Length

from blueprints.fields import Form, clean_line, clean_text

LONGEST_TITLE = 200
LONGEST_ALT = 1000


class AssetForm(Form):
    """Title and alt text of an asset."""

    title = StringField(
        "Title",
        filters=[clean_line],
        validators=[
            Length(max=LONGEST_TITLE, message=f"Keep the title within {LONGEST_TITLE} characters.")
        ],
    )
    alt_text = TextAreaField(
        "Alt text",
        filters=[clean_text],
        validators=[
            Length(max=LONGEST_ALT, message=f"Keep this within {LONGEST_ALT:,} characters.")
        ],
    )
    submit = SubmitField("Save")
