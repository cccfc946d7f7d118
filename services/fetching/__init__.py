"""Fetching from the web what readers and their feeds name, without a way in for anybody.

`fetch` is the one entry, for feeds, pages, pictures and recordings alike.
"""

from services.fetching.client import Conditional, Fetched, fetch
from services.fetching.errors import FetchError
from services.fetching.limits import Limits

__all__ = ["Conditional", "FetchError", "Fetched", "Limits", "fetch"]
