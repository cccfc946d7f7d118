"""The pictures of a story's text as its page shows them."""

from collections.abc import Mapping

from flask import url_for

from services.markdown import Picture
from services.story_pictures import Arranged


def shown_in_text(arranged: Arranged) -> Mapping[str, Picture]:
    """Return where each picture of a text is here, by the address that the text has for it."""
    return {
        address: Picture(
            src=url_for("media.file" if one.stored else "media.thumbnail", media_id=one.id),
            page=url_for("media.show", media_id=one.id),
            width=one.width if one.height else None,
            height=one.height,
        )
        for address, one in arranged.inside.items()
    }
