"""Captions of an article's pictures: in italics below them, as in the texts of feeds."""

import time

import pytest

from services import figures
from services.articles import extract

TEXT = "The harbour was closed at noon because of the storm, and the ferries stayed in port. " * 3
MORE = "On the next morning the first boats went out again, and the market had fish at last. " * 3
BOATS = "<img src='/a.jpg' alt='Boats'>"
SHOWN = "![Boats](https://news.test/a.jpg)"


def content(figure: str) -> str:
    """Return what is read of a figure between two paragraphs."""
    page = (
        "<!doctype html><html><head><title>The harbour</title></head><body><article>"
        f"<h1>The harbour</h1><p>{TEXT}</p>{figure}<p>{MORE}</p></article></body></html>"
    )
    text = extract(page.encode(), "https://news.test/a", "utf-8").content
    assert text.startswith(TEXT.strip())
    assert text.endswith(MORE.strip())
    return text.removeprefix(TEXT.strip()).removesuffix(MORE.strip()).strip()


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("The old pier. <span>Photo: Ada</span>", "*The old pier. Photo: Ada*"),
        ("<p>One</p><p>Photo: <a href='/x'>A</a></p><button>Zoom</button>", "*One Photo: A*"),
        ("A *star* <b>and</b> &lt;more>", r"*A \*star\* and \<more>*"),
    ],
)
def test_a_caption_stands_below_its_picture(caption: str, words: str):
    caption = f"<figcaption>{caption}</figcaption>"
    assert content(f"<figure>{BOATS}{caption}</figure>") == f"{SHOWN}\n\n{words}"
    assert content(f"<figure>{caption}{BOATS}</figure>") == f"{SHOWN}\n\n{words}"
    linked = f"<a href='/big'><picture><source srcset='/b.webp'>{BOATS}</picture></a>"
    assert content(f"<figure><div>{linked}</div>{caption}</figure>") == f"{SHOWN}\n\n{words}"


def test_each_picture_of_a_gallery_has_its_own_caption():
    ones = "".join(
        f"<figure><img src='/{n}.jpg'><figcaption>Pier {n}</figcaption></figure>" for n in (1, 2)
    )
    told = content(f"<figure>{ones}<figcaption>Both</figcaption></figure>").split("\n\n")
    assert told[1::2] == ["*Pier 1*", "*Pier 2*"]
    assert [told[0], told[2]] == [f"![Picture](https://news.test/{n}.jpg)" for n in (1, 2)]
    assert told[4:] == ["*Both*"]


def test_a_caption_that_is_the_pictures_description_is_told_once():
    told = content(f"<figure>{BOATS}<figcaption> boats </figcaption></figure>")
    assert told == "![Picture](https://news.test/a.jpg)\n\n*boats*"


@pytest.mark.parametrize("caption", ["", "<figcaption> </figcaption>"])
def test_a_picture_without_a_caption_stays(caption: str):
    assert content(f"<figure>{BOATS}{caption}</figure>") == SHOWN


@pytest.mark.parametrize(
    "caption",
    [
        "<a href='/other'>Read another one</a>",
        "<h3>Another one</h3>",
        "A long text. " * 100,
    ],
)
def test_what_is_no_caption_is_made_none(caption: str):
    assert "*" not in content(f"<figure>{BOATS}<figcaption>{caption}</figcaption></figure>")


def test_a_caption_does_not_stand_without_its_picture():
    caption = "<figcaption>The old pier</figcaption>"
    assert "pier" not in content(f"<figure><noscript>{BOATS}</noscript>{caption}</figure>")
    assert "pier" not in content(f"<figure>{caption}</figure>")


def test_a_page_of_captions_takes_no_time():
    figure = f"<figure>{BOATS}<figcaption>{'<p>One</p>' * 20}"
    began = time.process_time()
    content(f"{figure}</figcaption></figure>" * (5 * figures.MOST))
    nested = figure * (2 * figures.MOST) + "</figcaption></figure>" * (2 * figures.MOST)
    extract(f"<html><body><article>{nested}".encode(), "https://news.test/a")
    assert time.process_time() - began < 20
