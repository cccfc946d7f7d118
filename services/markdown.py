"""Stories' Markdown, made into HTML that cannot harm the reader."""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
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
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


class _Renderer(RendererHTML):
    """An image becomes a link, so that nothing is fetched from elsewhere while somebody reads."""

    def image(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        """Return the link that stands for a picture."""
        address = escapeHtml(str(tokens[idx].attrs.get("src", "")))
        words = self.renderInlineAsText(tokens[idx].children, options, env)
        return f'<a href="{address}">{escapeHtml(words) or address}</a>'


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    return parser.enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """Render Markdown; raw HTML in it is shown as text, and links leave no trace behind."""
    parser = _parser()
    tokens = parser.parse(text)
    _below_headline(tokens)
    return nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def _below_headline(tokens: list[Token]) -> None:
    """Let the highest heading of a text be an h2, since the headline is the page's h1."""
    headings = [token for token in tokens if token.type.startswith("heading")]
    shift = 2 - min((int(token.tag[1]) for token in headings), default=2)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) + shift)}"


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
