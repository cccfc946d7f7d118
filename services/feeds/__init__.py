"""Feeds: found, read, and their entries made into stories."""
