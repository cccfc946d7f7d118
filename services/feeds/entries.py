"""What all feed formats have in common when their entries are made into ours."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from services.feeds.canonical import canonical, digest, digest_of_address
from services.feeds.model import Attached, Entry
from services.html_markdown import LONGEST, Written, to_markdown
from services.html_tree import to_text, web_address
from services.markdown_writing import escaped

LONGEST_HEADLINE = 300
LONGEST_ADDRESS = 2000
MOST_SOUNDS, MOST_PICTURES = 3, 1
SHORT = 1200
"""A text below so many characters, and no fuller one beside it, may be a summary only."""

_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SOUNDS = {
    **{"mp3": "audio/mpeg", "m4a": "audio/mp4", "m4b": "audio/mp4", "flac": "audio/flac"},
    **{"wav": "audio/wav", **dict.fromkeys(("ogg", "oga", "opus"), "audio/ogg")},
}
_NARROWEST = 50
"""Characters to which nobody wraps lines more tightly."""
_TAG = re.compile(r"<[a-zA-Z/!]")
_ESCAPED = re.compile(r"\s*&lt;(p|div|a|img|ul|ol|table|blockquote|h[1-6]|figure)\b", re.IGNORECASE)
_PORTRAIT = re.compile(r"^https?://[^/]*gravatar\.com/|/avatars?/", re.IGNORECASE)
_MAIL = re.compile(r"[(<\[]?\s*(mailto:)?[^\s()<>@]+@[^\s()<>@]+\s*[)>\]]?|[(<\[]\s*mailto:?\s*$")
_PICTURES = re.compile(r"\.(jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


def one_line(text: Any, longest: int = LONGEST_HEADLINE) -> str:
    """Return plain words in one line, cut at a word's end when there are too many."""
    plain = _HIDDEN.sub("", str(text or ""))
    plain = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in plain)
    plain = " ".join(plain.split())
    if len(plain) <= longest:
        return plain
    cut = plain[: longest - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[longest // 2 :] else cut).rstrip() + "…"


def address_of(address: str | None, base: str) -> str | None:
    """Return where an entry lives, or None when it does not say so usefully."""
    address = (address or "").strip()
    if address[:4].lower() == "www." and "." in address[4:]:
        address = f"http://{address}"
    plain = canonical(address, base)
    return plain if plain and len(plain) <= LONGEST_ADDRESS else None


def written_of(html: str, is_html: bool, base: str) -> Written:
    """Return a text as Markdown; plain text keeps its lines."""
    if is_html and not _TAG.search(html):
        # Some escape their HTML twice.
        html = unescape(html) if _ESCAPED.match(html) else _lines_kept(html)
    elif not is_html:
        escaped = html.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        paragraphs = re.split(r"\n\s*\n", escaped.replace("\r\n", "\n").strip())
        html = "".join(f"<p>{'<br>'.join(one.split(chr(10)))}</p>" for one in paragraphs)
    return to_markdown(html, base)


def _lines_kept(text: str) -> str:
    """Return HTML for words without any tags: paragraphs, and breaks that somebody meant.

    Where a line ends early, although the next word had room in it, its end was meant; except
    where lines are moved in, by whoever laid out the feed.
    """
    raw = text.strip().splitlines()
    lines = [" ".join(line.split()) for line in raw]
    width = max([_NARROWEST, *map(len, lines)])
    parts = []
    for line, behind in zip(lines, [*raw[1:], ""], strict=True):
        first = behind.partition(" ")[0]
        had_room = first.strip() and len(line) + 1 + len(first) <= width
        parts.append(f"{line}<br>" if line and had_room else line or "</p><p>")
    return f"<p>{' '.join(parts)}</p>"


def attached_of(
    candidates: Iterable[Attached], pictures: list[str], base: str
) -> tuple[Attached, ...]:
    """Choose an entry's recordings, and one picture to stand at its head."""
    sounds: dict[str, Attached] = {}
    images: dict[str, Attached] = {}
    inside = [Attached(address, "image") for address in pictures]
    for one in [*candidates, *inside]:
        url = web_address(one.url, base, {"http", "https"})
        kind = kind_of(url or "", one.content_type, one.kind)
        if url is None or len(url) > LONGEST_ADDRESS or not kind:
            continue
        found = Attached(
            url, kind, _type_of(url, one.content_type, kind), one.length, one_line(one.title, 200)
        )
        (sounds if kind == "audio" else images).setdefault(url, found)
    return (*list(images.values())[:MOST_PICTURES], *list(sounds.values())[:MOST_SOUNDS])


def kind_of(url: str, content_type: str, kind: str) -> str:
    """Return image, audio, or nothing for what is neither."""
    given = (content_type or "").lower().partition("/")[0]
    if given in {"image", "audio"}:
        return given
    if kind in {"image", "audio"}:
        return kind
    if given == "video":
        return ""
    # Other types are not meant, or only what a parser took where there was none.
    path = urlsplit(url).path
    if path.rpartition(".")[2].lower() in _SOUNDS:
        return "audio"
    return "image" if _PICTURES.search(path) else ""


def by_width(pictures: list[tuple[int, Attached]]) -> list[Attached]:
    """Return pictures, the widest first; portraits of who wrote are left out."""
    pictures = [one for one in pictures if not _PORTRAIT.search(one[1].url)]
    return [one for _, one in sorted(pictures, key=lambda pair: -pair[0])]


def authors_of(names: Iterable[str]) -> str:
    """Return names in one line, each once, without addresses where there is a name."""
    plain = [to_text(one) if "<" in one or "&" in one else one for one in names]
    plain = [to_text(one) if _TAG.search(one) else one for one in plain]  # escaped twice
    bare = [
        _MAIL.sub(" ", one).strip(" ,;:()<>[]") if "@" in one or "mailto" in one else one
        for one in plain
    ]
    known = [one_line(one, 200) for one in bare if one.strip()] or [one_line(one) for one in plain]
    return one_line(", ".join(dict.fromkeys(one for one in known if one)), 200)


def finished(
    *,
    guid: str,
    headline: str,
    written: Written,
    url: str | None,
    attached: tuple[Attached, ...],
    elsewhere: str | None = None,
    **more: Any,
) -> Entry:
    """Make an entry that has everything a story needs; `elsewhere` is what it only points to."""
    content = written.text
    if not content and (where := url or elsewhere):
        content = _pointer("Read it" if url else "Find it", where)
    content = content or escaped(headline)
    key = guid.strip()[:4000] or url or digest(f"{headline}\n{content}")
    return Entry(guid=key, headline=headline, content=content, url=url, attached=attached, **more)


def told_apart(entries: list[Entry]) -> list[Entry]:
    """Tell entries apart to which a careless feed gives the same guid or the same address."""
    often = Counter(entry.guid for entry in entries)
    keys = [
        f"{one.guid} {one.url}"
        if often[one.guid] > 1 and one.url and one.url != one.guid
        else one.guid
        for one in entries
    ]
    headlines = defaultdict(set)
    for key, entry in zip(keys, entries, strict=True):
        headlines[key].add(entry.headline)
    kept: dict[str, Entry] = {}
    for key, entry in zip(keys, entries, strict=True):
        own = f"{key} {digest(entry.headline)}" if len(headlines[key]) > 1 else key
        kept.setdefault(own, replace(entry, guid=own))
    return _with_own_addresses(list(kept.values()))


def _with_own_addresses(entries: list[Entry]) -> list[Entry]:
    """Take an address that different entries share, such as a show's page, for no article's."""
    headlines = defaultdict(set)
    places = [digest_of_address(one.url) if one.url else "" for one in entries]
    for place, entry in zip(places, entries, strict=True):
        headlines[place].add(entry.headline)
    return [
        _pointing(entry) if entry.url and len(headlines[place]) > 1 else entry
        for place, entry in zip(places, entries, strict=True)
    ]


def _pointing(entry: Entry) -> Entry:
    """Return an entry whose address stands below its text instead."""
    where, content = entry.url or "", entry.content
    if f"]({where})" not in content and len(content) + len(where) < LONGEST - 300:
        content = f"{content}\n\n{_pointer('Find it', where)}"
    return replace(entry, url=None, content=content)


def _pointer(verb: str, where: str) -> str:
    return f"[{verb} at {urlsplit(where).netloc.removeprefix('www.')}]({where})"


def _type_of(url: str, content_type: str, kind: str) -> str:
    plain = (content_type or "").partition(";")[0].strip().lower()
    if re.fullmatch(rf"{kind}/[a-z0-9.+-]{{1,40}}", plain):
        return plain
    return _SOUNDS.get(urlsplit(url).path.rpartition(".")[2].lower(), "") if kind == "audio" else ""
