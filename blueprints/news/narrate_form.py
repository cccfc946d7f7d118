"""The form that says how a story is to be read aloud."""

from typing import Any

from wtforms import (
    BooleanField,
    FloatField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from blueprints.fields import Form, clean_line, clean_text
from services.narration import Wish
from services.voice_choice import Preference
from services.voices import FASTEST, SLOWEST

SPEEDS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
OWN_SETTINGS = ("stability", "similarityBoost", "style")
"""Of ElevenLabs, from 0 to 1, under the names that the source document gives them."""


def _label(speed: float) -> str:
    return "As the voice speaks" if speed == 1 else f"{speed:g}×"


SPEED_LABELS = tuple((speed, _label(speed)) for speed in SPEEDS)


class NarrateForm(Form):
    """Voice, language, speed and the words to be spoken.

    The button on a story sends none of them, and gets what the reader usually takes.
    """

    voice_id = StringField("Voice", filters=[clean_line], validators=[Length(max=200)])
    language = StringField("Language", filters=[clean_line], validators=[Length(max=40)])
    speed = FloatField("Speed", validators=[Optional(), NumberRange(SLOWEST, FASTEST)])
    text = TextAreaField("What is read", filters=[clean_text])
    remember = BooleanField("Use this voice and speed for my other stories too")
    stability = FloatField("Stability", validators=[Optional(), NumberRange(0, 1)])
    similarityBoost = FloatField(  # noqa: N815  (the source document's name)
        "Similarity", validators=[Optional(), NumberRange(0, 1)]
    )
    style = FloatField("Style", validators=[Optional(), NumberRange(0, 1)])
    useSpeakerBoost = BooleanField("Speaker boost")  # noqa: N815
    submit = SubmitField("Narrate")

    def wish(self, sent: set[str]) -> Wish:
        """Return what was asked for; `sent` names the fields that the browser sent."""
        voice_id = self.voice_id.data or ""
        return Wish(
            voice_id=voice_id,
            text=self.text.data or "",
            speed=self.speed.data,
            language=self.language.data or "",
            settings=self._own_settings(sent) if voice_id.startswith("elevenlabs:") else {},
        )

    def preference(self) -> Preference:
        """Return what is to be remembered."""
        return Preference(self.voice_id.data or "", self.speed.data or 1.0)

    def require(self) -> None:
        """Insist on what the whole form always sends, unlike the button."""
        self.voice_id.validators = [*self.voice_id.validators, InputRequired("Choose a voice.")]
        self.text.validators = [InputRequired("There is nothing to read. Write something.")]

    def _own_settings(self, sent: set[str]) -> dict[str, Any]:
        own: dict[str, Any] = {
            name: float(self[name].data)
            for name in OWN_SETTINGS
            if name in sent and self[name].data is not None
        }
        if sent & set(OWN_SETTINGS):
            own["useSpeakerBoost"] = bool(self.useSpeakerBoost.data)
        return own
