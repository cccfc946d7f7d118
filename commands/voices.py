"""flask voices: which voices there are, and fetching more."""

from importlib.util import find_spec

import click
from flask.cli import AppGroup

from commands.failures import told_in_words
from presentation import size
from services import voice_choice
from services.voices.piper_store import install

command = AppGroup("voices", help="Look after the voices that read stories.")


@command.command("list")
def list_command() -> None:
    """Print the id and name of every voice a reader can choose."""
    for info in voice_choice.list_voices():
        click.echo(f"{info.id}\t{info.label}")


@command.command("install")
@click.argument("name")
def install_command(name: str) -> None:
    """Fetch the Piper voice NAME, such as en_US-lessac-medium, and check it.

    The names are those of PIPER_VOICES_URL. Nothing that is there and right is fetched again.
    """
    with told_in_words():
        for path in install(name, voice_choice.voice_settings()):
            click.echo(f"{path} ({size(path.stat().st_size)})")
    click.echo(f"piper:{name} can read now; a running site offers it at once.")
    if find_spec("piper") is None:
        raise click.ClickException(
            "The package piper-tts is missing, without which the voice can't speak:"
            " .venv/bin/pip install piper-tts"
        )
