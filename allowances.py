"""What each plan allows: what is built in, and the setting PLAN_LIMITS that changes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

PLANS = ("free", "pro", "enterprise")
GIGABYTE = 1_000_000_000
EXAMPLE = '{"free": {"stories": 500, "characters": null}}'


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader may hold, or use within a calendar month of UTC; None is no limit."""

    stories: int | None = None
    characters: int | None = None
    """Of texts to be read aloud, a month."""
    storage_bytes: int | None = None
    sources: int | None = None
    api_calls: int | None = None
    """A month."""


BUILT_IN: Mapping[str, Limits] = {
    "free": Limits(100_000, 10_000_000, 20 * GIGABYTE, 500, 100_000),
    "pro": Limits(1_000_000, 100_000_000, 200 * GIGABYTE, 5_000, 1_000_000),
    "enterprise": Limits(),
}
NAMES = tuple(field.name for field in fields(Limits))


def parse(setting: str) -> dict[str, Limits]:
    """Return every plan's limits, with those that the setting names in place of the built-in.

    Raises:
        ValueError: says in plain words what can't be understood.
    """
    limits = dict(BUILT_IN)
    for plan, changes in _read(setting).items():
        if plan not in limits:
            raise ValueError(f"knows the plans {_listed(PLANS)}; there is no “{plan}”")
        if not isinstance(changes, dict):
            raise ValueError(f"wants limits for “{plan}”, such as {EXAMPLE}")
        for name, value in changes.items():
            _check(plan, name, value)
        limits[plan] = replace(limits[plan], **changes)
    return limits


def _read(setting: str) -> dict[str, object]:
    if not setting.strip():
        return {}
    try:
        found = json.loads(setting)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"must be JSON such as {EXAMPLE}")
    return found


def _check(plan: str, name: str, value: object) -> None:
    if name not in NAMES:
        raise ValueError(f"can limit {_listed(NAMES)}; there is no “{name}” (in “{plan}”)")
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"wants a whole number from 0 on, or null for no limit, as {plan}.{name}")


def _listed(names: tuple[str, ...]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}"
