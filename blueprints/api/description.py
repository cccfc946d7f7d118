"""What each address takes and gives: checked at the request, and described as OpenAPI 3.1.

Views say it once, with their types; `operation` hands it to spectree, which reads requests by it
and writes the description.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from flask import Request
from flask import Response as Answer
from pydantic import BaseModel, ConfigDict, ValidationError
from spectree import Response, SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from spectree.plugins.base import Context
from spectree.plugins.flask_plugin import FlaskPlugin
from spectree.utils import get_multidict_items
from werkzeug.exceptions import UnsupportedMediaType

from blueprints.api.openapi import ABOUT, finished
from errors import InvalidInput
from models import TokenScope

JSON = "application/json"
FORM = "multipart/form-data"
LONGEST_MESSAGE = 300
MOST_MESSAGES = 20


class Malformed(InvalidInput):
    """The body is no JSON at all."""

    status = 400
    code = "malformed"


class Invalid(InvalidInput):
    """Something in the request is not as described; `fields` says what, each with its words."""

    code = "invalid"

    def __init__(self, fields: list[dict[str, str]]) -> None:
        first = fields[0]
        super().__init__(f"{first['field'] or 'The body'}: {first['message']}")
        self.fields = fields


class Plugin(FlaskPlugin):
    """Reads requests strictly: a text is no number, and a body that is no JSON says so."""

    def request_validation(
        self, request: Request, query: Any, json: Any, form: Any, *_: Any
    ) -> None:
        """Check what came, and keep it where spectree looks for it."""
        try:
            asked = query and query.model_validate(get_multidict_items(request.args, query))
            sent = json and _body(json, request)
            filled = form and _form(form, request)
        except ValidationError as error:
            raise _told(error) from None
        request.context = Context(asked, sent, filled, None, None)  # type: ignore[attr-defined]

    def validate_response(self, resp: Any, *_: Any, **__: Any) -> tuple[Answer, None]:
        """Write down what a view gives: a model, which is checked as it is made, or an answer."""
        if isinstance(resp, Answer):
            return resp, None
        return Answer(resp.model_dump_json(), content_type=JSON), None


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    title: str
    status: int
    detail: str
    """In plain words, for people."""
    code: str
    """One word for machines, such as `not_found`, `duplicate_source` or `limit_reached`."""


api = SpecTree(
    "flask",
    backend=Plugin,
    mode="strict",
    title="Earshot",
    version="1",
    description=ABOUT,
    openapi_version="3.1.0",
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _, child: child,
    validation_error_model=Problem,
    before=lambda *_: None,
    security_schemes=[
        SecurityScheme(name="token", data=SecuritySchemeData(SecureType.HTTP, scheme="bearer"))
    ],
    security={"token": []},
)


KNOWN: dict[str, dict[str, Any]] = {}
"""What is known of a view beside its types, by its name: the scope it needs, and how it fails."""


def operation(
    needs: TokenScope,
    gives: dict[int, type[BaseModel] | str | Sequence[str] | None],
    *,
    fails: Sequence[int] = (),
    once: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Describe a view: the scope it needs, what it gives by status, and how it may fail.

    What it gives is a model, or the content types of a file. `once` says that it heeds an
    Idempotency-Key.
    """
    models = {f"HTTP_{code}": m for code, m in gives.items() if isinstance(m, type)}
    bare = [f"HTTP_{code}" for code, m in gives.items() if not isinstance(m, type)]
    files = {code: m for code, m in gives.items() if m and not isinstance(m, type)}

    def described(view: Callable[..., Any]) -> Callable[..., Any]:
        name = view.__name__
        KNOWN[name] = {"needs": needs, "files": files, "fails": fails, "once": once}
        checked: Callable[..., Any] = api.validate(
            resp=Response(*bare, **models),
            tags=[needs.partition(":")[2]],
            operation_id=name,
        )(view)
        return checked

    return described


def needed_for(endpoint: str | None) -> TokenScope:
    """Return the scope that an address of the API asks for."""
    scope: TokenScope = KNOWN[str(endpoint).removeprefix("api.")]["needs"]
    return scope


@cache
def document() -> dict[str, Any]:
    """Return the whole description, made once."""
    return finished(api.spec, KNOWN)


def _body(model: type[BaseModel], sent: Request) -> BaseModel:
    if sent.mimetype != JSON:
        raise UnsupportedMediaType
    return model.model_validate_json(sent.get_data())


def _form(model: type[BaseModel], sent: Request) -> BaseModel:
    if sent.mimetype != FORM:
        raise UnsupportedMediaType
    files = {name: sent.files[name] for name in sent.files}
    return model.model_validate(sent.form.to_dict() | files)


def _told(error: ValidationError) -> InvalidInput:
    """Put into words what pydantic found, without repeating what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return Malformed("The body is no JSON. Send it as application/json, in UTF-8.")
    return Invalid(
        [
            {
                "field": ".".join(map(str, one["loc"])),
                "message": one["msg"].removeprefix("Value error, ")[:LONGEST_MESSAGE],
            }
            for one in found[:MOST_MESSAGES]
        ]
    )
