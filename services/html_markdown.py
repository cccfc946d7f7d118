"""HTML of strangers, made into our Markdown: what it says stays, what it could do does not.

The HTML is first cleaned by nh3, then read into a small tree and written as Markdown. Links are
resolved, and those that are not web or mail addresses become plain words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.html_tree import BLOCKS, INLINE, Node, cells, read, rows, web_address
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
_ALONE = {"br", "img", "iframe", "code", "kbd", "samp", "tt"}
"""Parts of a line that are written without looking at what is emphasised in them."""
_MARKS = {
    **dict.fromkeys(("em", "i", "cite", "dfn"), "*"),
    **dict.fromkeys(("strong", "b"), "**"),
    **dict.fromkeys(("s", "del", "strike"), "~~"),
}
_HEADINGS = {f"h{n}": "#" * max(2, n) for n in range(1, 7)}


@dataclass(frozen=True, slots=True)
class Written:
    """A text as Markdown, and its pictures in order."""

    text: str
    pictures: list[str]


def to_markdown(html: str, base: str = "", longest: int = LONGEST) -> Written:
    """Return what `html` says; relative links are read from `base`."""
    tree = read(html)
    writer = _Writer(base)
    text = writer.blocks(tree, 0)
    return Written(shortened(text, longest), writer.pictures)


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
        write: Callable[[Node, int], str] = {
            **dict.fromkeys(_HEADINGS, self._heading),
            "hr": lambda *_: "---",
            "pre": lambda node, _: fence(node.text()),
            "blockquote": self._quote,
            "ul": self._list,
            "ol": self._list,
            "table": self._table,
            "audio": self._recording,
            "video": self._recording,
            **dict.fromkeys(("dt", "summary", "caption"), self._term),
            "figcaption": self._caption,
        }.get(node.tag, self.blocks)
        return write(node, depth)

    def inline(self, node: Node) -> str:
        """Write a part of a line."""
        if node.tag in _ALONE:
            return self._alone(node)
        inner = self._line(node)
        if node.tag == "a":
            return self._link(node, inner)
        if node.tag == "q":
            return f"“{inner}”"
        return around(_MARKS[node.tag], inner) if node.tag in _MARKS else inner

    def _alone(self, node: Node) -> str:
        if node.tag == "br":
            return "\\\n"
        if node.tag == "img":
            return self._picture(node)
        if node.tag == "iframe":
            return self._elsewhere(node, node.attributes.get("title", ""))
        return code_span(node.text())

    def _heading(self, node: Node, _: int) -> str:
        text = self._one_line(node)
        return f"{_HEADINGS[node.tag]} {text}" if text else ""

    def _quote(self, node: Node, depth: int) -> str:
        inner = self.blocks(node, depth + 1)
        return "\n".join(f"> {line}".rstrip() for line in inner.split("\n")) if inner else ""

    def _recording(self, node: Node, depth: int) -> str:
        return self._elsewhere(node, node.tag.capitalize()) or self.blocks(node, depth)

    def _term(self, node: Node, _: int) -> str:
        text = self._one_line(node)
        return f"**{text}**" if text else ""

    def _caption(self, node: Node, _: int) -> str:
        text = self._one_line(node)
        return f"*{text}*" if text and "*" not in text else text

    def _one_line(self, node: Node) -> str:
        return block_text(self._line(node)).replace("\\\n", " ")

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
        # Pages that load pictures late have something empty in the place of the address.
        named = [
            known.get(name, "") for name in ("data-src", "data-original", "data-lazy-src", "src")
        ]
        named += [known.get(name, "").split(" ", 1)[0] for name in ("data-srcset", "srcset")]
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
        lines = list(rows(node))
        widths = {sum(1 for _ in cells(row)) for row in lines} if len(lines) > 1 else {0}
        if node.has({"table", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3"}) or max(
            widths, default=0
        ) not in range(2, 21):
            # It only put things beside one another.
            found = (self.blocks(cell, depth + 1) for row in lines for cell in cells(row))
            return "\n\n".join(cell for cell in found if cell.strip())
        captions = [
            self.block(one, depth)
            for one in node.children
            if isinstance(one, Node) and one.tag == "caption"
        ]
        return "\n\n".join(
            [*captions, table([[self._line(cell) for cell in cells(row)] for row in lines])]
        )
