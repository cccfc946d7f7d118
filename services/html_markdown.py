"""HTML of strangers, made into our Markdown: what it says stays, what it could do does not.

The HTML is first cleaned by nh3, then read into a small tree and written as Markdown. Links are
resolved, and those that are not web or mail addresses become plain words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

import nh3

from services.markdown_writing import (
    around,
    block_text,
    code_span,
    escaped,
    fence,
    shortened,
    table,
)

LONGEST = 200_000
"""Characters of one text; as much as a story may have."""
DEEPEST = 24
"""Levels of nesting; what lies deeper is read as if it were not nested."""
SCHEMES = {"http", "https", "mailto"}

INLINE = {
    *("a", "em", "i", "cite", "dfn", "strong", "b", "s", "del", "strike", "code", "kbd", "samp"),
    *("tt", "span", "small", "sup", "sub", "mark", "q", "img", "br", "iframe", "u", "ins"),
}
BLOCKS = {
    *("p", "div", "section", "article", "header", "footer", "main", "aside", "center", "address"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "hr", "figure"),
    *("figcaption", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "dl", "dt"),
    *("dd", "details", "summary", "audio", "video"),
}
SILENT = {
    *("script", "style", "template", "noembed", "noframes", "object", "applet", "embed", "svg"),
    *("math", "select", "textarea", "button", "form", "title", "head", "frameset", "map"),
}
"""What goes with everything in it."""
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "data-src", "data-original", "srcset"},
    "iframe": {"src", "title"},
    "audio": {"src"},
    "video": {"src"},
    "ol": {"start"},
}
_VOID = {"img", "br", "hr"}
_HEADINGS = {f"h{n}": "#" * max(2, n) for n in range(1, 7)}


@dataclass(slots=True)
class Node:
    """An element; its children are elements and text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def text(self) -> str:
        """Return the words in it."""
        return "".join(one if isinstance(one, str) else one.text() for one in self.children)

    def has(self, tags: set[str]) -> bool:
        """Say whether one of these elements is somewhere in it."""
        return any(
            not isinstance(one, str) and (one.tag in tags or one.has(tags)) for one in self.children
        )


@dataclass(frozen=True, slots=True)
class Written:
    """A text as Markdown, and its pictures in order."""

    text: str
    pictures: list[str]


def to_markdown(html: str, base: str = "", longest: int = LONGEST) -> Written:
    """Return what `html` says; relative links are read from `base`."""
    tree = _tree(_clean(html))
    writer = _Writer(base)
    text = writer.blocks(tree, 0)
    return Written(shortened(text, longest), writer.pictures)


def to_text(html: str) -> str:
    """Return the words of a piece of HTML in one line."""
    tree = _tree(_clean(html))
    return " ".join(_line_of(tree).split())


def web_address(address: str, base: str = "", schemes: set[str] = SCHEMES) -> str | None:
    """Return an address in full, or None when it is none that a link may have."""
    address = re.sub(r"[\x00-\x1f\x7f]", "", address).strip()
    if not address:
        return None
    try:
        full = urljoin(base, address)
        parts = urlsplit(full)
        named = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    if parts.scheme not in schemes or not (named or parts.scheme == "mailto"):
        return None
    return quote(full, safe="/%:@!$&'*+,;=~-._?#[]")


def _clean(html: str) -> str:
    # Browsers show what is in a noscript when scripts do not run, as they never do here.
    html = re.sub(r"(?i)</?noscript[^>]*>", " ", html.replace("\x00", ""))
    return nh3.clean(
        html,
        tags=INLINE | BLOCKS,
        clean_content_tags=SILENT,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
    )


