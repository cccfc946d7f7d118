"""The API and its description agree: Schemathesis asks whatever the description allows."""

from collections.abc import Callable, Iterator

import pytest

from config import Settings
from tests.browser.site import Site, served

EXAMPLES = 12
"""For each operation."""


@pytest.fixture(scope="module")
def site(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings]
) -> Iterator[Site]:
    """Serve a site with a reader who keeps a little of everything."""
    with served("described", new_database, make_settings) as running:
        yield running
