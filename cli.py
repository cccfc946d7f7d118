"""The flask commands; each lives in commands/ beside others of its subject."""

from importlib import import_module

from flask import Flask

COMMANDS = (
    "up",
    "database",
    "users",
    "subscriptions",
    "storage",
    "voices",
    "worker",
    "archive",
    "demo",
)


def register(app: Flask) -> None:
    """Attach the commands to `app`."""
    for name in COMMANDS:
        app.cli.add_command(import_module(f"commands.{name}").command)
