"""Texts that break things, for the tests of narration."""

from hypothesis import strategies as st

NASTY = [
    "a", "Hello", " ", "  ", "\n", "\n\n", "\t", ",", ".", "!?", "…", "—", "“", "”", "’",
    "é", "e\u0301", "ñ", "ß", "İ", "ﬁ", "日本", "中文。", "カタカナ", "Привет", "שלום", "العربية",
    "😀", "👨‍👩‍👧", "🇩🇪", "👍🏽", "1️⃣", "12", "3.14", "1,000,000", "2026-11-23", "$5", "€7.50", "50%",
    "\u200b", "\u00ad", "\x01", "\x07", "\ufeff", "<b>", "[[x]]", "&amp;", "{", "}", "_", "~",
    "\\", "नमस्ते", "क्ष", "한국어", "ภาษาไทย", "\U0001d49c", "ǅ", "Ⅷ", "½", "²", "-->", "Dr.",
    "e.g.", "U.S.", "https://example.org/a?b=1", "a" * 80, "`code`", "**bold**", "| x | y |",
]  # fmt: skip

nasty_text = st.lists(st.sampled_from(NASTY), max_size=40).map("".join)
any_text = st.one_of(
    nasty_text,
    st.text(max_size=200),
    st.lists(st.sampled_from([*NASTY, " ", " "]), max_size=80).map(" ".join),
)
prose = st.lists(
    st.sampled_from(
        ["The rain", "came late.", "Nobody", "knew why;", "Was it?", "Yes!", "\n\n", "日本語。"]
    ),
    min_size=1,
    max_size=120,
).map(" ".join)
