"""Pictures as podcast apps take them."""

import hashlib
from io import BytesIO

from PIL import Image

from extensions import cache
from services.caching import HOUR
from services.storage import open_storage

QUALITY = 85


def as_jpeg(thumbnail_key: str) -> bytes:
    """Return a thumbnail as JPEG, from the cache if it is there: few apps show WebP.

    Only for a picture that was looked up for its reader: the cache doesn't ask.

    Raises:
        ObjectMissing, StorageError: storage doesn't give it.
    """
    key = f"podcast-picture:{hashlib.sha256(thumbnail_key.encode()).hexdigest()}"
    kept = cache.get(key)
    if isinstance(kept, bytes):
        return kept
    with open_storage().open(thumbnail_key) as body, Image.open(BytesIO(body.read())) as seen:
        made = BytesIO()
        _on_white(seen).save(made, "JPEG", quality=QUALITY, optimize=True)
    cache.set(key, made.getvalue(), timeout=HOUR)
    return made.getvalue()


def _on_white(seen: Image.Image) -> Image.Image:
    """Put a picture that lets its ground shine through on white, which JPEG can't do without."""
    if not seen.has_transparency_data:
        return seen.convert("RGB")
    ground = Image.new("RGB", seen.size, "white")
    ground.paste(seen, mask=seen.convert("RGBA").getchannel("A"))
    return ground
