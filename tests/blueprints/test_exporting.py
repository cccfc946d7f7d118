"""CSV files that spreadsheets may open."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask, Response

import scope
from blueprints.exporting import safe_cell, stream_csv


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1", "|x"])
def test_a_text_is_never_a_formula(text):
    assert safe_cell(text) == f"'{text}"


def test_numbers_stay_numbers_and_nothing_stays_empty():
    assert [safe_cell(value) for value in (-3, 2.5, None, "a=b")] == [-3, 2.5, "", "a=b"]


def test_a_hundred_thousand_rows_take_no_memory(app: Flask):
    rows = ((f"reader{n}@earshot.test", n, "=1+1") for n in range(100_000))
    with app.test_request_context():
        response = stream_csv("people.csv", ["email", "stories", "note"], rows)
        tracemalloc.start()
        sizes = [len(part) for part in response.response]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sum(sizes) > 2_000_000
    assert max(sizes) < 50_000
    assert peak < 1_000_000
    assert response.headers["Content-Disposition"] == 'attachment; filename="people.csv"'


def test_what_is_read_back_is_what_was_written(app: Flask):
    with app.test_request_context():
        response = stream_csv("x.csv", ["a", "b"], [('say "hi", you', 1), ("two\nlines", None)])
        text = "".join(response.response)
    assert list(csv.reader(io.StringIO(text))) == [
        ["a", "b"],
        ['say "hi", you', "1"],
        ["two\nlines", ""],
    ]


def test_a_file_is_read_for_whom_it_was_asked_after_the_view_is_done(app: Flask):
    """The server reads a file when the view's own session has ended."""
    asked = scope.Scope(scope.ADMIN, uuid4())

    def whose() -> Iterator[list[str]]:
        acting = scope.current()
        yield [acting.role, str(acting.user_id)]

    def view() -> Response:
        scope.enter(asked.role, asked.user_id)
        return stream_csv("x.csv", ["role", "id"], whose())

    with app.test_request_context():
        response = view()
    text = "".join(response.response)
    assert text.splitlines()[1] == f"{asked.role},{asked.user_id}"
