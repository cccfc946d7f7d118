"""Writing Markdown that reads back as exactly the words that went in."""

import re

_MARKS = re.compile(r"([\\`*\[\]<~|])")
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_BLOCK_START = re.compile(r"^(?:([#>+=-])|(\d{1,9})([.)])(?=\s|$))")
_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff\ud800-\udfff]")


def escaped(text: str) -> str:
    """Return words for the middle of a line; runs of space become one."""
    text = _SPACE.sub(" ", _CONTROL.sub("", text))
    return _ENTITY.sub(r"\\&", _UNDERSCORE.sub(r"\\_", _MARKS.sub(r"\\\1", text)))


def block_text(line: str) -> str:
    """Return a paragraph of an escaped line; no line of it begins like another block."""
    lines = [_SPACE.sub(" ", one).strip() for one in line.split("\\\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    # Two breaks in a row part paragraphs.
    paragraphs = re.split(r"\n{2,}", "\n".join(lines))
    return "\n\n".join(
        "\\\n".join(_plain_start(one) for one in paragraph.split("\n")) for paragraph in paragraphs
    )


def code_span(text: str) -> str:
    """Return words as code in a line."""
    text = _SPACE.sub(" ", _CONTROL.sub("", text)).strip()
    if not text:
        return ""
    mark = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{pad}{text}{pad}{mark}"


def fence(text: str) -> str:
    """Return lines as a block of code."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    if not text.strip():
        return ""
    mark = "`" * max(3, _longest_run(text) + 1)
    return f"{mark}\n{text}\n{mark}"


def around(mark: str, inner: str) -> str:
    """Return emphasised words; the space at their ends stays outside."""
    words = inner.strip()
    if not words or "\n" in words or words.startswith(mark[0]) or words.endswith(mark[0]):
        return inner
    before = inner[: len(inner) - len(inner.lstrip())]
    after = inner[len(inner.rstrip()) :]
    return f"{before}{mark}{words}{mark}{after}"


def table(rows: list[list[str]]) -> str:
    """Return a table whose first row is its head; cells are escaped lines."""
    rows = [row for row in rows if row]
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    lines = []
    for number, row in enumerate(rows):
        cells = [" ".join(one.replace("\\\n", " ").split()) for one in row]
        cells += [""] * (width - len(cells))
        lines.append("| " + " | ".join(cells) + " |")
        if number == 0:
            lines.append("|" + " --- |" * width)
    return "\n".join(lines)


def shortened(text: str, longest: int) -> str:
    """Return `text`, cut at the end of a paragraph when it is too long."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 2]
    place = max(cut.rfind("\n\n"), cut.rfind(" ") if cut.rfind("\n\n") < longest // 2 else -1)
    cut = cut[:place] if place > longest // 2 else cut
    return cut.rstrip().rstrip("\\") + "\n\n…"


def _plain_start(line: str) -> str:
    found = _BLOCK_START.match(line)
    if not found:
        return line
    if found[1]:
        return "\\" + line
    return f"{found[2]}\\{found[3]}" + line[found.end() :]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
