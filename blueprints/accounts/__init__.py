"""Signing in and out, registering, passwords and one's own account."""

from blueprints.accounts import (
    account_views,
    deletion_views,
    habit_views,
    password_views,
    token_views,
    views,
)
from blueprints.accounts.blueprint import bp

__all__ = [
    "account_views",
    "bp",
    "deletion_views",
    "habit_views",
    "password_views",
    "token_views",
    "views",
]
