"""The media library: images and sounds, their files, and uploading more."""

from blueprints.media import keeping, uploading  # noqa: F401  (they add their pages to the blueprint)
from blueprints.media.views import bp

__all__ = ["bp"]
