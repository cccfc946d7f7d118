"""When to visit a source again."""

import random
import re
from collections.abc import Mapping

from config import settings as site_settings
from services.fetching.client import seconds_of

SHORTEST = 15 * 60.0
LONGEST = 24 * 3600.0
LONGEST_BACK_OFF = 2 * 24 * 3600.0
"""A source that has failed for days is tried every other day, for ever."""
LONGEST_PATIENCE = 7 * 24 * 3600.0
"""As long as a server may ask us to stay away."""
JITTER = 0.1


def after_success(headers: Mapping[str, str], every: float | None = None) -> float:
    """Return seconds until the next visit; `every` is what the feed itself wishes.

    Servers and feeds may ask for longer waits than usual, within a day, but hardly for shorter
    ones: a quarter of an hour is the least.
    """
    usual = site_settings().fetch_every
    wishes = [usual, every or 0.0, _freshness(headers)]
    longest = max(LONGEST, usual)
    return _about(min(max(SHORTEST, *wishes), longest))


def after_failure(failures: int, retry_after: float | None = None) -> float:
    """Return seconds until the next try, growing with every failure in a row.

    A server that names a time is left alone until then, within a week.
    """
    grown = site_settings().fetch_every * 2.0 ** min(max(0, failures - 1), 20)
    wait = _about(min(max(SHORTEST, grown), LONGEST_BACK_OFF))
    return max(wait, min(retry_after or 0.0, LONGEST_PATIENCE))


def _freshness(headers: Mapping[str, str]) -> float:
    """Return how long the server says that its answer stays fresh."""
    control = headers.get("cache-control", "").lower()
    if found := re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", control):
        age = headers.get("age", "")
        passed = int(age) if age.isdecimal() and len(age) < 10 else 0
        return max(0.0, float(found[1]) - passed)
    if "no-cache" in control or "no-store" in control:
        return 0.0
    return max(0.0, seconds_of(headers.get("expires", "")) or 0.0)


def _about(seconds: float) -> float:
    """Return nearly that, so that sources that were due together part."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  (no secret)
