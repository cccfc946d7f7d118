"""flask users: accounts, from the machine that Earshot runs on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

import scope
from commands.failures import told_in_words
from config import settings
from errors import Conflict
from extensions import db
from models import Role
from presentation import size
from queries import accounts as account_queries
from queries.holdings import holdings_of
from services import account_deletion, accounts, mail, passwords, people, registration

command = AppGroup("users", help="Add people, and help those who can't get in.")


@command.command("add")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make an admin; the very first account always is.")
def add(email: str, admin: bool) -> None:
    """Make an account. Without a terminal to ask at, the password is made up and printed."""
    asked = _ask() if _at_a_terminal() else ""
    password = asked or passwords.generate()
    with _in_one_go():
        account = registration.add(email, password, Role.ADMIN if admin else Role.READER)
    what = "an admin" if account.role == Role.ADMIN else "a reader"
    click.echo(f"{account.email} is {what} now.")
    if not asked:
        click.echo(f"Password: {password}")


@command.command("reset-password")
@click.argument("email")
def reset_password(email: str) -> None:
    """Print a link that sets a new password, once, within the hour."""
    with _in_one_go():
        account = accounts.find_by_email(email)
        _, secret = people.send_reset(account.id, by=None)
    click.echo(mail.link_to("accounts.reset", token=secret))


@command.command("sign-out")
@click.argument("email")
def sign_out(email: str) -> None:
    """End every session of somebody, at once."""
    with _in_one_go():
        account = accounts.find_by_email(email)
        people.sign_out(account.id, by=None)
    click.echo(f"{account.email} is signed out everywhere.")


@command.command("invite")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Invite an admin.")
def invite(email: str, admin: bool) -> None:
    """Print a link to make an account, once, within seven days; mail it where mail is set up."""
    role = Role.ADMIN if admin else Role.READER
    with _in_one_go():
        if not account_queries.anybody():
            raise Conflict(
                "Nobody has an account yet, and the first one is the admin's. Make it on the site,"
                " or with: flask users add EMAIL"
            )
        address, secret = people.invite(email, role, by=None)
    click.echo(mail.link_to("accounts.register", invite=secret))
    if settings().registration == "closed":
        click.echo("REGISTRATION is closed: the link works once it is invite or open.", err=True)
    if settings().smtp_url:
        mail.post(mail.invitation_letter(address, secret, role)).result()


@command.command("promote")
@click.argument("email")
def promote(email: str) -> None:
    """Make somebody an admin, at once."""
    with _in_one_go():
        account = accounts.find_by_email(email)
        people.set_role(account.id, Role.ADMIN, by=None)
    click.echo(f"{account.email} is an admin now.")


@command.command("demote")
@click.argument("email")
def demote(email: str) -> None:
    """Make an admin a reader, at once; the last admin stays one."""
    with _in_one_go():
        account = accounts.find_by_email(email)
        people.set_role(account.id, Role.READER, by=None)
    click.echo(f"{account.email} is a reader now.")


@command.command("suspend")
@click.argument("email")
@click.option("--reason", required=True, help="Why; only admins see it.")
def suspend(email: str, reason: str) -> None:
    """Let somebody not in any more; nothing of theirs is touched."""
    with _in_one_go():
        account = accounts.find_by_email(email)
        people.suspend(account.id, reason=reason, by=None)
    click.echo(f"{account.email} is suspended and signed out everywhere.")


@command.command("restore")
@click.argument("email")
def restore(email: str) -> None:
    """Let a suspended account in again."""
    with _in_one_go():
        account = accounts.find_by_email(email)
        people.restore(account.id, by=None)
    click.echo(f"{account.email} may sign in again.")


@command.command("delete")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.option("--dry-run", is_flag=True, help="Say what would go; delete nothing.")
def delete(email: str, yes: bool, dry_run: bool) -> None:
    """Delete somebody with everything they own: rows and stored files."""
    with told_in_words():
        scope.enter(scope.OWNER)
        account = accounts.find_by_email(email)
        held = holdings_of(account.id)
        if held:
            click.echo(
                f"{account.email} has {held.stories:,} stories, {held.images + held.sounds:,} files"
                f" and {held.narrations:,} narrations ({size(held.bytes)})."
            )
        if dry_run:
            return
        if not yes:
            click.confirm("Delete all of it, for good?", abort=True)
        deleted = account_deletion.delete(account.id, by=None)
        db.session.commit()
    left = account_deletion.discard(deleted)
    click.echo(f"{deleted.email} is deleted.")
    if left:
        click.echo(f"A worker removes the {left:,} files that are left.")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _ask() -> str:
    typed: str = click.prompt(
        "Password (leave it empty to have one made)",
        default="",
        show_default=False,
        hide_input=True,
        confirmation_prompt=True,
    )
    return typed


@contextmanager
def _in_one_go() -> Iterator[None]:
    """Act for accounts and commit at the end; a planned failure is told in its own words."""
    with told_in_words():
        scope.enter(scope.ACCOUNTS)
        yield
        db.session.commit()
