"""The audit log in words."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.audit_words import ACTIONS, Change, changes, deed, glyph

ROOT = Path(__file__).parents[2]
RECORDED = re.compile(r'(?:audit\.record|_note|Deed)\(\s*"([a-z_.]+)"')


def test_every_act_that_the_code_records_has_words():
    recorded = set()
    for folder in ("blueprints", "services", "commands"):
        for path in (ROOT / folder).rglob("*.py"):
            recorded |= set(RECORDED.findall(path.read_text()))
    assert "user.suspended" in recorded
    assert recorded - set(ACTIONS) == set()


def test_an_act_without_words_is_spelled_out():
    assert deed("user.suspended") == "Suspended the account"
    assert deed("feed.turned_off") == "Feed turned off"
    assert deed("odd") == "Odd"
    assert (glyph("subscription.created"), glyph("feed.new")) == ("credit-card", "history")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"role": "reader"}, {"role": "admin"}, [Change("Role", "reader", "admin")]),
        ({"suspended": False}, {"suspended": True}, [Change("Suspended", "no", "yes")]),
        ({}, {"rows": 1284, "q": ""}, [Change("Rows", None, "1,284"), Change("Q", None, None)]),
        (
            {"end_date": None},
            {"end_date": "2027-01-01T10:00:00+00:00"},
            [Change("Ends", None, datetime(2027, 1, 1, 10, tzinfo=UTC))],
        ),
        ({"end_date": "2027-13-01T10:00"}, {}, [Change("Ends", "2027-13-01T10:00", None)]),
        ({"plans": ["free", "pro"]}, {}, [Change("Plans", "free, pro", None)]),
    ],
)
def test_what_changed_is_told_field_by_field(before, after, expected):
    assert changes(before, after) == expected
