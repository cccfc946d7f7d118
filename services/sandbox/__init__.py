"""Reading what strangers wrote in child processes that may hang, crash or be killed.

They have little memory and time, read from one pipe and write to another, and are used again
until one of them fails or nobody has needed them for a while.
"""

from services.sandbox.pool import PATIENCE, Busy, Failed, read_article, read_feed, read_links

__all__ = ["PATIENCE", "Busy", "Failed", "read_article", "read_feed", "read_links"]
