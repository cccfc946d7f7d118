"""The languages a story may be read in, with a sentence to try a voice on."""

import re
from typing import NamedTuple


class Language(NamedTuple):
    """`tag` is BCP 47; `espeak` is what espeak-ng calls it."""

    tag: str
    name: str
    espeak: str
    sample: str


ENGLISH = "This is how your stories sound when they are read aloud."
PORTUGUESE = "É assim que as suas notícias soam quando são lidas em voz alta."
SPANISH = "Así suenan sus noticias cuando se leen en voz alta."
FRENCH = "Voici comment vos articles sont lus à voix haute."
LANGUAGES = (
    Language("en-US", "English (United States)", "en-us", ENGLISH),
    Language("en-GB", "English (Great Britain)", "en", ENGLISH),
    Language("en-GB-scotland", "English (Scotland)", "en-gb-scotland", ENGLISH),
    Language("de", "German", "de", "So klingen Ihre Artikel, wenn sie vorgelesen werden."),
    Language("fr", "French", "fr", FRENCH),
    Language("fr-BE", "French (Belgium)", "fr-be", FRENCH),
    Language("es", "Spanish (Spain)", "es", SPANISH),
    Language("es-419", "Spanish (Latin America)", "es-419", SPANISH),
    Language("it", "Italian", "it", "Ecco come suonano i vostri articoli letti ad alta voce."),
    Language("pt", "Portuguese (Portugal)", "pt", PORTUGUESE),
    Language("pt-BR", "Portuguese (Brazil)", "pt-br", PORTUGUESE),
    Language("nl", "Dutch", "nl", "Zo klinken uw artikelen als ze worden voorgelezen."),
    Language("sv", "Swedish", "sv", "Så här låter dina artiklar när de läses upp."),
    Language("nb", "Norwegian", "nb", "Slik høres artiklene dine ut når de leses opp."),
    Language("da", "Danish", "da", "Sådan lyder dine artikler, når de læses op."),
    Language("fi", "Finnish", "fi", "Tältä uutisesi kuulostavat ääneen luettuina."),
    Language("is", "Icelandic", "is", "Svona hljóma fréttirnar þínar þegar þær eru lesnar upp."),
    Language("pl", "Polish", "pl", "Tak brzmią Twoje artykuły czytane na głos."),
    Language("cs", "Czech", "cs", "Takto znějí vaše články, když se čtou nahlas."),
    Language("sk", "Slovak", "sk", "Takto znejú vaše články, keď sa čítajú nahlas."),
    Language("hu", "Hungarian", "hu", "Így hangzanak a cikkei, ha felolvassák őket."),
    Language("ro", "Romanian", "ro", "Așa sună articolele dumneavoastră citite cu voce tare."),
    Language("bg", "Bulgarian", "bg", "Така звучат вашите статии, когато се четат на глас."),
    Language("hr", "Croatian", "hr", "Ovako zvuče vaši članci kada se čitaju naglas."),
    Language("sr", "Serbian", "sr", "Овако звуче ваши чланци када се читају наглас."),
    Language("ru", "Russian", "ru", "Так звучат ваши статьи, когда их читают вслух."),
    Language("uk", "Ukrainian", "uk", "Так звучать ваші статті, коли їх читають уголос."),
    Language("el", "Greek", "el", "Έτσι ακούγονται τα άρθρα σας όταν διαβάζονται δυνατά."),
    Language("tr", "Turkish", "tr", "Haberleriniz sesli okunduğunda böyle duyulur."),
    Language("ca", "Catalan", "ca", "Així sonen els vostres articles llegits en veu alta."),
    Language("eo", "Esperanto", "eo", "Tiel sonas viaj artikoloj, kiam oni laŭtlegas ilin."),
    Language("lt", "Lithuanian", "lt", "Taip skamba jūsų straipsniai, skaitomi balsu."),
    Language("lv", "Latvian", "lv", "Šādi skan jūsu raksti, kad tos lasa skaļi."),
    Language("et", "Estonian", "et", "Nii kõlavad teie artiklid ette loetuna."),
    Language("ar", "Arabic", "ar", "هكذا تبدو مقالاتك عندما تُقرأ بصوت عالٍ."),
    Language("fa", "Persian", "fa", "مقاله‌های شما هنگام بلندخوانی این‌گونه شنیده می‌شوند."),
    Language("he", "Hebrew", "he", "כך נשמעות הכתבות שלך כשקוראים אותן בקול."),
    Language("hi", "Hindi", "hi", "ज़ोर से पढ़े जाने पर आपके लेख ऐसे सुनाई देते हैं।"),
    Language("bn", "Bengali", "bn", "জোরে পড়লে আপনার লেখাগুলি এমন শোনায়।"),
    Language("ta", "Tamil", "ta", "உங்கள் கட்டுரைகள் வாசிக்கப்படும்போது இப்படித்தான் ஒலிக்கும்."),
    Language("te", "Telugu", "te", "మీ కథనాలు చదివినప్పుడు ఇలా వినిపిస్తాయి."),
    Language("kn", "Kannada", "kn", "ನಿಮ್ಮ ಲೇಖನಗಳನ್ನು ಓದಿದಾಗ ಹೀಗೆ ಕೇಳಿಸುತ್ತವೆ."),
    Language("ml", "Malayalam", "ml", "നിങ്ങളുടെ ലേഖനങ്ങൾ വായിക്കുമ്പോൾ ഇങ്ങനെയാണ് കേൾക്കുക."),
    Language("gu", "Gujarati", "gu", "તમારા લેખો મોટેથી વાંચવામાં આવે ત્યારે આવા સંભળાય છે."),
    Language("pa", "Punjabi", "pa", "ਤੁਹਾਡੇ ਲੇਖ ਉੱਚੀ ਪੜ੍ਹੇ ਜਾਣ ਤੇ ਇਸ ਤਰ੍ਹਾਂ ਸੁਣਾਈ ਦਿੰਦੇ ਹਨ।"),
    Language("ka", "Georgian", "ka", "ასე ჟღერს თქვენი სტატიები ხმამაღლა წაკითხვისას."),
    Language(
        "hy", "Armenian", "hy", "Այսպես են հնչում ձեր հոդվածները, երբ դրանք կարդում են բարձրաձայն։"
    ),
    Language("id", "Indonesian", "id", "Beginilah artikel Anda terdengar saat dibacakan."),
    Language("vi", "Vietnamese", "vi", "Bài viết của bạn nghe như thế này khi được đọc to."),
    Language("cmn", "Chinese (Mandarin)", "cmn", "您的文章朗读出来就是这个声音。"),
    Language("yue", "Chinese (Cantonese)", "yue", "您的文章朗讀出來就是這個聲音。"),
    Language("ko", "Korean", "ko", "기사를 소리 내어 읽으면 이렇게 들립니다."),
)
"""English first, as it is the default. Japanese and Thai are left out: espeak-ng cannot read kanji,
and spells Thai letter by letter."""

