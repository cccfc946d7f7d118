"""Bringing in what an archive holds, batch by batch; each is whole or not there at all.

Ids stay what they were wherever they are free. A row that is here already is left alone, so
that the same archive twice changes nothing, and one that was interrupted can be begun again.
An id that belongs to somebody else becomes another one, always the same for this reader.
"""

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from errors import LimitReached
from extensions import db
from services import media, plans
from services.archive import restored_files, rows
from services.archive.batch import Batch, Line
from services.archive.hold import Hold, Step
from services.archive.id_map import IdMap
from services.archive.package import Package
from services.archive.report import APART, FULL, KNOWN, REFUSED, TAKEN, Report
from services.archive.tables import Table, restored_tables
from services.refusals import UploadRefused
from services.storage import open_storage

log = logging.getLogger(__name__)

LARGE_BATCH = 8 * 1024 * 1024
"""Bytes of rows after which a batch is full, however few they are."""
_TRIES = 3
_TOO_MUCH = "54000"
"""PostgreSQL's code for a text of too many different words."""


def restore(
    user_id: UUID,
    package: Package,
    hold: Hold,
    report: Report,
    reached: dict[str, Any],
) -> Report:
    """Bring in the rows and files of a verified archive, going on from what was reached.

    The session acts for the reader. Returns what became of everything.

    Raises:
        ArchiveRefused: a file of rows can't be read.
        StorageError: storage does not answer; what was committed stays.
    """
    ids = IdMap()
    try:
        return _Restoring(user_id, package, hold, report, ids).run(reached)
    finally:
        ids.close()


