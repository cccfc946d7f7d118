"""Everything of a reader as one file, and back again: docs/archive.md describes the file."""
