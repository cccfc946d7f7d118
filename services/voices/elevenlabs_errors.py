"""What ElevenLabs refuses with, in plain words."""

from typing import Any

from services.voices.asking import Answer, by_status
from services.voices.errors import VoiceError, VoiceNotFound, VoiceRefused, VoiceUnavailable

NAME = "ElevenLabs"
KEY = f"{NAME} refused this site's key. An admin must check ELEVENLABS_API_KEY."
PLAN = f"The site's {NAME} plan does not include this voice or model. Choose another voice."
PERMANENT = {
    "quota_exceeded": f"The site's {NAME} credits are used up. Choose another voice, or ask an"
    " admin to add credits.",
    "invalid_api_key": KEY,
    "missing_api_key": KEY,
    "needs_authorization": KEY,
    "missing_permissions": f"The site's {NAME} key may not narrate. An admin must allow text to"
    " speech for it.",
    "max_character_limit_exceeded": f"{NAME} says that this text is too long for one request."
    " Choose another model, or ask an admin.",
    "text_too_long": f"{NAME} says that this text is too long. Shorten it.",
    "only_for_creator+": PLAN,
    "subscription_required": PLAN,
    "voice_access_denied": PLAN,
    "model_access_denied": PLAN,
    "output_format_not_allowed": f"The site's {NAME} plan does not include the sound format set."
    " An admin must change ELEVENLABS_FORMAT.",
    "model_not_found": f"{NAME} has no such model. Choose another one.",
    "invalid_model_id": f"{NAME} has no such model. Choose another one.",
    "detected_unusual_activity": f"{NAME} has locked the site's account for unusual activity. An"
    " admin must ask their support.",
    "content_violation": f"{NAME} will not speak this text: it breaks their rules.",
}
PASSING = {
    "too_many_concurrent_requests": f"{NAME} is narrating as much as the site's plan allows at"
    " once. Try again in a minute.",
    "concurrent_limit_exceeded": f"{NAME} is narrating as much as the site's plan allows at"
    " once. Try again in a minute.",
    "rate_limit_exceeded": f"{NAME} was asked too often. Try again in a minute.",
    "system_busy": f"{NAME} is very busy. Try again in a few minutes.",
}
GONE = {"voice_not_found", "voice_does_not_exist"}


def refusal(answer: Answer) -> VoiceError:
    """Make an error of an answer that is not a 200; the cause it names decides."""
    causes, message = _causes(answer.json())
    detail = f"{answer.status} {' '.join(causes)} {message}".strip()
    for cause in causes:
        if cause in GONE:
            return VoiceNotFound(
                f"{NAME} has no such voice any more. Choose another one.", detail=detail
            )
        if cause in PERMANENT:
            return VoiceRefused(PERMANENT[cause], code=cause, detail=detail)
        if cause in PASSING:
            return VoiceUnavailable(
                PASSING[cause], code=cause, retry_after=answer.retry_after, detail=detail
            )
    return by_status(NAME, answer, detail)


def _causes(content: Any) -> tuple[list[str], str]:
    """Return the names of the cause, and the message, in any of the shapes they come in."""
    detail = content.get("detail") if isinstance(content, dict) else None
    if isinstance(detail, dict):
        names = [detail.get(field) for field in ("status", "code", "type")]
        return [name for name in names if isinstance(name, str)], str(detail.get("message", ""))
    return [], str(detail)[:200] if detail else ""
