import pytest

from services.voices.languages import LANGUAGES, suggest_language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("The minister of the interior said that it was a start for the country.", "en-US"),
        ("Der Minister sagte, dass es ein Anfang ist und nicht das Ende.", "de"),
        ("Le ministre a dit que les mesures sont un début pour le pays.", "fr"),
        ("El ministro dijo que las medidas son un comienzo para los demás.", "es"),
        ("中国政府星期二宣布，2026年可再生能源增长了百分之十四。", "cmn"),
        ("東京は日本の首都です。", "ja"),
        ("مرحبا بالعالم", "ar"),
        ("این یک آزمایش است و چیز دیگری نیست، پس گوش کنید.", "fa"),
        ("Правительство объявило во вторник.", "ru"),
        ("Уряд оголосив у вівторок, що її сестра їде.", "uk"),
        ("정부는 화요일에 발표했다.", "ko"),
        ("שלום עולם", "he"),
        ("नमस्ते दुनिया", "hi"),
        ("รัฐบาลประกาศเมื่อวันอังคาร", "th"),
        ("அரசு செவ்வாயன்று அறிவித்தது", "ta"),
        ("მთავრობამ სამშაბათს განაცხადა", "ka"),
        ("အစိုးရက အင်္ဂါနေ့တွင် ကြေညာခဲ့သည်", "my"),
        ("Xyzzy plugh", ""),
        ("", ""),
        ("12 345", ""),
    ],
)
def test_a_language_is_guessed_or_left_open(text, tag):
    assert suggest_language(text) == tag


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_samples_are_in_the_language_they_are_for(language):
    guess = suggest_language(language.sample)
    related = {"yue": "cmn", "sr": "ru"}.get(language.tag, language.tag)

    assert (
        guess in {"", related, language.tag}
        or guess[:2] == language.tag[:2]
        or (language.tag in {"ca", "eo", "da", "nb", "sv", "pt", "pt-BR", "ro", "it", "hr", "bg"})
    )


def test_every_language_is_listed_once():
    assert len({language.tag for language in LANGUAGES}) == len(LANGUAGES)
    assert len({language.espeak for language in LANGUAGES}) == len(LANGUAGES)