SCRIPTS = (
    ("ko", r"[\uac00-\ud7a3]"),
    ("ja", r"[\u3040-\u30ff]"),
    ("cmn", r"[\u3400-\u9fff]"),
    ("he", r"[\u0590-\u05ff]"),
    ("ar", r"[\u0600-\u06ff]"),
    ("hi", r"[\u0900-\u097f]"),
    ("bn", r"[\u0980-\u09ff]"),
    ("pa", r"[\u0a00-\u0a7f]"),
    ("gu", r"[\u0a80-\u0aff]"),
    ("or", r"[\u0b00-\u0b7f]"),
    ("ta", r"[\u0b80-\u0bff]"),
    ("te", r"[\u0c00-\u0c7f]"),
    ("kn", r"[\u0c80-\u0cff]"),
    ("ml", r"[\u0d00-\u0d7f]"),
    ("si", r"[\u0d80-\u0dff]"),
    ("th", r"[\u0e00-\u0e7f]"),
    ("lo", r"[\u0e80-\u0eff]"),
    ("bo", r"[\u0f00-\u0fff]"),
    ("my", r"[\u1000-\u109f]"),
    ("ka", r"[\u10a0-\u10ff]"),
    ("am", r"[\u1200-\u137f]"),
    ("km", r"[\u1780-\u17ff]"),
    ("hy", r"[\u0530-\u058f]"),
    ("el", r"[\u0370-\u03ff]"),
    ("ru", r"[\u0400-\u04ff]"),
)
SIGNS = (("fa", "ar", "پچژگک", ""), ("uk", "ru", "іїєґ", "ыэё"), ("bg", "ru", "ъ", "ыэё"))
"""Language, the more common one of its script, letters that tell it apart, letters it lacks."""
COMMON_WORDS = {
    "en": "the and of to that with for was this from have which",
    "de": "der die und das nicht mit ist den ein von auch sich wurde",
    "fr": "le la les des une est pas pour dans que qui avec sur",
    "es": "el los las una por con para que del como más según",
    "it": "il che di per una con sono della gli anche più nel",
    "pt": "os uma não para com que dos mais foi são pela ao",
    "nl": "het een van niet dat zijn voor met op ook wordt bij",
    "sv": "och att det som är för inte på har med till av",
    "nb": "og ikke som på det til har ble også etter fra",
    "da": "og ikke som på det til har blev også efter fra af",
    "pl": "nie się na że jest do jak oraz przez był",
    "tr": "ve bir bu için ile olarak daha çok olan gibi",
    "fi": "ja on ei että oli se myös kun mutta ovat",
}


def suggest_language(text: str) -> str:
    """Guess the language of a text as a tag, which may be none of `LANGUAGES`; "" when unsure.

    Scripts first, then the most common words; looks at the beginning only.
    """
    sample = text[:4000].casefold()
    letters = sum(character.isalpha() for character in sample)
    for tag, pattern in SCRIPTS:
        share = len(re.findall(pattern, sample)) / letters if letters else 0
        if share > (0.15 if tag in {"ja", "ko"} else 0.3):
            return next((other for other in SIGNS if _told_apart(sample, tag, *other)), (tag,))[0]
    words = re.findall(r"[^\W\d_]+", sample)
    counts = {
        tag: sum(word in common for word in words)
        for tag, common in ((tag, set(words.split())) for tag, words in COMMON_WORDS.items())
    }
    best = max(counts, key=lambda tag: counts[tag])
    sure = counts[best] >= max(2, len(words) / 20)
    return ("en-US" if best == "en" else best) if sure else ""


def _told_apart(sample: str, tag: str, _: str, script: str, signs: str, lacking: str) -> bool:
    found = sum(sample.count(sign) for sign in signs)
    letters = sum(character.isalpha() for character in sample)
    if script != tag or any(sign in sample for sign in lacking):
        return False
    return found >= 2 and found > letters / 100
