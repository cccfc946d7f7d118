import pytest
from hypothesis import given

from services.spoken_text import NothingToSay, clean, from_markdown
from tests.services.texts import any_text

STORY = """\
# Rain *at noon*

The [ministry](https://example.org/m) said so; see <https://example.org/x> or
https://example.org/y?z=1. More at www.example.org/a (https://example.org/b).

![A picture of rain](rain.png "Rain")

```python
print("code")
```

Run `git commit`, not `rm -rf /`.

- Apples
- [x] Pears ~~and plums~~
  - Williams

3. Third
4. Fourth

> Said someone.

| Name | Age |
|------|-----|
| Ann  | 30  |

<div><p>In HTML &amp; more</p><script>alert(1)</script></div>
"""


def test_a_story_is_read_without_addresses_code_and_pictures():
    assert from_markdown(STORY, "Rain at noon") == (
        "Rain at noon\n\n"
        "The ministry said so; see or. More at.\n\n"
        "Run git commit, not.\n\n"
        "Apples\nPears\nWilliams\n\n"
        "3. Third\n4. Fourth\n\n"
        "Said someone.\n\n"
        "Name, Age\nAnn, 30\n\n"
        "In HTML & more"
    )


def test_the_headline_comes_first_unless_the_text_starts_with_it():
    assert from_markdown("It rained.", "Weather") == "Weather\n\nIt rained."
    assert from_markdown("# Weather\n\nIt rained.", "Weather") == "Weather\n\nIt rained."


@pytest.mark.parametrize(
    "markdown",
    ["", "  \n ", "```\ncode\n```", "![only](picture.png)", "https://example.org", "!!! … — $", "\0",
     "\ud800", "***", "<script>x</script>", "`rm -rf /`"],
)  # fmt: skip
def test_nothing_to_say_is_said_in_words(markdown):
    with pytest.raises(NothingToSay, match="no words to read aloud"):
        from_markdown(markdown)


@pytest.mark.parametrize("text", ["😀", "5", "سلام", "中", "a"])
def test_one_sign_is_enough(text):
    assert clean(text) == text


@given(any_text)
def test_cleaning_twice_changes_nothing_and_leaves_no_poison(text):
    try:
        cleaned = clean(text)
    except NothingToSay:
        return
    assert clean(cleaned) == cleaned
    cleaned.encode()
    assert "\0" not in cleaned
    assert "\r" not in cleaned
    assert "\n\n\n" not in cleaned
    assert "  " not in cleaned


@given(any_text)
def test_any_markdown_is_read_or_refused(markdown):
    try:
        spoken = from_markdown(markdown)
    except NothingToSay:
        return
    assert "https://" not in spoken
    assert clean(spoken) == spoken


def test_an_address_ends_where_its_sentence_goes_on():
    assert from_markdown("参见https://example.org/a。然后继续。") == "参见。然后继续。"
    assert from_markdown("Go (see https://example.org/a_(b)), then on.") == "Go (see), then on."


def test_poison_is_taken_out_and_the_rest_stays():
    assert clean("a\ud800b\0c\x07d\u200be\r\nf") == "abcde\nf"


def test_a_row_of_the_same_emoji_is_said_once():
    assert from_markdown("Fire 🔥🔥🔥 everywhere") == "Fire 🔥 everywhere"
