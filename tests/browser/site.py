"""The site that the browser visits: the real app, served over HTTP, and what its readers keep."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

import scope
from app import create_app
from config import Settings, settings
from extensions import db
from models import NewsStory
from services import accounts, media
from services.storage import open_storage
from services.uploads import Limits, examine
from tests.factories import make_story, make_user
from tests.stored import make_stored_track


class Handler(WSGIRequestHandler):
    """Answers several requests on one connection, as the server of `make run` does."""

    protocol_version = "HTTP/1.1"

    def log(self, *args: Any) -> None:
        """Keep quiet."""


@dataclass(frozen=True)
class Reader:
    """Somebody with an account; the password is that of the factories."""

    id: UUID
    email: str


@dataclass(frozen=True)
class Site:
    """A running site, and ways to put into it what a test needs to be there."""

    app: Flask
    address: str

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Act within the app, as the owner of the tables; what is done is committed."""
        with self.app.app_context():
            scope.enter(scope.OWNER)
            yield

    def reader(self) -> Reader:
        """Make an account."""
        with self.inside():
            user = make_user()
            return Reader(user.id, user.email)

    def end_sessions(self, reader: Reader) -> None:
        """Sign a reader out everywhere."""
        with self.inside():
            accounts.end_sessions(reader.id)
            db.session.commit()

    def story(self, reader: Reader, headline: str, **columns: Any) -> UUID:
        """Keep a story."""
        with self.inside():
            return make_story(reader, headline, **columns).id

    def file(self, reader: Reader, name: str, data: bytes, story: UUID | None = None) -> UUID:
        """Keep a file as an upload would, in a story or only in the library."""
        with self.inside(), media.batch(open_storage()) as batch:
            prepared = examine(BytesIO(data), name, Limits.of(settings()))
            media_id = batch.store(reader.id, prepared, story)
            db.session.commit()
            return media_id

    def track(self, reader: Reader, story: UUID, data: bytes, **columns: Any) -> UUID:
        """Keep a narration with its sound."""
        with self.inside():
            row = db.session.get(NewsStory, story)
            return make_stored_track(reader, row, data, **columns).id


@contextmanager
def served(
    name: str, new_database: Callable[[str], str], make_settings: Callable[..., Settings]
) -> Iterator[Site]:
    """Serve the app on a port and a database of its own, from a thread of this process."""
    app = create_app(make_settings(database_url=new_database(name)))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(app, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()