class _Restoring:
    def __init__(
        self, user_id: UUID, package: Package, hold: Hold, report: Report, ids: IdMap
    ) -> None:
        self._user_id = user_id
        self._package = package
        self._hold = hold
        self._report = report
        self._ids = ids

    def run(self, reached: dict[str, Any]) -> Report:
        tables = restored_tables()
        names = [table.name for table in tables]
        place = names.index(reached["table"]) if reached.get("table") in names else 0
        total = sum(self._weight(table) for table in tables)
        self._step = Step(self._hold, "Bringing in stories and files", 0.3, 1.0, total)
        for number, table in enumerate(tables):
            line = int(reached.get("line", 0)) if number == place else 0
            for lines in self._batches(table):
                dealt_with = [one for one in lines if number < place or one.number <= line]
                self._remember(table, dealt_with)
                self._bring(table, lines[len(dealt_with) :])
                self._step.add(sum(one.size for one in lines) + self._files(table, lines))
        return self._report

    def _weight(self, table: Table) -> int:
        """Return how much there is of a table, in bytes; its files are counted as rows come."""
        size = self._package.size(table.entry) or 0
        folders = table.files.keys.values() if table.files else ()
        return size + sum(self._package.size_below(f"{folder}/") for folder in folders)

    def _files(self, table: Table, lines: list[Line]) -> int:
        columns = table.files.keys if table.files else {}
        entries = (one.row.get(f"{column}_file") for one in lines for column in columns)
        return sum(self._package.size(entry) or 0 for entry in entries if isinstance(entry, str))

    def _batches(self, table: Table) -> Iterator[list[Line]]:
        batch: list[Line] = []
        size = 0
        for number, (row, length) in enumerate(self._package.rows(table.entry), start=1):
            batch.append(Line(number, row, length))
            size += length
            if len(batch) == table.page or size > LARGE_BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _remember(self, table: Table, lines: list[Line]) -> None:
        """Note what rows are called that an earlier attempt has dealt with."""
        if lines and any(table.name in other.refers.values() for other in restored_tables()):
            batch = Batch(table, self._user_id, lines)
            self._sort_out(table, batch)
            db.session.rollback()
            batch.drop(APART, batch.lines)
            batch.note(self._ids)

    def _bring(self, table: Table, lines: list[Line]) -> None:
        """Bring in some rows; one that the database refuses is found by halving."""
        if not lines:
            return
        report = self._report.copy()
        for left in reversed(range(_TRIES)):
            try:
                self._bring_all(table, lines)
                return
            except LimitReached:
                # Something else took the room meanwhile: look again how much there is.
                self._report = report.copy()
                if not left:
                    raise
            except DBAPIError as error:
                if not _is_the_rows_fault(error):
                    raise
                self._report = report.copy()
                break
        if len(lines) > 1:
            half = len(lines) // 2
            self._bring(table, lines[:half])
            self._bring(table, lines[half:])
        else:
            batch = Batch(table, self._user_id, lines)
            batch.drop(REFUSED, batch.lines)
            self._finish(batch)

    def _bring_all(self, table: Table, lines: list[Line]) -> None:
        batch = Batch(table, self._user_id, lines)
        batch.refer(self._ids)
        if table.has_id:
            self._sort_out(table, batch)
        batch.own()
        self._fit(table, batch)
        db.session.rollback()
        keys = self._announce(batch)
        try:
            self._put(table, batch)
            self._insert(table, batch)
            media.delete_objects(open_storage(), set(keys) - batch.keys)
            self._finish(batch)
        except DBAPIError as error:
            db.session.rollback()
            if not error.connection_invalidated:
                media.delete_objects(open_storage(), keys)
            raise
        except BaseException:
            db.session.rollback()
            media.delete_objects(open_storage(), keys)
            raise

    def _finish(self, batch: Batch) -> None:
        for (kind, name), count in batch.counts.items():
            self._report.add(kind, name, count)
        reached = {"table": batch.table.name, "line": batch.last}
        self._hold.kept(self._report.told(), reached)
        self._hold.commit()
        batch.note(self._ids)

    def _sort_out(self, table: Table, batch: Batch) -> None:
        """Find what the reader has already, under its own id, ours, or as the same thing."""
        old = [one.id for one in batch.lines]
        ours = {uuid5(self._user_id, str(one)): one for one in old}
        mine = rows.ids_among(table, self._user_id, {*old, *ours})
        alike = rows.alike_among(table, self._user_id, [one.row for one in batch.lines])
        for one in list(batch.lines):
            other = uuid5(self._user_id, str(one.id))
            known = next(
                (found for found in (one.id, other) if found in mine), alike.get(str(one.row["id"]))
            )
            if known:
                batch.settle(one, known, KNOWN)

    def _fit(self, table: Table, batch: Batch) -> None:
        """Leave out what the reader's plan has no room for, and look at the files of the rest."""
        if table.name not in {"news_history", "sources"} and not table.files:
            return
        allowance = plans.allowance_of(self._user_id)
        if not table.files:
            name = "stories" if table.name == "news_history" else "sources"
            left = allowance.of(name).left
            if left is not None:
                batch.drop(FULL, batch.lines[left:])
            return
        left = allowance.of("storage_bytes").left
        for one in list(batch.lines):
            try:
                one.files = restored_files.arriving(table, one.row, self._package)
            except UploadRefused as error:
                log.warning("a file of an archive is left out: %s", error)
                batch.drop(REFUSED, [one])
                continue
            size = sum(file.size for file in one.files)
            if left is not None and size > left:
                batch.drop(FULL, [one])
            elif left is not None:
                left -= size

    def _announce(self, batch: Batch) -> list[str]:
        keys = [file.key for one in batch.lines for file in one.files]
        if keys:
            self._hold.about_to_put(keys)
        return keys

    def _put(self, table: Table, batch: Batch) -> None:
        if not table.files:
            return
        storage = open_storage()
        for one in list(batch.lines):
            try:
                for file in one.files:
                    self._step.add(0)
                    restored_files.bring(file, self._package)
            except UploadRefused as error:
                log.warning("a file of an archive is left out: %s", error)
                batch.drop(REFUSED, [one])
                continue
            batch.name_files(one, storage)
        batch.name_tracks()

    def _insert(self, table: Table, batch: Batch) -> None:
        if not table.has_id:
            count = rows.put(table, [one.row for one in batch.lines])
            batch.counts[TAKEN, table.name] += count
            batch.counts[KNOWN, table.name] += len(batch.lines) - count
            return
        done = rows.put_ids(table, [one.row for one in batch.lines])
        # What is left has the id of a row that we may not see: somebody else's.
        for one in batch.lines:
            if one.id not in done:
                one.row["id"] = str(uuid5(self._user_id, str(one.id)))
        others = [one.row for one in batch.lines if one.id not in done]
        done |= rows.put_ids(table, others)
        for one in list(batch.lines):
            new = UUID(one.row["id"])
            if new in done:
                batch.settle(one, new, TAKEN)
            else:
                batch.drop(APART, [one])
        if table.name == "news_history":
            plans.check_stories(self._user_id)
        elif table.name == "sources":
            plans.check_sources(self._user_id, 0)
        elif table.files and batch.bytes:
            plans.check_storage(self._user_id, batch.bytes, stored=True)


def _is_the_rows_fault(error: DBAPIError) -> bool:
    """Say whether the database refused what a row holds, not the work as a whole."""
    if error.connection_invalidated:
        return False
    if isinstance(error, DataError | IntegrityError):
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    return state == _TOO_MUCH or (isinstance(error, ProgrammingError) and state.startswith("22"))
