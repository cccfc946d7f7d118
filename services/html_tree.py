"""HTML of strangers, cleaned by nh3 and read into a small tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

import nh3

DEEPEST = 24
"""Levels of nesting; what lies deeper is read as if it were not nested."""
MOST_TAGS = 20_000
"""Of one text; behind them are only words. Parsing takes time by the square of the nesting."""
LONGEST_TAG = 50_000
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
    "img": {
        *("src", "alt", "width", "height", "srcset"),
        *("data-src", "data-original", "data-lazy-src", "data-srcset"),
    },
    "iframe": {"src", "title"},
    "audio": {"src"},
    "video": {"src"},
    "ol": {"start"},
}
_VOID = {"img", "br", "hr"}
_ABSURD = 200
"""Levels that no page has."""
_FLAT = _VOID | {
    *("p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option", "source"),
    *("wbr", "input", "meta", "link", "col", "embed", "area", "track", "param", "base"),
}
"""What has no end, or may leave it out, and so says nothing of how deep it lies."""
_A_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>?")


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


def to_text(html: str) -> str:
    """Return the words of a piece of HTML in one line."""
    tree = read(html)
    return " ".join(_line_of(tree).split())


def joined(base: str, address: str) -> str:
    """Return an address read from a base; what can't be read stays as it is."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


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
    if named and not parts.netloc.isascii():
        # Names in other scripts travel in a spelling of their own.
        try:
            ascii_host = (parts.hostname or "").encode("idna").decode()
        except UnicodeError:
            return None
        full = full.replace(
            parts.netloc, parts.netloc.lower().replace(parts.hostname or "", ascii_host), 1
        )
    return quote(full, safe="/%:@!$&'*+,;=~-._?#[]")


def _clean(html: str) -> str:
    # Browsers show what is in a noscript when scripts do not run, as they never do here.
    html = re.sub(r"(?i)</?noscript[^<>]*>", " ", html.replace("\x00", ""))
    return nh3.clean(
        _levelled(_bounded(html)),
        tags=INLINE | BLOCKS,
        clean_content_tags=SILENT,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
    )


def _bounded(html: str) -> str:
    """Return HTML without what only keeps a parser busy: endless tags, and tags without end."""
    html = re.sub(rf"<[^<>]{{{LONGEST_TAG},}}>?", " ", html)
    *kept, rest = html.split("<", MOST_TAGS)
    if "<" not in rest:
        return html
    return "<".join(kept) + " " + re.sub(r"<[^<>]*>?", " ", f"<{rest}")


def _levelled(html: str) -> str:
    """Leave out tags that lie absurdly deep, over which the cleaner would sit for minutes."""
    depth = 0

    def kept(found: re.Match[str]) -> str:
        nonlocal depth
        if found[2].lower() in _FLAT:
            return found[0]
        within = depth < _ABSURD
        depth = max(0, depth + (-1 if found[1] else 1))
        return found[0] if within or (found[1] and depth < _ABSURD) else " "

    return _A_TAG.sub(kept, html)


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


def read(html: str) -> Node:
    """Return the tree of a piece of HTML, without anything in it that could do harm."""
    reader = _Reader()
    reader.feed(_clean(html))
    reader.close()
    return reader.root


def rows(node: Node) -> Iterator[Node]:
    """Give the rows of a table."""
    for child in node.children:
        if isinstance(child, Node) and child.tag == "tr":
            yield child
        elif isinstance(child, Node) and child.tag in {"thead", "tbody", "tfoot"}:
            yield from rows(child)


def cells(row: Node) -> Iterator[Node]:
    """Give the cells of a row."""
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
