"""The media library: images and sounds, their files, and uploading more."""

from blueprints.media import uploading  # noqa: F401  (adds its pages to the blueprint)
from blueprints.media.views import bp

__all__ = ["bp"]
