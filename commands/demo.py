"""`flask demo`: an account that looks as if somebody lived in it."""

import secrets
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

import click
from flask.cli import with_appcontext

import scope
from commands.failures import told_in_words
from config import settings
from extensions import db
from models import Role
from queries import accounts as account_queries
from services import media, narration, news, registration
from services.demo.pictures import landscape
from services.demo.sounds import ambience
from services.demo.stories import STORIES, Sample
from services.narration import Wish
from services.storage import open_storage
from services.uploads import Limits, Prepared, examine
from services.worker.loop import do_now
from services.worker.work import End

EMAIL = "demo@earshot.example"
READ_ALOUD = 6
"""How many of the newest stories have a narration."""


@click.command("demo")
@click.option("--email", default=EMAIL, show_default=True, help="Whose account to fill.")
@with_appcontext
def command(email: str) -> None:
    """Fill an account with a dozen sample stories, pictures, sounds and narrations, all made here.

    An account that does not exist yet is made, with a password that is printed once. Stories
    that are there already stay as they are.
    """
    with told_in_words():
        scope.enter(scope.ACCOUNTS)
        user_id = _account(email)
        scope.enter(scope.READER, user_id)
        written = [one for sample in reversed(STORIES) if (one := _write(user_id, sample))]
        read = sum(_narrate(user_id, news_id) for news_id in written[-READ_ALOUD:])
    click.echo(
        f"{email} has {len(written)} new stories, {read} of them read aloud."
        f" Sign in at {settings().public_url}/login"
    )


def _account(email: str) -> UUID:
    found = account_queries.find_credentials(email)
    if found:
        return found.account.id
    password = secrets.token_urlsafe(9)
    account = registration.add(email, password, Role.READER)
    db.session.commit()
    click.echo(f"Made the account {email} with the password {password}")
    return account.id


def _write(user_id: UUID, sample: Sample) -> UUID | None:
    """Store a story with its files and return its id, or None when it is there already."""
    files = [_prepared(landscape(seed), f"{words}.jpg") for seed, words in sample.pictures]
    if sample.sound:
        files.append(_prepared(ambience(len(sample.headline)), f"{sample.sound}.mp3"))
    when = datetime.now(UTC) - timedelta(hours=sample.hours_ago)
    draft = news.Draft(sample.headline, sample.content, sample.source_url, when)
    try:
        with media.batch(open_storage()) as batch:
            news_id = news.create(user_id, draft, created_at=when)
            kept = batch.store_for_story(user_id, news_id, files)
            for media_id, (_, words) in zip(kept, sample.pictures, strict=False):
                media.edit(user_id, media_id, title=words, alt_text=words)
            db.session.commit()
    except news.DuplicateSource:
        db.session.rollback()
        return None
    return news_id


def _narrate(user_id: UUID, news_id: UUID) -> bool:
    """Have a story read here and now, as the worker would; a running one may be faster."""
    asked = narration.ask(user_id, news_id, Wish())
    db.session.commit()
    if asked.generation_id is None:
        return False
    return do_now(asked.generation_id) in {End.COMPLETED, None}


def _prepared(data: bytes, name: str) -> Prepared:
    return examine(BytesIO(data), name, Limits.of(settings()))
