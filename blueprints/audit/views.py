"""The audit log: read, filtered and exported, never changed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, request
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.access import admin_required, person
from blueprints.exporting import stream_csv
from blueprints.fields import clean_line
from blueprints.rendering import page_or_fragment
from extensions import db
from presentation import reader_zone
from queries import audit as audit_queries
from queries.audit import Wanted
from queries.paging import Cursor, next_page
from services import audit, clock, usage
from services.audit_words import deed

bp = Blueprint("audit", __name__, url_prefix="/audit")

ENTRIES = 50
ASKED = ("q", "actor", "subject", "action", "from", "to")
"""What an address may ask, in the order of the form."""
COLUMNS = (
    "when",
    "actor",
    "action",
    "subject",
    "object_type",
    "object_id",
    "reason",
    "before",
    "after",
    "address",
    "browser",
)


@bp.get("/")
@admin_required
def index() -> Response:
    """Show who did what, the newest first, as filtered."""
    asked, wanted = _asked()
    before = Cursor.parse(request.args.get("before"))
    found = audit_queries.list_entries(wanted, before, ENTRIES + 1)
    entries, older = next_page(found, ENTRIES)
    more: dict[str, Any] = {}
    if not before:
        more["total"] = audit_queries.count_entries(wanted)
    return page_or_fragment(
        "audit/index.html",
        "audit/_rows.html" if before else "audit/_log.html",
        entries=entries,
        older=older,
        asked=asked,
        actions=audit_queries.used_actions(),
        **more,
    )


@bp.get("/audit.csv")
@admin_required
def export() -> Response:
    """Send exactly what is filtered; that it was sent is an entry too, of the next export."""
    asked, wanted = _asked()
    now = audit_queries.moment()
    wanted = replace(wanted, until=min(wanted.until or now, now))
    count = audit_queries.count_entries(wanted)
    audit.record(
        "audit.exported", actor=person(), object_type="audit", after={"rows": count} | asked
    )
    usage.record(current_user.id, "exported", count)
    db.session.commit()
    return stream_csv("audit.csv", COLUMNS, _cells(wanted))


def _asked() -> tuple[dict[str, str], Wanted]:
    """Read the filters; what makes no sense asks nothing, and is not kept in links either."""
    asked = {
        name: text
        for name in ASKED
        if (text := (clean_line(request.args.get(name)) or "")[:200].strip())
    }
    first, last = _day(asked.get("from")), _day(asked.get("to"))
    for name, day in (("from", first), ("to", last)):
        if day is None:
            asked.pop(name, None)
    wanted = Wanted(
        search=asked.get("q", ""),
        actor=asked.get("actor", ""),
        subject=asked.get("subject", ""),
        action=asked.get("action"),
        since=_midnight(first) if first else None,
        until=_midnight(last + timedelta(days=1)) if last else None,
    )
    return asked, wanted


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    # Either end of the calendar has no day before or after it.
    return day if 1900 <= day.year <= 9000 else None


def _midnight(day: date) -> datetime:
    return clock.from_local(datetime.combine(day, time.min), reader_zone())


def _cells(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    for entry in audit_queries.every_entry(wanted):
        yield (
            entry.created_at.isoformat(timespec="seconds"),
            entry.actor_email or "command line",
            deed(entry.action),
            entry.subject_email,
            entry.object_type,
            str(entry.object_id) if entry.object_id else None,
            entry.reason,
            json.dumps(entry.before) if entry.before else None,
            json.dumps(entry.after) if entry.after else None,
            entry.address,
            entry.agent,
        )
