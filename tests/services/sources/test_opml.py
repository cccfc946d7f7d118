"""Lists of feeds that are hostile, or only careless."""

import pytest

from errors import InvalidInput
from services.sources import opml

LIST = b'<opml version="2.0"><body><outline text="A" xmlUrl="http://a.test/?b&c=1"/></body></opml>'


@pytest.mark.parametrize(
    "inside",
    [
        b'<!ENTITY a "b">',
        b'<!ENTITY % a SYSTEM "http://127.0.0.1/">%a;',
        # Each outline would have that text of its own.
        b'<!ATTLIST outline text CDATA "' + bytes(b"x" * 1000) + b'">',
    ],
)
def test_what_defines_anything_is_not_taken(inside: bytes):
    with pytest.raises(InvalidInput, match="defines what XML is"):
        opml.read(b"<!DOCTYPE opml [" + inside + b"]>" + LIST)


@pytest.mark.parametrize("start", [b"", b"<!DOCTYPE opml SYSTEM 'http://127.0.0.1/x.dtd'>\n"])
def test_a_type_that_is_only_named_is_passed_over(start: bytes):
    [feed] = opml.read(b"<?xml version='1.0'?>\n" + start + LIST)

    assert feed.url == "http://a.test/?b&c=1"


def test_deep_and_endless_lists_are_read_or_refused():
    depth = 50_000
    nested = b"<outline>" * depth + LIST[26:-14] + b"</outline>" * depth
    assert len(opml.read(b"<opml><body>" + nested + b"</body></opml>")) == 1
    many = b'<outline xmlUrl="http://a.test/"/>' * (opml.MOST + 1)
    with pytest.raises(InvalidInput, match="more than 5,000"):
        opml.read(b"<opml><body>" + many + b"</body></opml>")
    with pytest.raises(InvalidInput, match="not well-formed"):
        opml.read(b"<opml>" + b"&" * 3_000_000)
