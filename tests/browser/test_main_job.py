"""The main job, from the first visit to finding a story again."""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import samples

PASSWORD = "correct horse battery"
OpenPage = Callable[..., Page]
_numbers = count(1)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Return a picture and a recording of twenty seconds."""
    picture, sound = tmp_path / "harbour.jpg", tmp_path / "interview.mp3"
    picture.write_bytes(samples.photo((800, 500)))
    sound.write_bytes(samples.sound("MP3", seconds=20))
    return [picture, sound]


def register(page: Page) -> str:
    email = f"browser{next(_numbers)}@earshot.test"
    page.goto("/register")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile("/$"))
    return email


def write(page: Page, headline: str, files: list[Path]) -> None:
    page.goto("/news/new")
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("Story").fill("It **opened** at dawn.\n\n- Trams run.")
    page.locator("input[name=files]").set_input_files(files)
    page.get_by_role("button", name="Save story").click()
    expect(page.get_by_role("heading", name=headline, level=1)).to_be_visible()


def played(page: Page) -> float:
    return page.evaluate("document.querySelector('#player audio').currentTime")


def plays_beyond(page: Page, seconds: float) -> None:
    page.wait_for_function(
        "s => document.querySelector('#player audio').currentTime > s", arg=seconds
    )


def test_register_write_upload_play_browse_find_sign_out_and_in(open_page: OpenPage, files):
    page = open_page()
    email = register(page)
    write(page, "Harbour bridge opens", files)
    expect(page.locator(".prose strong")).to_have_text("opened")

    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_role("heading", name="Harbour bridge opens")).to_be_visible()
    page.locator("[data-play]").first.click()
    plays_beyond(page, 0.3)
    assert abs(page.evaluate("document.querySelector('#player audio').duration") - 20) < 0.1

    for name in ("Media", "Audio", "News"):
        page.get_by_role("link", name=name, exact=False).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        plays_beyond(page, played(page) + 0.1)
    page.go_back()
    plays_beyond(page, played(page) + 0.1)
    page.go_forward()
    plays_beyond(page, played(page) + 0.1)

    page.keyboard.press("/")
    page.keyboard.type("harbour")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("Harbour")

    page.goto("/media/")
    expect(page.get_by_text("interview")).to_be_visible()
    expect(page.get_by_text("harbour").first).to_be_visible()

    page.goto("/account")
    page.locator("main").get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/login"))
    page.goto("/media/?type=audio")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/media/\?type=audio"))


def test_everything_works_without_javascript(open_page: OpenPage, files):
    page = open_page(java_script_enabled=False)
    register(page)
    write(page, "Plain words", files)
    page.goto("/news/?q=plain")
    expect(page.locator("mark")).to_have_text("Plain")
    page.goto("/media/upload")
    page.locator("input[name=files]").set_input_files(files[0])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("already").first).to_be_visible()


def test_a_drop_of_files_names_the_refused_one_and_keeps_the_rest(
    open_page: OpenPage, files, tmp_path: Path
):
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"<html><script>alert(1)</script>")
    page = open_page()
    register(page)
    page.goto("/media/")
    page.locator("input[name=files]").set_input_files([*files, fake])
    expect(page.get_by_text(re.compile("fake.png.*HTML|fake.png is")).first).to_be_visible()
    page.goto("/media/")
    expect(page.locator(".asset")).to_have_count(2)


def test_a_refused_form_keeps_words_and_files_and_a_draft_survives(open_page: OpenPage, files):
    page = open_page()
    register(page)
    page.goto("/news/new")
    page.get_by_label("Story").fill("Words that must not be lost")
    page.locator("input[name=files]").set_input_files(files)
    page.get_by_label("Source address").fill("ftp://nowhere")
    page.get_by_label("Headline").fill("Kept")
    page.get_by_role("button", name="Save story").click()
    expect(page.get_by_text("Start the address with http")).to_be_visible()
    expect(page.get_by_label("Story")).to_have_value("Words that must not be lost")
    assert page.evaluate("document.querySelector('input[name=files]').files.length") == 2

    page.reload()
    expect(page.get_by_label("Story")).to_have_value("Words that must not be lost")


def test_a_long_sound_lands_where_it_is_asked_to(open_page: OpenPage, tmp_path: Path):
    long = tmp_path / "long.mp3"
    long.write_bytes(samples.sound("MP3", seconds=120))
    page = open_page()
    register(page)
    write(page, "Long listening", [long])
    page.locator("[data-play]").first.click()
    plays_beyond(page, 0.1)
    page.evaluate("document.querySelector('#player audio').currentTime = 90")
    plays_beyond(page, 90)
    assert played(page) < 95


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_every_width(open_page: OpenPage, files, scheme: str):
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto("/login")
    problems = report(page)
    register(page)
    problems += report(page)
    write(page, "Harbour bridge opens", files)
    problems += report(page)
    for path in ("/", "/news/", "/news/?q=zebra", "/news/new", "/media/", "/audio/", "/account"):
        page.goto(path)
        problems += report(page)
        for width in (360, 768, 1600):
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                problems.append(f"{path} is {wide} wide at {width}")
    assert problems == []


def report(page: Page) -> list[str]:
    """Return what axe finds wrong with a page, one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in found]
