"""What is read aloud of a story: its words, without addresses, code and pictures.

Blocks are a blank line apart and list items and table rows a line break, which every voice
turns into a pause.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from errors import AppError
from services.word_spans import word_spans

TAIL = r"(?:\([^\s()<>]*\)|[^\s<>()“”\u3000-\u9fff\uff00-\uffef])*(?<![.,;:!?'\"’»\]}*_])"
"""The rest of an address: up to a space or Chinese, without the marks of the sentence around."""
ADDRESS = re.compile(
    rf"<?(?:https?|ftp)://{TAIL}>?"
    rf"|\bwww\.[\w-]+\.{TAIL}"
    rf"|(?<![@\w.-])(?:[a-z0-9-]+\.)+[a-z]{{2,}}/{TAIL}"
    r"|\bdata:[\w/+.-]+;base64,[\w+/=]+",
    re.IGNORECASE,
)
EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|“\s*”")
FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,40}\]:?")
TASK = re.compile(r"^\[[ xX]\]\s+")
PLAIN_WORDS = re.compile(r"[^\W_]+(?:[ '’-][^\W_]+){0,3}")
"""Code that reads like words is spoken: leaving it out would tear a hole into the sentence."""
SPACE_BEFORE_MARK = re.compile(r"[ \t]+(?=[,.;:!?…)\]]+(?:\s|$))")
REPEATED_EMOJI = re.compile(r"([\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?)(?:\s*\1)+")
REPEATED_MARK = re.compile(r"([^\w\s])\1{3,}")
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""Every control character but the line break."""
INVISIBLE = re.compile(r"[\u00ad\u061c\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffd]")
UNSPOKEN_TAGS = frozenset(
    ["script", "style", "code", "pre", "figure", "figcaption", "iframe", "svg", "noscript"]
)
BLOCK_TAGS = frozenset(
    [
        "p",
        "div",
        "br",
        "hr",
        "li",
        "ul",
        "ol",
        "tr",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "section",
        "article",
    ]
)


class NothingToSay(AppError):
    """Nothing is left of a text that could be spoken."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "There are no words to read aloud here: addresses, code and pictures are left out."
        )


def from_markdown(markdown: str, headline: str = "") -> str:
    """Return the words of a story as they are read aloud, the headline first.

    Raises:
        NothingToSay: only marks, code, addresses or pictures were found.
    """
    title = _tidy(headline)
    blocks = list(_blocks(SyntaxTreeNode(_parser().parse(markdown))))
    if title and not (blocks and blocks[0].casefold() == title.casefold()):
        blocks.insert(0, title)
    return clean("\n\n".join(blocks))


def clean(text: str) -> str:
    """Return plain text as a voice takes it; doing so twice changes nothing.

    Lone surrogates, control characters and invisible marks go; spaces and blank lines
    shrink to one.

    Raises:
        NothingToSay: no letter, digit or emoji is left.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", CONTROLS.sub("", text.replace("\t", " ")))
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if not any(word_spans(line) for line in text.split("\n")):
        raise NothingToSay
    return text


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _blocks(node: SyntaxTreeNode) -> Iterator[str]:
    """Yield the text of each block under `node` that has one."""
    for child in node.children:
        if child.type == "inline":
            text = _tidy(_inline(child))
        elif child.type in {"bullet_list", "ordered_list"}:
            text = "\n".join(_items(child))
        elif child.type == "table":
            text = "\n".join(_rows(child))
        elif child.type == "html_block":
            text = _tidy(_words_of_html(child.content))
        elif child.type in {"fence", "code_block", "hr"}:
            continue
        else:
            yield from _blocks(child)
            continue
        if text:
            yield text


def _items(node: SyntaxTreeNode) -> Iterator[str]:
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for item in node.children:
        text = TASK.sub("", "\n".join(_blocks(item)))
        if text:
            yield text if number is None else f"{number}. {text}"
        number = None if number is None else number + 1


def _rows(table: SyntaxTreeNode) -> Iterator[str]:
    for section in table.children:
        for row in section.children:
            cells = [text for cell in row.children for text in _blocks(cell)]
            if cells:
                yield ", ".join(cells)


def _inline(node: SyntaxTreeNode) -> str:
    """Return the words inside a paragraph or heading."""
    pieces: list[str] = []
    silent = 0
    for child in node.children:
        if child.type == "html_inline":
            name, closing = _tag(child.content)
            if name in UNSPOKEN_TAGS:
                silent = max(0, silent + (-1 if closing else 1))
            pieces.append("\n" if name == "br" else "")
        elif silent or child.type in {"image", "s"}:
            continue
        elif child.type == "text":
            pieces.append(child.content)
        elif child.type == "code_inline":
            pieces.append(child.content if PLAIN_WORDS.fullmatch(child.content) else "")
        elif child.type in {"softbreak", "hardbreak"}:
            pieces.append(" " if child.type == "softbreak" else "\n")
        else:
            pieces.append(_inline(child))
    return "".join(pieces)


def _tidy(text: str) -> str:
    """Take addresses out of a text, and the traces they leave."""
    for pattern in (ADDRESS, FOOTNOTE, EMPTY_BRACKETS):
        text = pattern.sub("", text)
    text = REPEATED_EMOJI.sub(r"\1", text)
    text = REPEATED_MARK.sub(lambda run: run[1] if run[1] in "!?." else " ", text)
    return SPACE_BEFORE_MARK.sub("", text).strip()


def _tag(markup: str) -> tuple[str, bool]:
    """Return the name of an HTML tag and whether it closes."""
    name = re.match(r"</?\s*([a-z0-9]+)", markup, re.IGNORECASE)
    return (name[1].lower() if name else "", markup.startswith("</"))


class _Words(HTMLParser):
    """Collects the spoken words of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._silent += tag in UNSPOKEN_TAGS
        if tag in BLOCK_TAGS:
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in UNSPOKEN_TAGS))
        if tag in BLOCK_TAGS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _words_of_html(markup: str) -> str:
    parser = _Words()
    parser.feed(markup)
    parser.close()
    return "".join(parser.pieces)
