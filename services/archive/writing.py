"""Writing everything of a reader into one file, a little at a time."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from config import settings
from errors import NotFound, ObjectMissing
from extensions import db
from queries import alignments
from services import transcripts
from services.archive import rows, story_files
from services.archive.hold import Hold, Step
from services.archive.package import CHUNK, Writer
from services.archive.tables import Table, all_tables, table_named
from services.storage import open_storage
from services.transcripts import Kind

CAPTIONS = {"vtt": Kind.VTT, "srt": Kind.SRT, "json": Kind.ALIGNMENT}


def write(user_id: UUID, path: Path, hold: Hold) -> dict[str, int]:
    """Write everything of a reader into a file at `path`; return how much of what there is.

    Nothing is held in memory but a page of rows, a chunk of a file and the names of the entries.
    The session acts for the reader, and no transaction stays open.

    Raises:
        StorageError: storage does not answer.
    """
    return _Writing(user_id, path, hold).run()


class _Writing:
    def __init__(self, user_id: UUID, path: Path, hold: Hold) -> None:
        self._user_id = user_id
        self._path = path
        self._hold = hold
        self._counts: dict[str, int] = {}
        self._missing: list[str] = []

    def run(self) -> dict[str, int]:
        folder = self._path.parent
        with ExitStack() as stack:
            sums, objects, tracks = (
                stack.enter_context(tempfile.TemporaryFile("w+", dir=folder)) for _ in range(3)
            )
            self._writer = Writer(self._path, sums)
            stack.callback(self._writer.close)
            self._rows(objects, tracks)
            self._stories()
            self._captions(tracks)
            self._objects(objects)
            self._writer.finish(
                self._counts,
                {"site": settings().public_url, "missing_files": self._missing},
            )
        return self._counts

    def _rows(self, objects: IO[str], tracks: IO[str]) -> None:
        tables = all_tables()
        total = sum(rows.count(table, self._user_id) for table in tables)
        db.session.rollback()
        step = Step(self._hold, "Writing down rows", 0.0, 0.3, total)
        for table in tables:
            self._counts[table.name] = 0
            self._writer.add(table.entry, self._lines(table, step, objects, tracks))

    def _lines(
        self, table: Table, step: Step, objects: IO[str], tracks: IO[str]
    ) -> Iterator[bytes]:
        for page in rows.pages(table, self._user_id):
            lines = page
            if table.files:
                lines = [self._with_files(table, json.loads(line), objects) for line in page]
            if table.name == "audio_alignments":
                tracks.writelines(f"{json.loads(line)['track_id']}\n" for line in page)
            self._counts[table.name] += len(page)
            step.add(len(page))
            yield ("\n".join(lines) + "\n").encode()

    def _with_files(self, table: Table, row: dict[str, Any], objects: IO[str]) -> str:
        """Name the entries of a row's objects in place of their keys, which say nothing."""
        assert table.files
        for column, folder in table.files.keys.items():
            key = row.pop(column)
            if key is not None:
                name = story_files.entry_name(folder, row["id"], key)
                row[f"{column}_file"] = name
                objects.write(f"{key}\t{name}\n")
        return json.dumps(row, ensure_ascii=False)

    def _stories(self) -> None:
        table = table_named("news_history")
        step = Step(self._hold, "Writing stories", 0.3, 0.45, self._counts[table.name])
        for page in rows.pages(table, self._user_id):
            stories = [json.loads(line) for line in page]
            ids = [UUID(one["id"]) for one in stories]
            belongings = story_files.belongings_of(self._user_id, ids)
            db.session.rollback()
            for story in stories:
                text = story_files.as_markdown(story, belongings[story["id"]])
                self._writer.add(self._free_name(story), [text.encode()])
            step.add(len(stories))

    def _free_name(self, story: dict[str, Any]) -> str:
        stem = f"stories/{story_files.file_name(story)}"
        endings = ("", f"-{story['id'][:8]}", f"-{story['id']}")
        names = (f"{stem}{ending}.md" for ending in endings)
        return next(name for name in names if not self._writer.has(name))

    def _captions(self, tracks: IO[str]) -> None:
        step = Step(self._hold, "Writing captions", 0.45, 0.5, self._counts["audio_alignments"])
        tracks.seek(0)
        for line in tracks:
            track_id = UUID(line.strip())
            timing = alignments.find_timing(self._user_id, track_id)
            stored = alignments.find_times(self._user_id, track_id)
            db.session.rollback()
            step.add(1)
            if timing is None or stored is None:
                continue
            for suffix, kind in CAPTIONS.items():
                try:
                    made = transcripts.make(timing, stored, kind)
                except NotFound:
                    continue  # its times can't be trusted; the rows hold them all the same
                self._writer.add(f"captions/{track_id}.{suffix}", [made])

    def _objects(self, objects: IO[str]) -> None:
        storage = open_storage()
        total = objects.seek(0, 2)
        objects.seek(0)
        step = Step(self._hold, "Adding pictures and sounds", 0.5, 0.95, total)
        self._counts["files"] = 0
        for line in objects:
            key, name = line.rstrip("\n").split("\t")
            step.add(len(line))
            try:
                body = storage.open(key)
            except ObjectMissing:
                self._missing.append(name)
                continue
            with body:
                self._writer.add(name, self._body(body.read, step))
            self._counts["files"] += 1

    def _body(self, read: Any, step: Step) -> Iterator[bytes]:
        while chunk := read(CHUNK):
            step.add(0)
            yield chunk