class _Reader(HTMLParser):
    """Reads HTML that nh3 has made well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("div")
        self._open = [self.root]
        self._too_deep = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        if tag in _VOID:
            self._open[-1].children.append(node)
        elif len(self._open) > DEEPEST:
            self._too_deep += 1
        else:
            self._open[-1].children.append(node)
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._too_deep:
            self._too_deep -= 1
        elif len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _tree(html: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class _Writer:
    """Writes a tree as Markdown."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.pictures: list[str] = []

    def blocks(self, node: Node, depth: int) -> str:
        """Write what stands below one another; words between two blocks are a paragraph."""
        written: list[str] = []
        line: list[str] = []

        def end_line() -> None:
            text = block_text("".join(line))
            line.clear()
            if text:
                written.append(text)

        for child in node.children:
            if isinstance(child, str):
                line.append(escaped(child))
            elif child.tag in INLINE and not child.has(BLOCKS):
                line.append(self.inline(child))
            else:
                end_line()
                written.append(self.block(child, depth))
        end_line()
        return "\n\n".join(one for one in written if one.strip())

    def block(self, node: Node, depth: int) -> str:
        """Write one block."""
        tag = node.tag
        if tag in _HEADINGS:
            text = block_text(self._line(node)).replace("\\\n", " ")
            return f"{_HEADINGS[tag]} {text}" if text else ""
        if tag == "hr":
            return "---"
        if tag == "pre":
            return fence(node.text())
        if tag == "blockquote":
            inner = self.blocks(node, depth + 1)
            return "\n".join(f"> {line}".rstrip() for line in inner.split("\n")) if inner else ""
        if tag in {"ul", "ol"}:
            return self._list(node, depth)
        if tag == "table":
            return self._table(node, depth)
        if tag in {"audio", "video"}:
            return self._elsewhere(node, tag.capitalize()) or self.blocks(node, depth)
        if tag in {"dt", "summary", "caption"}:
            text = block_text(self._line(node)).replace("\\\n", " ")
            return f"**{text}**" if text else ""
        if tag == "figcaption":
            text = block_text(self._line(node))
            return f"*{text}*" if text and "*" not in text and "\n" not in text else text
        return self.blocks(node, depth)

    def inline(self, node: Node) -> str:
        """Write a part of a line."""
        tag = node.tag
        if tag == "br":
            return "\\\n"
        if tag == "img":
            return self._picture(node)
        if tag == "iframe":
            return self._elsewhere(node, node.attributes.get("title", ""))
        if tag in {"code", "kbd", "samp", "tt"}:
            return code_span(node.text())
        inner = self._line(node)
        if tag == "a":
            return self._link(node, inner)
        if tag in {"em", "i", "cite", "dfn"}:
            return around("*", inner)
        if tag in {"strong", "b"}:
            return around("**", inner)
        if tag in {"s", "del", "strike"}:
            return around("~~", inner)
        return f"“{inner}”" if tag == "q" else inner

    def _line(self, node: Node) -> str:
        """Write everything in an element as one line, blocks apart by a space."""
        parts = []
        for child in node.children:
            if isinstance(child, str):
                parts.append(escaped(child))
            elif child.tag in INLINE:
                parts.append(self.inline(child))
            else:
                parts.append(f" {self._line(child)} ")
        return "".join(parts)

    def _link(self, node: Node, inner: str) -> str:
        href = node.attributes.get("href", "")
        words = " ".join(inner.replace("\\\n", " ").split())
        address = web_address(href, self._base) if href and href[0] != "#" else None
        if address is None or not words or "](" in words:
            return inner  # a picture in a link stays the picture
        space = " " if inner[:1].isspace() else "", " " if inner[-1:].isspace() else ""
        return f"{space[0]}[{words}]({address}){space[1]}"

    def _picture(self, node: Node) -> str:
        known = node.attributes
        sizes = (known.get(side, "").strip().removesuffix("px") for side in ("width", "height"))
        if any(size in {"0", "1", "2"} for size in sizes):
            return ""  # it only counts who reads
        named = (known.get(name, "") for name in ("data-src", "data-original", "src"))
        address = next((full for one in named if one and (full := self._web(one))), None)
        if address is None:
            return ""
        self.pictures.append(address)
        alt = " ".join(escaped(known.get("alt", "")).split())[:300]
        return f" ![{alt.rstrip(chr(92)) or 'Picture'}]({address}) "

    def _elsewhere(self, node: Node, words: str) -> str:
        address = self._web(node.attributes.get("src", ""))
        if address is None:
            return ""
        host = urlsplit(address).hostname or ""
        words = " ".join(escaped(words).split())[:200].rstrip("\\") or f"Shown at {host}"
        return f" [{words}]({address}) "

    def _web(self, address: str) -> str | None:
        return web_address(address, self._base, {"http", "https"}) if address else None

    def _list(self, node: Node, depth: int) -> str:
        start = node.attributes.get("start", "1")
        number = int(start) if start.isdecimal() and len(start) < 6 else 1
        items = []
        for child in node.children:
            if isinstance(child, str):
                text = block_text(escaped(child))
            elif child.tag in INLINE:
                text = block_text(self.inline(child))
            else:
                text = self.blocks(child, depth + 1)
            if not text.strip():
                continue
            mark = f"{number}. " if node.tag == "ol" else "- "
            number += 1
            items.append(mark + text.replace("\n", "\n" + " " * len(mark)))
        loose = any("\n\n" in item for item in items)
        lines = ("\n\n" if loose else "\n").join(items)
        return "\n".join(line.rstrip() for line in lines.split("\n"))

    def _table(self, node: Node, depth: int) -> str:
        rows = list(_rows(node))
        widths = {sum(1 for _ in _cells(row)) for row in rows}
        if node.has({"table", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3"}) or max(
            widths, default=0
        ) not in range(2, 21):
            # It only put things beside one another.
            cells = (self.blocks(cell, depth + 1) for row in rows for cell in _cells(row))
            return "\n\n".join(cell for cell in cells if cell.strip())
        captions = [
            self.block(one, depth)
            for one in node.children
            if isinstance(one, Node) and one.tag == "caption"
        ]
        return "\n\n".join(
            [*captions, table([[self._line(cell) for cell in _cells(row)] for row in rows])]
        )


def _rows(node: Node) -> Iterator[Node]:
    for child in node.children:
        if isinstance(child, Node) and child.tag == "tr":
            yield child
        elif isinstance(child, Node) and child.tag in {"thead", "tbody", "tfoot"}:
            yield from _rows(child)


def _cells(row: Node) -> Iterator[Node]:
    return (one for one in row.children if isinstance(one, Node) and one.tag in {"td", "th"})


def _line_of(node: Node) -> str:
    """Return the words of an element, blocks and breaks apart by a space."""
    parts = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(child)
        else:
            gap = " " if child.tag in BLOCKS or child.tag == "br" else ""
            parts.append(f"{gap}{_line_of(child)}{gap}")
    return "".join(parts)
