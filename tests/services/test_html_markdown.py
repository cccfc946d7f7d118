import re
import time

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import markdown
from services.html_markdown import to_markdown
from services.html_tree import to_text, web_address
from services.markdown_writing import shortened

BASE = "https://example.org/a/page"


def written(html: str) -> str:
    return to_markdown(html, BASE).text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<p>One <b>bold</b> and <i>leaning</i></p><p>Two</p>",
            "One **bold** and *leaning*\n\nTwo",
        ),
        ("<h1>Head</h1><h3>Lower</h3>", "## Head\n\n### Lower"),
        ("<a href='/x?a=(b)'>link</a>", "[link](https://example.org/x?a=%28b%29)"),
        ("<a href='#part'>part</a> <a>bare</a>", "part bare"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n\n  - c"),
        ("<ol start=3><li>x<li>y</ol>", "3. x\n4. y"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre><code>x  y\n  `z`</code></pre>", "```\nx  y\n  `z`\n```"),
        ("a <code>b`c</code>", "a ``b`c``"),
        ("one<br>two<br><br>three", "one\\\ntwo\n\nthree"),
        ("<img src='p.png' alt='A cat'>", "![A cat](https://example.org/a/p.png)"),
        ("<img src='t.gif' width=1 height=1>x", "x"),
        ("<img data-src='/lazy.png' src='data:x'>", "![Picture](https://example.org/lazy.png)"),
        ("<img data-lazy-src='/l.png' src='data:x'>", "![Picture](https://example.org/l.png)"),
        ("<img srcset='/s.png 300w, /b.png 900w'>", "![Picture](https://example.org/s.png)"),
        ("<a href='https://bücher.example/ü'>b</a>", "[b](https://xn--bcher-kva.example/%C3%BC)"),
        # A table of one row only puts things beside one another.
        ("<table><tr><td><p>left</p></td><td>right</td></tr></table>", "left\n\nright"),
        ("<noscript><img src='/n.png'></noscript>", "![Picture](https://example.org/n.png)"),
        ("<table><tr><th>a<th>b|<tr><td>1<td>2</table>", "| a | b\\| |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><td><p>layout</p></td></tr></table>", "layout"),
        (
            "<iframe src='https://video.test/1'></iframe>",
            "[Shown at video.test](https://video.test/1)",
        ),
        ("<q>so</q> <del>old</del>", "“so” ~~old~~"),
        ("<dl><dt>Term<dd>Meaning</dl>", "**Term**\n\nMeaning"),
        ("&lt;b&gt; &amp;amp; 2 * 3 _x_ [y](z)", r"\<b> \&amp; 2 \* 3 \_x\_ \[y\](z)"),
        ("<p># no<p>- no<p>1. no<p>&gt; no", "\\# no\n\n\\- no\n\n1\\. no\n\n\\> no"),
        ("", ""),
    ],
)
def test_what_html_says_is_written_as_markdown(html: str, text: str):
    assert written(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<style>x{}</style>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<img src=x onerror=alert(1)>",
        "<img src='javascript:alert(1)'>",
        "<svg><a xlink:href='javascript:alert(1)'>x</a><script>alert(1)</script></svg>",
        "<math><mtext><script>alert(1)</script></mtext></math>",
        "<iframe src='javascript:alert(1)'></iframe><iframe srcdoc='<script>alert(1)</script>'>",
        "<object data='x'></object><embed src='x'><form action='javascript:x'><button>x</form>",
        "[x](javascript:alert(1)) <javascript:alert(1)> ![x](data:x)",
        "`<script>alert(1)</script>`",
        "<pre>```\n<script>alert(1)</script></pre>",
        "<a href='https://e.org/)[x](javascript:alert(1))'>x</a>",
        "<a href='https://e.org'>](javascript:alert(1))</a>",
        "<img src='https://e.org' alt='](javascript:alert(1))'>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
def test_nothing_of_it_can_do_anything_on_a_page(html: str):
    page = markdown.to_html(written(html))
    assert nh3.clean(page, tags=markdown.TAGS, link_rel="noopener noreferrer nofollow") == page
    links = re.findall(r'href="([^"]*)"', page)
    assert all(link.startswith(("https://", "http://", "mailto:")) for link in links)
    assert "<script" not in page
    assert "<img" not in page


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Co"]), max_size=200))
def test_plain_words_read_back_as_they_were(words: str):
    html = words.replace("&", "&amp;").replace("<", "&lt;")
    shown = markdown.to_html(written(f"<p>{html}</p>"))
    plain = " ".join(to_text(f"<p>{html}</p>").split())
    assert " ".join(to_text(shown).split()) == plain


@settings(deadline=None)
@given(st.text(alphabet="<>/ab\"'= !-[]()`*_~#&;\n\\|divspanulliaimg", max_size=120))
def test_no_text_breaks_it(html: str):
    page = markdown.to_html(written(html))
    assert "<script" not in page


@pytest.mark.parametrize("opening", ["<b>", "<blockquote>", "<ul><li>", "<table><tr><td>"])
def test_deep_nesting_is_flattened(opening: str):
    assert written(f"{opening * 2000}end").rstrip("*").endswith("end")


def test_pictures_are_named_in_order():
    found = to_markdown("<img src=a.png><p><img src=/b.png></p>", BASE)
    assert found.pictures == ["https://example.org/a/a.png", "https://example.org/b.png"]


def test_a_long_text_is_cut_at_a_paragraph():
    text = "\n\n".join(f"Paragraph {n}" for n in range(100))
    cut = shortened(text, 500)
    assert len(cut) <= 500
    assert cut.endswith("\n\n…")
    assert cut.removesuffix("\n\n…") in text


@pytest.mark.parametrize(
    "address",
    ["", "javascript:1", "//", "http://", "ftp://x/", "data:,x", "http://[::1", "mailto:"],
)
def test_what_leads_nowhere_is_no_link(address: str):
    assert web_address(address, "") in {None, "mailto:"}


def test_tags_within_tags_without_end_take_no_time():
    began = time.monotonic()
    for tag in ("div", "b", "ul><li", "table><tr><td", "blockquote"):
        assert "x" in written(f"<{tag}>" * 50_000 + "x")
    assert time.monotonic() - began < 20
    assert written("<div>" * 300 + "a" + "</div>" * 300 + "<b>c</b>").endswith("**c**")
