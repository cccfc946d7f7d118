"""Addresses that process managers and load balancers ask."""

from flask import Blueprint
from sqlalchemy import text

from extensions import db, limiter

bp = Blueprint("health", __name__)
limiter.exempt(bp)


@bp.get("/healthz")
def live() -> tuple[str, int, dict[str, str]]:
    """Say that this process answers, whatever the database does."""
    return "alive\n", 200, {"Content-Type": "text/plain"}


@bp.get("/readyz")
def ready() -> tuple[str, int, dict[str, str]]:
    """Say that the database answers too; 503 when it does not."""
    db.session.execute(text("SELECT 1"))
    return "ready\n", 200, {"Content-Type": "text/plain"}
