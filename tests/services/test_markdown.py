"""Stories' Markdown as HTML and as plain words."""

from dataclasses import replace

import pytest

from services import markdown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        '[x](https://a.test "onmouseover=alert(1)")',
        "`<b onclick=alert(1)>`",
        "<https://a.test/?<script>>",
    ],
)
def test_nothing_in_a_text_becomes_active(text):
    html = markdown.to_html(text)
    for active in ("<script", "<img", "<svg", "<b ", 'href="javascript', 'href="data'):
        assert active not in html


def test_links_lists_quotes_headings_and_tables_are_rendered():
    html = markdown.to_html("## A\n\n- b\n\n> c\n\n[d](https://e.test)\n\n|f|\n|-|\n|g|\n\n~~h~~")
    for tag in ("<h2>A", "<li>b", "<blockquote>", 'href="https://e.test"', "<td>g", "<s>h"):
        assert tag in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    ("text", "tags"), [("# a\n\n## b", "h2h3"), ("### a\n\n###### b", "h2h5"), ("a\n===", "h2")]
)
def test_the_highest_heading_stands_right_below_the_headline(text, tags):
    html = markdown.to_html(text)
    assert "".join(f"h{n}" for n in range(1, 7) if f"<h{n}>" in html) == tags


def test_a_picture_elsewhere_is_a_link_so_that_reading_is_not_told_to_others():
    html = markdown.to_html("![The bridge](https://a.test/b.jpg)")
    assert html == (
        '<p><a href="https://a.test/b.jpg" rel="noopener noreferrer nofollow">The bridge</a></p>\n'
    )


def test_a_picture_that_is_here_is_shown_and_nothing_else_becomes_one():
    here = markdown.Picture("/media/1/file", "/media/1", 30, 20)
    pictures = {"https://a.test/b.jpg": here, "https://a.test/c.jpg": replace(here, width=None)}
    html = markdown.to_html(
        '![A "bell"](https://a.test/b.jpg) ![](https://a.test/c.jpg) ![x](/d.jpg)'
        ' <img src="/e.jpg" onerror="x">',
        pictures,
    )
    assert html.count("<img") == 2
    assert (
        '<img src="/media/1/file" alt="A &quot;bell&quot;" width="30" height="20"'
        ' loading="lazy" decoding="async">'
    ) in html
    assert '<a href="/media/1" rel' in html
    assert "<img" not in markdown.to_html("![x](https://a.test/b.jpg)")


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("![a](https://a.test/b.jpg)\n\nWords", "https://a.test/b.jpg"),
        ("![a](https://a.test/b.jpg) words", None),
        ("Words\n\n![a](https://a.test/b.jpg)", None),
        ("", None),
    ],
)
def test_a_picture_that_opens_a_text_can_be_left_out(text, opening):
    assert markdown.opening_picture(text) == opening
    shown = markdown.to_html(text, above="https://a.test/b.jpg")
    assert ("b.jpg" in shown) is (opening is None and bool(text))


def test_pictures_are_named_once_each_if_they_are_on_the_web():
    text = "# ![a](https://a.test/1)\n- ![b](http://a.test/2?x=é)\n\n[![c](https://a.test/1)](x)"
    more = "![d](data:image/png,x) ![e](/f) `![g](https://a.test/3)`\n\n    ![h](https://a.test/4)"
    assert markdown.pictures_of(f"{text}\n\n{more}") == [
        "https://a.test/1",
        "http://a.test/2?x=%C3%A9",
    ]


def test_a_picture_in_a_link_is_that_link():
    text = "[before ![c](https://a.test/1)](https://b.test) ![d](https://a.test/1)"
    own = markdown.Picture("/media/1/file", "/media/1")
    html = markdown.to_html(text, {"https://a.test/1": own})
    inside, _, behind = html.partition("</a>")
    assert inside.startswith('<p><a href="https://b.test" rel')
    assert 'before <img src="/media/1/file" alt="c"' in inside
    assert '<a href="/media/1" rel' in behind
    inside, _, behind = markdown.to_html(text).partition("</a>")
    assert inside.endswith(">before c")
    assert '<a href="https://a.test/1"' in behind


def test_an_excerpt_is_plain_and_cut_at_a_word():
    text = "# Title\n\nSome **bold** [words](https://a.test) and `code`.\n\n```\nsecret\n```\nEnd."
    assert markdown.excerpt(text) == "Title Some bold words and code. End."
    assert markdown.excerpt("one two three four", 9) == "one two…"
    assert markdown.excerpt("x" * 100, 10) == "x" * 10 + "…"
    assert markdown.excerpt("") == ""
