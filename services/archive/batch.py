"""Some rows of a table on their way in, and what became of each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from extensions import db
from models import AudioTrack
from services.archive.id_map import IdMap
from services.archive.package import ArchiveRefused
from services.archive.plausible import is_plausible, is_web
from services.archive.report import APART, KNOWN, REFUSED, STAND_INS, TAKEN
from services.archive.restored_files import Arriving
from services.archive.rows import Row
from services.archive.tables import Table
from services.storage import Storage


@dataclass(eq=False, slots=True)
class Line:
    """One row of the file."""

    number: int
    row: Row
    size: int
    files: list[Arriving] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """Return the id that it has in the file, as long as it was not given another."""
        return UUID(str(self.row["id"]))


class Batch:
    """Rows that are written in one transaction; those that are settled leave `lines`."""

    def __init__(self, table: Table, user_id: UUID, lines: list[Line]) -> None:
        """Take copies of the rows, with the columns that this site knows.

        Raises:
            ArchiveRefused: a row has no proper id.
        """
        self.table = table
        self.last = lines[-1].number
        self.counts: Counter[tuple[str, str]] = Counter()
        """By what became of them, and what they are to a reader."""
        self.keys: set[str] = set()
        """Of the objects that rows name."""
        self.bytes = 0
        self._user_id = user_id
        self._settled: list[tuple[UUID, UUID | None]] = []
        self._old: dict[int, UUID] = {}
        columns = {*table.columns}
        columns |= {f"{column}_file" for column in (table.files.keys if table.files else ())}
        self.lines = [
            Line(
                one.number,
                {name: value for name, value in one.row.items() if name in columns},
                one.size,
            )
            for one in lines
        ]
        if table.has_id:
            try:
                self._old = {one.number: one.id for one in self.lines}
            except (KeyError, ValueError) as error:
                raise ArchiveRefused(f"A line of {table.entry} has no id.") from error
            self._leave_out_twins()

    def _leave_out_twins(self) -> None:
        """Leave out rows whose id another one before them has."""
        first: dict[UUID, int] = {}
        for one in list(self.lines):
            if first.setdefault(one.id, one.number) != one.number:
                self.lines.remove(one)
                self.counts[KNOWN, self._what(one)] += 1

    def refer(self, ids: IdMap) -> None:
        """Turn references to what they are called here; leave out what lacks what it needs."""
        for one in list(self.lines):
            for column, name in self.table.refers.items():
                old = one.row.get(column)
                if old is None:
                    continue
                was_there, new = ids.look_up(name, str(old))
                can_do_without = column in self.table.loose or (
                    not was_there and bool(self.table.sql.c[column].nullable)
                )
                if new is None and not can_do_without:
                    self.drop(APART, [one])
                    break
                one.row[column] = new

    def own(self) -> None:
        """Give every row to the reader, and take away what a file can't decide."""
        self.drop(REFUSED, [one for one in self.lines if not is_plausible(self.table, one.row)])
        for one in self.lines:
            one.row |= self.table.fixed
            if self.table.owner:
                one.row[self.table.owner] = str(self._user_id)
            if self.table.files:
                one.row |= dict.fromkeys(self.table.files.keys)
                one.row["byte_size"] = 0
        if self.table.files:
            self.drop(REFUSED, [one for one in self.lines if not _has_address(one.row)])
        if self.table.where:
            ended = ("completed", "failed")
            self.drop(REFUSED, [one for one in self.lines if one.row.get("status") not in ended])

    def settle(self, one: Line, new: UUID, kind: str) -> None:
        """Note that a row is here, under that id."""
        self.lines.remove(one)
        self.counts[kind, self._what(one)] += 1
        self._settled.append((self._old[one.number], new))
        if kind == TAKEN:
            self.keys |= {file.key for file in one.files}

    def drop(self, kind: str, lines: Iterable[Line]) -> None:
        """Leave rows out."""
        for one in list(lines):
            self.lines.remove(one)
            self.counts[kind, self._what(one)] += 1
            if one.number in self._old:
                self._settled.append((self._old[one.number], None))

    def name_files(self, one: Line, storage: Storage) -> None:
        """Have a row name its objects, which are put."""
        for file in one.files:
            one.row[file.column] = file.key
            if file.column == "storage_key":
                one.row["url"] = storage.url(file.key)
        one.row["byte_size"] = sum(file.size for file in one.files)
        self.bytes += one.row["byte_size"]

    def name_tracks(self) -> None:
        """Have the rows that stand for narrations name the narration's own address."""
        ids = {str(one.row["track_id"]) for one in self.lines if one.row.get("track_id")}
        if not ids:
            return
        found = db.session.execute(
            select(AudioTrack.id, AudioTrack.url).where(
                AudioTrack.user_id == self._user_id, AudioTrack.id.in_([UUID(i) for i in ids])
            )
        )
        addresses = {str(row[0]): row[1] for row in found}
        for one in self.lines:
            if one.row.get("track_id") in addresses:
                one.row["url"] = addresses[one.row["track_id"]]

    def _what(self, one: Line) -> str:
        """Return what to count a row as: one that only stands for a narration is no sound."""
        stands_for = self.table.name == "media_assets" and one.row.get("track_id")
        return STAND_INS if stands_for else self.table.name

    def note(self, ids: IdMap) -> None:
        """Remember what the rows are called, once that is committed."""
        ids.note(self.table.name, self._settled)


def _has_address(row: Row) -> bool:
    """Say whether a row without an object of its own names one on the web."""
    return bool(row.get("storage_key_file")) or is_web(row.get("url"))
