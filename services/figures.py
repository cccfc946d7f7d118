"""Captions of the pictures in a web page, put where they outlive the search for its article."""

from itertools import islice
from typing import Any

from services.html_tree import BLOCKS, SILENT

MOST = 200
"""Captions of one page; a page of more is a gallery."""
LONGEST = 1000
"""Characters of a caption; a longer one is a text that stands elsewhere too."""
_MOST_PICTURES = 20
"""Of one figure, whose words are compared with its caption."""
_MOST_LINKS = 50
"""Of one caption, whose words are counted."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def with_captions(tree: Any) -> Any:
    """Return a page's tree, in which each caption is an emphasised paragraph below its picture.

    The library that looks for the article takes figures for no text, and drops what they say.
    """
    for caption in list(islice(tree.iter("figcaption"), MOST)):
        figure = next(caption.iterancestors("figure"), None)
        if figure is None or next(caption.iterancestors("figcaption"), None) is not None:
            continue
        pictures = [
            picture
            for picture in islice(figure.iter("img"), _MOST_PICTURES)
            if next(picture.iterancestors("noscript"), None) is None  # those get lost
        ]
        if pictures and (words := _words(caption)):
            _tell_once(pictures, words)
            figure.append(_paragraph(tree, words))
            caption.drop_tree()
    return tree


def _words(caption: Any) -> str:
    """Return what a caption says; nothing where it leads to another article."""
    if next(caption.iter(*_HEADINGS), None) is not None:
        return ""
    for silent in list(caption.iter(*SILENT)):
        silent.drop_tree()
    for block in caption.iter("br", *BLOCKS):
        block.text, block.tail = f" {block.text or ''}", f" {block.tail or ''}"
    words = _in_one_line(caption)
    linked = sum(len(_in_one_line(link)) for link in islice(caption.iter("a"), _MOST_LINKS))
    return words if len(words) <= LONGEST and linked * 2 <= len(words) else ""


def _in_one_line(element: Any) -> str:
    return " ".join(element.text_content().split())


def _tell_once(pictures: list[Any], words: str) -> None:
    """Leave out what would be said of a picture in the very words of its caption."""
    for picture in pictures:
        # The caption is what everybody sees.
        if " ".join(picture.get("alt", "").split()).casefold() == words.casefold():
            picture.set("alt", "")


def _paragraph(tree: Any, words: str) -> Any:
    paragraph, emphasis = tree.makeelement("p"), tree.makeelement("em")
    emphasis.text = words
    paragraph.append(emphasis)
    return paragraph
