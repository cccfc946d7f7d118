"""The audit log in words: what an act is called, and what it changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SITE = "The site’s command line"
"""Who acts when nobody is signed in."""

ACTIONS = {
    "admin.refused": "Tried an admin page",
    "audit.exported": "Exported the audit log",
    "podcast.created": "Made a podcast address",
    "podcast.renewed": "Renewed the podcast address",
    "podcast.revoked": "Revoked the podcast address",
    "subscription.cancelled": "Cancelled a subscription",
    "subscription.created": "Gave a subscription",
    "subscription.edited": "Changed a subscription",
    "subscription.expired": "Wrote a subscription down as expired",
    "subscription.exported": "Exported subscriptions",
    "subscription.extended": "Extended a subscription",
    "subscription.imported": "Imported a subscription",
    "subscription.plan_changed": "Changed the plan",
    "subscription.resumed": "Resumed a subscription",
    "token.created": "Made an API token",
    "token.revoked": "Revoked an API token",
    "usage.exported": "Exported usage statistics",
    "user.added": "Made the account",
    "user.deleted": "Deleted the account with everything in it",
    "user.demoted": "Made an admin a reader",
    "user.exported": "Exported the list of people",
    "user.invited": "Sent an invitation",
    "user.password_changed": "Changed the password",
    "user.password_reset": "Set a new password by a mailed link",
    "user.promoted": "Made a reader an admin",
    "user.registered": "Registered as an admin",
    "user.reset_sent": "Sent a link to set a new password",
    "user.restored": "Restored the account",
    "user.signed_out": "Signed out everywhere",
    "user.suspended": "Suspended the account",
    "user.uninvited": "Revoked an invitation",
    # What people do themselves, from the usage metrics.
    "exported": "Exported something",
    "signed_in": "Signed in",
    "signed_up": "Made the account",
}
GLYPHS = {
    "admin": "lock",
    "audit": "scroll-text",
    "podcast": "headphones",
    "subscription": "credit-card",
    "token": "key-round",
    "usage": "chart-column",
    "user": "user",
}
LABELS = {
    "bytes": "Bytes stored",
    "email": "E-mail",
    "end_date": "Ends",
    "files": "Files",
    "start_date": "Starts",
}

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Change:
    """One field, as it was and as it is; a missing side is None."""

    label: str
    before: str | datetime | None
    after: str | datetime | None


def deed(action: str) -> str:
    """Say what an act is in plain words; one that nobody named is spelled out."""
    known = ACTIONS.get(action)
    if known:
        return known
    noun, _, verb = action.rpartition(".")
    words = f"{noun} {verb}".replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def glyph(action: str) -> str:
    """Return the icon of an act."""
    return GLYPHS.get(action.partition(".")[0], "history")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what was written down of an act, field by field, in the order of the log."""
    names = dict.fromkeys([*before, *after])
    return [
        Change(_label(name), _value(before.get(name)), _value(after.get(name))) for name in names
    ]


def _label(name: str) -> str:
    words = name.replace("_", " ")
    return LABELS.get(name, words[:1].upper() + words[1:])


def _value(value: Any) -> str | datetime | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str) and _TIME.match(value):
        return _time(value)
    return None if value is None or value == "" else str(value)


def _time(text: str) -> str | datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return when if when.tzinfo else text
