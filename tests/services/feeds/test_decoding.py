"""Encodings: those that are said, those that are not, and those that are said wrongly."""

from datetime import UTC, datetime

import pytest

from services.feeds.decoding import in_utf8
from services.feeds.model import Feed, Unreadable
from services.feeds.parsing import parse

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
WESTERN = "Füße, château, mañana: “naïf” – 5 €"
RUSSIAN = "Новости одного города и его окрестностей"
JAPANESE = "町の小さなお知らせと明日の天気について"
CHINESE = "小城新闻和明天的天气预报，图书馆今天重新开放，我们都很高兴"
KOREAN = "작은 도시의 소식과 내일의 날씨"
SAMPLES = [
    *((WESTERN, name) for name in ("utf-8", "windows-1252")),
    *((RUSSIAN, name) for name in ("windows-1251", "koi8-r", "iso-8859-5", "cp866")),
    *((JAPANESE, name) for name in ("shift_jis", "euc-jp", "iso-2022-jp")),
    *((CHINESE, name) for name in ("gb2312", "gb18030")),
    ("小城新聞和明天的天氣預報", "big5"),
    (KOREAN, "euc-kr"),
    ("Zażółć gęślą jaźń", "iso-8859-2"),
    ("Μικρά νέα της πόλης", "iso-8859-7"),
    ("חדשות מן העיר", "windows-1255"),
    *((JAPANESE, name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")),
]
TYPES = [
    *("application/rss+xml", "text/xml", "text/html", "", "text/xml; charset=utf-8"),
    *("text/xml; charset=ISO-8859-1", "application/xml; charset='none-of-these'"),
]


def rss(title: str, declared: str = "") -> str:
    said = f"<?xml version='1.0' encoding='{declared}'?>\n" if declared else ""
    return (
        f"{said}<rss version='2.0'><channel><title>{title}</title>"
        f"<item><title>{title}</title></item></channel></rss>"
    )


def read(body: bytes, content_type: str = "") -> Feed:
    return parse(body, content_type, "https://e.test/feed", NOW)


@pytest.mark.parametrize(("title", "name"), SAMPLES)
@pytest.mark.parametrize("content_type", TYPES)
def test_what_a_feed_says_of_itself_counts(title: str, name: str, content_type: str):
    feed = read(rss(title, name).encode(name), content_type)
    assert (feed.title, feed.entries[0].headline) == (title, title)


@pytest.mark.parametrize(("title", "name"), SAMPLES)
def test_what_only_the_server_says_counts(title: str, name: str):
    assert read(rss(title).encode(name), f'text/xml; charset="{name}"').title == title


@pytest.mark.parametrize("declared", ["", "utf-8", "no-such-thing", "punycode", "utf-16"])
@pytest.mark.parametrize(
    ("title", "name"),
    [
        (WESTERN, "windows-1252"),
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso-2022-jp"),
        (CHINESE, "gb18030"),
        (KOREAN, "euc-kr"),
        (JAPANESE, "utf-16-le"),
    ],
)
def test_what_nobody_says_truly_is_guessed(title: str, name: str, declared: str):
    assert read(rss(title, declared).encode(name), "text/xml; charset=iso-8859-1").title == title


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "utf-16", "us-ascii", "gbk"])
def test_utf_8_is_seen_whatever_is_said(declared: str):
    assert read(rss(JAPANESE, declared).encode(), f"text/xml; charset={declared}").title == JAPANESE


def test_a_character_that_was_cut_in_half_spoils_only_itself():
    whole = rss(CHINESE, "gb2312").encode("gb2312")
    feed = read(whole.replace("高兴</title></item>".encode("gb2312"), b"\xb8</title></item>"))
    assert (feed.title, feed.entries[0].headline) == (CHINESE, f"{CHINESE[:-2]}\ufffd")


def test_too_little_is_not_guessed_at():
    assert read(rss("5 \x80 more").encode("latin-1")).title == "5 € more"


def test_a_declaration_behind_a_warning_counts():
    body = f"Warning: something in line 3\n{rss(RUSSIAN, 'koi8-r')}".encode("koi8-r")
    assert read(body).title == RUSSIAN


@pytest.mark.parametrize("name", ["utf-16", "utf-32", "cp500"])
def test_a_feed_without_entries_is_one_in_every_encoding(name: str):
    body = f"<?xml version='1.0' encoding='{name}'?><rss version='2.0'><channel/></rss>"
    assert read(body.encode(name), "text/html").entries == ()
    with pytest.raises(Unreadable, match="breaks off"):
        read(body.partition("</")[0].encode(name))


def test_what_mainframes_write_stays_for_the_parser():
    body = rss("Plain", "cp500").encode("cp500")
    assert in_utf8(body, "") == (body, False)
    assert read(body).title == "Plain"
