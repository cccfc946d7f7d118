"""Headlines as plain words, whatever a feed makes of them."""

import re
from html import unescape
from urllib.parse import unquote, urlsplit

from services.feeds.entries import one_line
from services.html_markdown import Written
from services.html_tree import to_text

_MARKED_UP = re.compile(
    r"<(script|style|iframe|svg|object|a|b|i|u|em|strong|span|font|p|div|h[1-6]|sub|sup|small|big"
    r"|mark|q|cite|code|abbr|tt|del|ins|s|center)\b[^<>]*>.*?</\1\s*>|<(br|img|wbr)\b[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
"""Tags that come in pairs, or never do; one alone is what the title is about."""
_REFERENCE = re.compile(r"&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,10}\d?);", re.IGNORECASE)
_LONGEST = 20_000
_LONGEST_LINE = 1000
"""Characters among which a headline is looked for."""


def plain_title(title: str, is_html: bool) -> str:
    """Return a title in plain words; one that was escaped twice is read twice."""
    words = title[:_LONGEST]
    for _ in range(3):
        if is_html or _MARKED_UP.search(words):
            words, is_html = to_text(words), False
        elif _REFERENCE.search(words):
            words = unescape(words)
        else:
            break
    return one_line(words)


def headline_of(
    title: str, is_html: bool, written: Written, url: str | None, elsewhere: str | None = None
) -> str:
    """Return a title; one that is missing is taken from the text or the address."""
    if words := plain_title(title, is_html):
        return words
    for line in written.text.split("\n"):
        if (plain := _plain_line(line)) and plain != "Picture":
            return plain
    for address in (url, elsewhere):
        if not address:
            continue
        parts = urlsplit(address)
        last = unquote(parts.path.rstrip("/").rpartition("/")[2])
        last = re.sub(r"[-_]+", " ", last).strip()
        return one_line(last.partition(".")[0], 120) or parts.netloc
    return "Untitled"


def _plain_line(line: str) -> str:
    """Return the words of a line of Markdown; a table's line has none."""
    line = line.strip()[:_LONGEST_LINE]
    if line.startswith(("```", "|")):
        return ""
    plain = re.sub(r"^(?:(?:#{1,6}|>|[-*+]|\d{1,9}[.)])\s+)+", "", line)
    plain = one_line(re.sub(r"!?\[((?:\\.|[^\]\\])*)\]\([^)]*\)", r"\1", plain), 120)
    plain = re.sub(r"(?<!\\)[*`~]+|(?<![\\\w])_+|(?<!\\)_+(?!\w)", "", plain)
    return re.sub(r"\\([^\w\s])", r"\1", plain).strip(" -\\")
