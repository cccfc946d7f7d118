"""Mail: written here, delivered in the background so that nobody waits for it."""

import logging
import smtplib
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from functools import cache
from ssl import create_default_context
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from flask import current_app

from config import Settings, settings
from models.accounts import Role

log = logging.getLogger(__name__)

_TIMEOUT = 15.0
_WAITS = (0.0, 2.0, 10.0)
"""Seconds before each attempt; a greylisting or restarting server gets a second chance."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one address, with the link that it is about."""

    to: str
    subject: str
    body: str = field(repr=False)
    link: str = field(repr=False)


def reset_letter(email: str, secret: str) -> Letter:
    """Write the message with a link to set a new password."""
    link = link_to("accounts.reset", token=secret)
    body = _write("mail/reset.txt", email=email, link=link)
    return Letter(email, "Set a new password for Earshot", body, link)


def invitation_letter(email: str, secret: str, role: Role) -> Letter:
    """Write the message that invites somebody to make an account."""
    link = link_to("accounts.register", invite=secret)
    body = _write("mail/invitation.txt", email=email, link=link, role=role)
    return Letter(email, "You are invited to Earshot", body, link)


def link_to(endpoint: str, **values: str) -> str:
    """Return the address of a page as people reach it, also outside of a request.

    Built on the settings and never on the Host header, which whoever asks may choose.
    """
    paths = current_app.url_map.bind("localhost")
    return settings().public_url + paths.build(endpoint, values)


def post(letter: Letter | None) -> "Future[None]":
    """Deliver `letter` in the background; None does nothing, in the same time.

    Without a mail server the link goes to the log. Failures are logged and not raised.
    """
    return _carriers().submit(_deliver, settings(), letter)


def send(config: Settings, letter: Letter) -> None:
    """Hand `letter` to the mail server now.

    Raises:
        OSError: the server could not be reached, or refused (smtplib's errors are OSErrors).
    """
    assert config.smtp_url
    url = urlsplit(config.smtp_url.get_secret_value())
    message = EmailMessage()
    message["From"] = config.mail_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    sender = parseaddr(config.mail_from)[1]
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    with _connect(url) as server:
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message, from_addr=sender, to_addrs=[letter.to])


def _write(template: str, **values: str) -> str:
    # Not render_template, whose context processors want a request; commands write mail too.
    text = current_app.jinja_env.get_template(template)
    return text.render(site=settings().public_url, **values)


def _connect(url: SplitResult) -> smtplib.SMTP:
    host = url.hostname or "localhost"
    if url.scheme == "smtps":
        context = create_default_context()
        return smtplib.SMTP_SSL(host, url.port or 465, timeout=_TIMEOUT, context=context)
    starttls = parse_qs(url.query).get("starttls", ["0"])[0] in {"1", "true", "yes"}
    server = smtplib.SMTP(host, url.port or (587 if starttls else 25), timeout=_TIMEOUT)
    if starttls:
        try:
            server.starttls(context=create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _deliver(config: Settings, letter: Letter | None) -> None:
    if letter is None:
        return
    if config.smtp_url is None:
        log.warning("no mail server is set; the link for %s is %s", letter.to, letter.link)
        return
    for wait in _WAITS:
        time.sleep(wait)
        try:
            send(config, letter)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            log.warning("mail to %s was refused: %s", letter.to, error)
            if all(code >= 500 for code in codes):
                return
        except (OSError, ValueError) as error:
            log.warning("mail to %s could not be sent: %s", letter.to, error)
        else:
            log.info("mail to %s was sent: %s", letter.to, letter.subject)
            return
    log.error("gave up on mail to %s: %s", letter.to, letter.subject)


@cache
def _carriers() -> ThreadPoolExecutor:
    """Start the threads with the first message, after the server has forked."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")
