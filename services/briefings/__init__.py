"""Briefings: a reader's newest stories as one sound, once a day or when they ask for it."""
