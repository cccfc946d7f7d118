"""Chromium, a site of real parts for it to visit, and readers who sign in."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from config import Settings
from tests.browser.site import Reader, Site, served
from tests.browser.steps import leave, sign_in

HERE = Path(__file__).parent
_numbers = count(1)
PATIENCE = 30_000
"""Milliseconds: a busy machine is no reason to fail, and a test that passes never waits so long."""
MISSING = "Chromium is not installed (apt install chromium), and CHROMIUM names no other"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
EXPECTED = re.compile(
    # What the browser and htmx note down when an answer is a refusal or does not come.
    r"Failed to load resource|Response Status Error Code|htmx:(sendError|afterRequest)"
)


def chromium() -> str | None:
    """Return the program to drive, or None."""
    wanted = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    names = (wanted, "chromium", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests of this folder out where there is no browser, but not where CI is set."""
    left_out = pytest.mark.skip(reason=MISSING)
    lacking = chromium() is None and not os.environ.get("CI")
    for item in items:
        if lacking and HERE in item.path.parents:
            item.add_marker(left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that nothing was tried in a browser."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(MISSING in str(report.longrepr) for report in skipped)
    if count:
        words = f"{count} BROWSER TESTS DID NOT RUN: {MISSING}."
        terminalreporter.write_line(words, red=True, bold=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's Chromium."""
    program = chromium()
    if program is None:
        pytest.fail(MISSING)
    return browser_type_launch_args | {"executable_path": program, "args": list(ARGUMENTS)}


expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Let nothing move, so that no test waits for a movement to end."""
    return browser_context_args | {"reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def site(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings]
) -> Iterator[Site]:
    """Serve one site for the whole run; every test brings its own readers."""
    with served("browser", new_database, make_settings) as running:
        yield running


@pytest.fixture
def empty_site(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings]
) -> Iterator[Site]:
    """Serve a site that nobody has been to, another one for each test."""
    with served(f"nobody_{next(_numbers)}", new_database, make_settings) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    """Let addresses in the tests begin at the site."""
    return site.address


@pytest.fixture(scope="session")
def all_complaints() -> list[str]:
    """Collect what the pages of a test complain about."""
    return []


@pytest.fixture(autouse=True)
def no_complaints(all_complaints: list[str]) -> Iterator[None]:
    """Fail the test whose pages met an error in a script or broke the content policy."""
    all_complaints.clear()
    yield
    assert all_complaints == []


@pytest.fixture(scope="session")
def watch(all_complaints: list[str]) -> Callable[[BrowserContext], BrowserContext]:
    """Return what notes down the complaints of every page of a context."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            all_complaints.append(f"{message.text} ({message.page and message.page.url})")

    def start(context: BrowserContext) -> BrowserContext:
        context.on("console", note)
        context.on("weberror", lambda error: all_complaints.append(str(error.error)))
        return context

    return start


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext],
    watch: Callable[[BrowserContext], BrowserContext],
) -> Callable[..., BrowserContext]:
    """Return a maker of browsers, each with its own cookies, that are watched."""
    return lambda **options: watch(new_context(**options))


@pytest.fixture(scope="session")
def shared_context(
    browser: Browser,
    browser_context_args: dict[str, Any],
    watch: Callable[[BrowserContext], BrowserContext],
) -> Iterator[BrowserContext]:
    """Start the one browser that most tests use: with its cache warm, they take half the time."""
    context = watch(browser.new_context(**browser_context_args))
    yield context
    context.close()


@pytest.fixture
def context(shared_context: BrowserContext) -> Iterator[BrowserContext]:
    """Return the shared browser, where nobody is signed in.

    What scripts keep in it is kept apart for each reader, and every test has its own.
    """
    yield shared_context
    leave(shared_context)


@pytest.fixture
def reader(site: Site) -> Reader:
    """Return somebody who has an account and keeps nothing yet."""
    return site.reader()


@pytest.fixture
def stranger(context: BrowserContext) -> Page:
    """Return a page of somebody who is not signed in."""
    return context.new_page()


@pytest.fixture
def page(context: BrowserContext, reader: Reader) -> Page:
    """Return a page of the reader, who is signed in."""
    sign_in(context, reader)
    return context.new_page()
