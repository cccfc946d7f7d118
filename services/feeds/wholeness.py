"""Whether all of a feed came: some stop within an entry, and the server says that all is well."""

import re

_RDF = re.compile(rb"<(?:[\w.-]{1,60}:)?rdf[\s>]", re.IGNORECASE)
_END = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_END_OF_RDF = re.compile(rb"</\s*(?:[\w.-]+:)?rdf\s*>", re.IGNORECASE)
"""Its channel ends before its first entry begins."""
_BEGINNING = re.compile(rb"<(?:[\w.-]{1,60}:)?(?:item|entry)(?:\s[^<>]*)?(?<!/)>", re.IGNORECASE)
_CLOSED = re.compile(
    rb"</\s*(?:[\w.-]{1,60}:)?(?:item|entry|rss|feed|rdf|channel)\s*>", re.IGNORECASE
)
_QUOTED = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
"""Texts in which tags are words; one that breaks off goes to the end."""
_TAIL = 1000
"""Bytes among which a feed ends; some servers add something."""


def breaks_off(body: bytes) -> bool:
    """Say whether a feed of XML has no end."""
    end = _END_OF_RDF if _RDF.search(body[:10_000]) else _END
    return end.search(body[-_TAIL:]) is None


def ends_within_an_entry(body: bytes) -> bool:
    """Say of a feed that breaks off whether it does so before the end of its last entry."""
    body = _QUOTED.sub(b" ", body)
    last = None
    for found in _BEGINNING.finditer(body):
        last = found
    return last is not None and _CLOSED.search(body, last.end()) is None
