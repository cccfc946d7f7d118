"""What is used of a plan, and the description of all this."""

from flask import Response, jsonify

from blueprints.api.answering import reader_id
from blueprints.api.blueprint import bp
from blueprints.api.description import document, operation
from blueprints.api.shapes import Usage
from models import TokenScope
from services import plans


@bp.get("/usage")
@operation(TokenScope.READ_USAGE, {200: Usage})
def get_usage() -> Usage:
    """Give what the plan allows, what is used, and what is left."""
    return Usage.of(plans.allowance_of(reader_id()))


@bp.get("/openapi.json")
def description() -> Response:
    """Describe the API in OpenAPI 3.1; anybody may read it."""
    response = jsonify(document())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
