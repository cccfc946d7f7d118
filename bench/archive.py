"""Archives of a small and a large account in one process: time, and how far its memory grows.

    python -m bench.archive [STORIES]

Each story has a picture with its thumbnail. A first, small round trip loads whatever is loaded
once. The peak of a phase is what the system says of this process, counted anew for each.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image
from sqlalchemy import Connection, text

from bench.house import House, house
from commands.archive import Shown
from services.archive import work
from services.archive.report import Report
from services.storage import MEDIA, THUMBNAILS, new_key, open_storage
from services.uploads import Limits, examine

SMALL = 200
WORDS = "The queue reached the fish market before seven, and nobody had expected a crowd. "
TINY = Limits(10**7, 10**7, 10**7)


def main(stories: int) -> None:
    """Measure a tenth of the stories, then all of them."""
    with house() as home, home.app.app_context():
        for count in (SMALL, stories // 10, stories):
            told = count != SMALL
            owner = _owner(home, count)
            path = home.folder / f"{count}.zip"
            with _measured(f"out, {count:,} stories", told):
                work.make(owner, path, Quiet())
            reader = _owner(home, 0)
            if told:
                size = path.stat().st_size / 2**20
                print(f"{'':24}{size:9.1f} MB archive")
            for what in ("in", "in again"):
                with _measured(f"{what}, {count:,} stories", told):
                    report = work.bring_in(reader, path, Quiet(), Report(), {}).told()
                key = "taken" if what == "in" else "known"
                assert report[key]["news_history"] == count, report
                assert report[key].get("media_assets") == count, report


class Quiet(Shown):
    """A hold that says nothing."""

    def tell(self, stage: str, progress: float) -> None:
        """Say nothing."""


@contextmanager
def _measured(name: str, told: bool) -> Iterator[None]:
    Path("/proc/self/clear_refs").write_text("5")
    before, began = _memory("VmRSS"), time.perf_counter()
    yield
    taken, peak = time.perf_counter() - began, _memory("VmHWM")
    if told:
        print(f"{name:24}{taken:9.1f} s  {before:6.0f} MB before, {peak:6.0f} MB at most")


def _memory(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the system does not tell {name}")


def _owner(home: House, stories: int) -> UUID:
    """Make a reader with stories, each with a picture that is really stored."""
    with home.connection() as connection:
        owner: UUID = connection.execute(
            text(
                "INSERT INTO users (email) VALUES (gen_random_uuid() || '@bench.test') RETURNING id"
            )
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO subscriptions (user_id, plan, status, start_date)"
                " VALUES (:owner, 'enterprise', 'active', now() - interval '1 day')"
            ),
            {"owner": owner},
        )
        if stories:
            _fill(connection, owner, stories)
        connection.commit()
    return owner


def _fill(connection: Connection, owner: UUID, stories: int) -> None:
    connection.execute(
        text(
            "INSERT INTO news_history (user_id, headline, content, source_url, created_at)"
            " SELECT :owner, 'Story ' || n, repeat(:words, 40) || n, 'https://n.test/' || n,"
            " now() - n * interval '1 hour' FROM generate_series(1, :n) AS n"
        ),
        {"owner": owner, "n": stories, "words": WORDS},
    )
    file = BytesIO()
    Image.effect_noise((160, 120), 60).convert("RGB").save(file, "JPEG")
    prepared = examine(file, "noise.jpg", TINY)
    body, thumbnail = prepared.body.read(), prepared.thumbnail or b""
    storage = open_storage()
    put: Callable[[str, bytes], None] = lambda key, data: storage.put(key, data, "image/jpeg")  # noqa: E731
    ids = connection.scalars(
        text("SELECT id FROM news_history WHERE user_id = :owner"), {"owner": owner}
    )
    rows = []
    for news_id in ids.all():
        keys = new_key(MEDIA, "jpg"), new_key(THUMBNAILS, "webp")
        put(keys[0], body)
        put(keys[1], thumbnail)
        rows.append(
            {
                "owner": owner,
                "news": news_id,
                "key": keys[0],
                "thumbnail": keys[1],
                "size": len(body) + len(thumbnail),
            }
        )
    connection.execute(
        text(
            "INSERT INTO media_assets (user_id, news_id, type, url, storage_key, thumbnail_key,"
            " content_type, byte_size) VALUES (:owner, :news, 'image', 'http://x/', :key,"
            " :thumbnail, 'image/jpeg', :size)"
        ),
        rows,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
