"""The forms of looking after people."""

from wtforms import EmailField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from blueprints.fields import Form, clean_line, clean_text
from errors import InvalidInput
from models import Role
from services import accounts
from services.people import LONGEST_REASON


class SuspendForm(Form):
    """Why somebody is not let in any more."""

    reason = TextAreaField(
        "Reason",
        [
            InputRequired("Say why, for the other admins."),
            Length(max=LONGEST_REASON, message=f"Use at most {LONGEST_REASON} characters."),
        ],
        filters=[clean_text],
    )


class InviteForm(Form):
    """Whom to invite, and as what."""

    email = EmailField(
        "E-mail", [InputRequired("Enter their e-mail address.")], filters=[clean_line]
    )
    role = SelectField(
        "Role",
        choices=[SelectChoice(one.value, one.value.capitalize()) for one in Role],
        default=Role.READER.value,
    )

    def validate_email(self, field: EmailField) -> None:
        """Refuse what can't be an address."""
        try:
            accounts.check_email(field.data or "")
        except InvalidInput as error:
            raise ValidationError(str(error)) from error


class DeleteForm(Form):
    """The address of who is to be deleted, typed once more."""

    email = StringField("Their e-mail address", filters=[clean_line])
