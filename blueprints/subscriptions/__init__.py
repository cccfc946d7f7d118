"""Subscriptions: everyone's for admins, their own for readers."""

from blueprints.subscriptions import bulk, importing, views, words, writing
from blueprints.subscriptions.blueprint import bp

__all__ = ["bp", "bulk", "importing", "views", "words", "writing"]
