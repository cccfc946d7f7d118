"""What spectree's description lacks: failures as problems, files, and headers that are heeded."""

from typing import Any

import problems

ABOUT = """\
Stories, sources, media, narrations and what is used of a plan, for programs. Make a token on your
account page and send it as `Authorization: Bearer <token>`; its scopes say what it may do.

Lists give `items` and `next`, a cursor to be sent as `after`; it is null on the last page. Tags
and sources come all at once, without one. Times are ISO 8601 in UTC, ids are UUIDs. What isn't
yours does not exist.

Failures are `application/problem+json` (RFC 9457): `detail` is for people, `code` for programs.

A POST may carry an `Idempotency-Key` of up to 200 ASCII characters. The same request with the same
key within a day is answered as the first time and done once; another request with it is refused
with 422. Single things carry an `ETag`, which `If-None-Match` takes; whatever changes one and may
answer 412 takes it as `If-Match`."""

USUAL = {400, 401, 403, 429}
"""How any request may fail."""


def finished(spec: dict[str, Any], extra: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the description with all that views are known to do."""
    schemas = spec["components"]["schemas"]
    for item in spec["paths"].values():
        for operation in item.values():
            _finish(operation, extra[operation["operationId"]])
    for schema in schemas.values():
        _tidy(schema)
    return spec


def _finish(operation: dict[str, Any], known: dict[str, Any]) -> None:
    answers = {code: answer for code, answer in operation["responses"].items() if int(code) < 400}
    for code, types in known["files"].items():
        listed = [types] if isinstance(types, str) else types
        answers[str(code)]["content"] = {name: {"schema": {}} for name in listed}
    fails = USUAL | set(known["fails"])
    if any(parameter["in"] == "path" for parameter in operation["parameters"]):
        fails.add(404)
    if "requestBody" in operation:
        fails |= {413, 415, 422}
    if any(parameter["in"] == "query" for parameter in operation["parameters"]):
        fails.add(422)
    if known["once"]:
        fails.add(422)
    for code in sorted(fails):
        answers[str(code)] = {"description": _words(code), "content": _problem()}
    answers["default"] = {"description": "Something went wrong", "content": _problem()}
    operation["responses"] = answers
    needed = f"Needs the scope `{known['needs']}`."
    operation["description"] = " ".join(
        part
        for part in (
            operation["description"],
            needed,
            "Heeds an `Idempotency-Key`." if known["once"] else "",
        )
        if part
    )
    for parameter in operation["parameters"]:
        _tidy(parameter["schema"])


def _problem() -> dict[str, Any]:
    return {problems.TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _words(code: int) -> str:
    return {
        400: "It makes no sense as it is",
        401: "There is no token that lets anybody in",
        403: "The token lacks the scope, or the plan allows no more",
        404: "There is nothing of yours by that name",
        409: "It clashes with what is stored",
        412: "It was changed meanwhile",
        413: "It is too large",
        415: "It is of another type than this takes",
        416: "There are no such bytes",
        422: "Something in it can't be accepted; `errors` says what",
        429: "Too many requests",
    }.get(code, "It could not be done")


def _tidy(schema: Any) -> None:
    """Take out the names that pydantic gives to everything, and defaults that mean nothing."""
    if isinstance(schema, list):
        for one in schema:
            _tidy(one)
    if not isinstance(schema, dict):
        return
    if schema.get("default", "") is None:
        del schema["default"]
    if isinstance(schema.get("title"), str):
        del schema["title"]
    for value in schema.values():
        _tidy(value)
