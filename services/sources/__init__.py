"""A reader's sources: found, kept, visited by the worker, and taken along."""
