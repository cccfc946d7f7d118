"""The forms of signing in, registering and passwords."""

from flask_login import current_user
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from blueprints.fields import Form, clean_line
from errors import InvalidInput
from models import TokenScope
from services import accounts, api_tokens, passwords


class SignInForm(Form):
    """An address and a password; whether they can be right is not said here."""

    email = EmailField("E-mail", [InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    remember = BooleanField("Keep me signed in for 30 days")
    next = HiddenField()


class RegisterForm(Form):
    """A new account; `first` says that the page offered the admin's."""

    email = EmailField("E-mail", [InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Choose a password.")])
    invite = HiddenField()
    first = HiddenField()

    def validate_email(self, field: EmailField) -> None:
        """Refuse what can't be an address."""
        _check_email(field)

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that is too easy."""
        _check_password(field, self.email.data or "")


class ForgotForm(Form):
    """Where to send a link for a new password."""

    email = EmailField("E-mail", [InputRequired("Enter your e-mail address.")])

    def validate_email(self, field: EmailField) -> None:
        """Refuse what can't be an address."""
        _check_email(field)


class ResetForm(Form):
    """A new password for whoever holds the mailed link to `account_email`."""

    password = PasswordField("New password", [InputRequired("Choose a password.")])

    account_email = ""

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that is too easy."""
        _check_password(field, self.account_email)


class ChangePasswordForm(Form):
    """A new password for who is signed in and knows the present one."""

    current_password = PasswordField(
        "Current password", [InputRequired("Enter your current password.")]
    )
    new_password = PasswordField("New password", [InputRequired("Choose a new password.")])

    def validate_new_password(self, field: PasswordField) -> None:
        """Refuse a password that is too easy."""
        _check_password(field, current_user.email)


class DeleteAccountForm(Form):
    """The password of who deletes their own account."""

    password = PasswordField("Your password", [InputRequired("Enter your password.")])


SCOPES = (
    (TokenScope.READ_STORIES, "Read stories, tags and sources"),
    (TokenScope.WRITE_STORIES, "Write, mark, tag and delete stories; follow and leave sources"),
    (TokenScope.READ_MEDIA, "Read pictures and sounds"),
    (TokenScope.WRITE_MEDIA, "Upload and delete pictures and sounds"),
    (TokenScope.READ_AUDIO, "Hear narrations and see their progress"),
    (TokenScope.WRITE_AUDIO, "Ask for narrations, stop and delete them"),
    (TokenScope.READ_USAGE, "See what is used of the plan"),
)
LASTING = [
    SelectChoice("30", "30 days"),
    SelectChoice("90", "90 days"),
    SelectChoice("365", "A year"),
    SelectChoice("0", "Until it is revoked"),
]
"""Days, of which 0 are for ever."""


class TokenForm(Form):
    """A new API token: what it is called, what it may do, and for how long."""

    name = StringField(
        "Name",
        filters=[clean_line],
        validators=[
            InputRequired("Name it after the program that will use it."),
            Length(max=api_tokens.LONGEST_NAME, message="Keep the name within 100 characters."),
        ],
    )
    scopes = SelectMultipleField(
        "It may",
        choices=[SelectChoice(scope.value, words) for scope, words in SCOPES],
        default=[TokenScope.READ_STORIES.value],
        validators=[InputRequired("Choose at least one thing that it may do.")],
    )
    lasts = SelectField("It works for", choices=LASTING, default="90")


def _check_email(field: EmailField) -> None:
    try:
        accounts.check_email(field.data or "")
    except InvalidInput as error:
        raise ValidationError(str(error)) from error


def _check_password(field: PasswordField, email: str) -> None:
    try:
        passwords.check(field.data or "", email)
    except InvalidInput as error:
        raise ValidationError(str(error)) from error
