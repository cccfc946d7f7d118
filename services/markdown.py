"""Stories' Markdown, made into HTML that cannot harm the reader."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote"),
    *("em", "strong", "s", "code", "pre", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    "img",
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
}
SCHEMES = {"http", "https", "mailto"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What this site has of a picture that a text shows."""

    src: str
    """Path of its bytes here."""
    page: str
    """Path of the page about it."""
    width: int | None = None
    height: int | None = None
    """Pixels, so that the text does not jump when it comes; None when unknown."""


NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})


class _Renderer(RendererHTML):
    """A picture that isn't here becomes a link, so that reading fetches nothing from elsewhere."""

    def image(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        """Return the picture, or the link that stands for it."""
        source = str(tokens[idx].attrs.get("src", ""))
        words = escapeHtml(self.renderInlineAsText(tokens[idx].children, options, env))
        found: Picture | None = env.get("pictures", NO_PICTURES).get(source)
        # A link within a link would end the outer one before its first word.
        linked = bool(env.get("linked"))
        if found is None:
            address = escapeHtml(source)
            return words or address if linked else f'<a href="{address}">{words or address}</a>'
        size = f' width="{found.width}" height="{found.height}"' if found.width else ""
        shown = (
            f'<img src="{escapeHtml(found.src)}" alt="{words}"{size} loading="lazy"'
            ' decoding="async">'
        )
        return shown if linked else f'<a href="{escapeHtml(found.page)}">{shown}</a>'

    def link_open(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        """Begin a link, and note that."""
        env["linked"] = True
        return self.renderToken(tokens, idx, options, env)

    def link_close(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        """End a link, and note that."""
        env["linked"] = False
        return self.renderToken(tokens, idx, options, env)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    return parser.enable(["table", "strikethrough"])


def to_html(
    text: str, pictures: Mapping[str, Picture] = NO_PICTURES, above: str | None = None
) -> str:
    """Render Markdown; raw HTML in it is shown as text, and links leave no trace behind.

    `pictures` are those that are here, by the address that the text names them by. Where the
    text begins with the picture `above`, it is left out: it stands above the text already.
    """
    parser = _parser()
    tokens = _tokens(text)
    if above is not None and _opening(tokens) == above:
        tokens = tokens[3:]
    return nh3.clean(
        parser.renderer.render(_below_headline(tokens), parser.options, {"pictures": pictures}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


@lru_cache(maxsize=4)
def _tokens(text: str) -> tuple[Token, ...]:
    """Parse a text; a page asks for the same one in turns. Nobody changes what they get."""
    return tuple(_parser().parse(text))


def _below_headline(tokens: Sequence[Token]) -> list[Token]:
    """Let the highest heading of a text be an h2, since the headline is the page's h1."""
    levels = [int(token.tag[1]) for token in tokens if token.type.startswith("heading")]
    shift = 2 - min(levels, default=2)
    return [
        token.copy(tag=f"h{min(6, int(token.tag[1]) + shift)}")
        if token.type.startswith("heading")
        else token
        for token in tokens
    ]


def pictures_of(text: str) -> list[str]:
    """Return the web addresses of the pictures that a text shows, each once and in its order."""
    if "![" not in text:
        return []
    found = (
        str(piece.attrs.get("src", ""))
        for block in _tokens(text)
        for piece in block.children or []
        if piece.type == "image"
    )
    return [one for one in dict.fromkeys(found) if one.startswith(("http://", "https://"))]


def opening_picture(text: str) -> str | None:
    """Return the address of the picture that a text begins with, or None."""
    return _opening(_tokens(text))


def _opening(tokens: Sequence[Token]) -> str | None:
    """Return the picture that stands alone in the first paragraph."""
    if len(tokens) < 3 or tokens[0].type != "paragraph_open":
        return None
    inside = tokens[1].children or []
    return str(inside[0].attrs.get("src")) if [one.type for one in inside] == ["image"] else None


def to_plain(text: str) -> str:
    """Return the words of a Markdown text in one line, without marks and addresses."""
    words: list[str] = []
    for block in _parser().parse(text):
        if block.type in {"fence", "code_block"}:
            continue
        for piece in block.children or []:
            if piece.type in {"text", "code_inline"}:
                words.append(piece.content)
            elif piece.type in {"softbreak", "hardbreak"}:
                words.append(" ")
        if block.type == "inline":
            words.append(" ")
    return re.sub(r"\s+", " ", "".join(words)).strip()


def excerpt(text: str, length: int = 240) -> str:
    """Return the beginning of a Markdown text as plain words, cut at a word's end.

    Only as much is parsed as the excerpt can need, so that long stories stay cheap in lists.
    """
    plain = to_plain(text[: length * 4])
    if len(plain) <= length:
        return plain
    cut = plain[:length].rsplit(" ", 1)[0] or plain[:length]
    return cut.rstrip(",;:–-. ") + "…"
