"""What RSS and Atom entries have attached: recordings and pictures."""

from typing import Any

from services.feeds.entries import by_width
from services.feeds.model import Attached


def attached_to(raw: Any) -> list[Attached]:
    """Return what an entry has attached, its recordings first; addresses are as they stand."""
    found: list[Attached] = []
    pictures: list[tuple[int, Attached]] = []
    for one in raw.get("media_content") or []:
        attachment = _attachment(one, "url", one.get("medium"))
        is_picture = attachment.kind == "image" or attachment.content_type.startswith("image/")
        if is_picture:
            pictures.append((_width(one), attachment))
        else:
            found.append(attachment)
    small = [
        (_width(one), _attachment(one, "url", "image")) for one in raw.get("media_thumbnail") or []
    ]
    image = raw.get("image")
    drawn = (
        [Attached(str(image["href"]), "image")]
        if hasattr(image, "get") and image.get("href")
        else []
    )
    enclosures = [_attachment(one, "href", None) for one in raw.get("enclosures") or []]
    # A picture that is enclosed is meant to stand with the story; a thumbnail stands in for one.
    every = [*enclosures, *found, *by_width(pictures), *by_width(small), *drawn]
    return [one for one in every if one.url.strip()]


def _width(one: Any) -> int:
    width = str(one.get("width") or "").removesuffix("px")
    return int(width) if width.isdecimal() and len(width) < 6 else 0


def _attachment(one: Any, name: str, medium: Any) -> Attached:
    length = str(one.get("length") or one.get("filesize") or "")
    size = int(length) if length.isdecimal() and 0 < len(length) < 13 else None
    kind = medium if medium in {"image", "audio"} else ""
    return Attached(str(one.get(name) or ""), kind, str(one.get("type") or ""), size or None)
