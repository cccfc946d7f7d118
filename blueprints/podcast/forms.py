"""The form that says when a reader wants a briefing."""

from wtforms import BooleanField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, NumberRange

from blueprints.fields import Form
from queries.briefings import Plan
from services.briefings.planning import MOST, zones
from services.voices import VoiceInfo

USUAL = SelectChoice("", "The voice you usually take")
HOURS = [SelectChoice(str(hour), f"{hour:02}:00") for hour in range(24)]


class BriefingForm(Form):
    """Whether, when, by whom, and how much."""

    active = BooleanField("Make a briefing every day")
    hour = SelectField("Hour", coerce=int, choices=HOURS)
    zone = SelectField("Time zone")
    voice_id = SelectField("Voice")
    stories = IntegerField("Stories at most", validators=[InputRequired(), NumberRange(1, MOST)])

    def offer(self, voices: list[VoiceInfo], kept: str) -> "BriefingForm":
        """Fill in what there is to choose from; a voice that has gone stays until it is changed."""
        self.zone.choices = [SelectChoice(name) for name in zones()]
        known = [SelectChoice(voice.id, voice.label) for voice in voices]
        if kept and kept not in {voice.id for voice in voices}:
            known.insert(0, SelectChoice(kept, f"{kept} (no longer here)"))
        self.voice_id.choices = [USUAL, *known]
        return self

    def plan(self) -> Plan:
        """Return what was chosen."""
        return Plan(
            active=bool(self.active.data),
            hour=self.hour.data,
            zone=self.zone.data,
            voice_id=self.voice_id.data,
            stories=self.stories.data or 1,
        )
