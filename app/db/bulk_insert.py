"""Bulk inserts in the fastest way of each driver: executemany in SQLite, COPY in PostgreSQL.

Rows are packed ahead, in another process if need be, before their transaction begins: its positions
and its time are filled in when they are loaded.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import repeat
from operator import add, itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import await_only

from app.db.types import RecordId

LARGE_PENDING_LIST = "SET LOCAL gin_pending_list_limit = '64MB'"
"""So that the word index takes new words in bulk; the default of 4 MB is flushed all the time."""

PackedRow = tuple[Any, int]
"""A row in the driver's form, and the number of the change in the batch that wrote it."""


@dataclass(frozen=True)
class BulkLayout:
    """The columns of a table: the packed ones, then those that the transaction fills in.

    `position` is the column for the feed position of the row's change, `moments` are those for the
    time of the transaction. `text` says that the last packed column lacks the end of its text;
    `rowid` is a column for the position too. `ascending` is the packed column by which rows are
    best sorted: FTS5 begins another segment whenever a rowid is below the last.
    """

    table: Table
    packed: tuple[str, ...]
    position: str | None = None
    moments: tuple[str, ...] = ()
    text: bool = False
    rowid: str | None = None
    ascending: str | None = None

    @property
    def columns(self) -> list[str]:
        """All columns, in order."""
        placed = [name for name in (self.position, self.rowid) if name]
        return [*self.packed, *placed, *self.moments]


@dataclass(frozen=True, slots=True)
class CommitPoint:
    """Values of a transaction: the position before its first change, its time, the end of texts."""

    base: int
    at: int
    ending: str


_ROW = itemgetter(0)

PackRow = Callable[[Sequence[Any], int], PackedRow]


def make_packer(layout: BulkLayout, driver: str) -> PackRow:
    """Return a function that packs a row's values and the number of its change for a driver.

    Ids are given as hexadecimal digits, which each driver takes as they are.
    """
    dialect: Dialect = SQLiteDialect_pysqlite()
    if driver == "asyncpg":
        dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
    types = [layout.table.c[name].type for name in layout.packed]
    writers = [
        None if isinstance(type, RecordId) else type.dialect_impl(dialect).bind_processor(dialect)
        for type in types
    ]
    written = [(place, write) for place, write in enumerate(writers) if write is not None]
    if driver == "asyncpg":
        return partial(_pack_line, written)
    return partial(_pack_row, written, layout.position is not None)


def load_packed(
    connection: Connection, layout: BulkLayout, rows: Sequence[PackedRow], moment: CommitPoint
) -> None:
    """Load rows that were packed for the driver of this connection."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        await_only(_copy(driver, layout, rows, moment))
    else:
        sql, late = _make_insert(layout)
        given = tuple(getattr(moment, name) for name in late)
        driver.executemany(sql, map(add, _sort_rows(layout, map(_ROW, rows)), repeat(given)))


def _sort_rows(layout: BulkLayout, rows: Iterable[Any]) -> Iterable[Any]:
    if layout.ascending is None:
        return rows
    return sorted(rows, key=itemgetter(layout.packed.index(layout.ascending)))


def prepare_load(connection: Connection) -> None:
    """Prepare a transaction for a bulk load."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(LARGE_PENDING_LIST)


def _pack_row(
    written: Sequence[tuple[int, Callable[[Any], Any]]],
    is_placed: bool,
    values: Sequence[Any],
    change: int,
) -> PackedRow:
    row = list(values)
    for place, write in written:
        row[place] = write(row[place])
    if is_placed:
        row.append(change)
    return tuple(row), change


def _pack_line(
    written: Sequence[tuple[int, Callable[[Any], Any]]], values: Sequence[Any], change: int
) -> PackedRow:
    """Return the beginning of a line in COPY's text format."""
    row = list(values)
    for place, write in written:
        row[place] = write(row[place])
    cells = [_NULL if value is None else str(value) for value in row]
    line = "\t".join(cells)
    # Few rows have anything to escape, which these counts show at once.
    if (
        line.count("\\") > row.count(None)
        or line.count("\t") >= len(cells)
        or _has_line_break(line)
    ):
        line = "\t".join(_NULL if value is None else _escape(str(value)) for value in row)
    return line.encode(), change


_NULL = "\\N"


def _has_line_break(text: str) -> bool:
    return "\n" in text or "\r" in text


def _escape(text: str) -> str:
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return text


_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


async def _copy(
    driver: Any, layout: BulkLayout, rows: Sequence[PackedRow], moment: CommitPoint
) -> None:
    ending = moment.ending.encode() if layout.text else b""
    moments = b"".join(b"\t%d" % moment.at for _ in layout.moments) + b"\n"
    base = moment.base
    if layout.position is None:
        lines = [head + ending + moments for head, _ in rows]
    elif layout.rowid is not None:
        placed = ((head, base + change) for head, change in rows)
        lines = [b"%b%b\t%d\t%d%b" % (head, ending, at, at, moments) for head, at in placed]
    else:
        lines = [b"%b%b\t%d%b" % (head, ending, base + change, moments) for head, change in rows]

    async def text() -> AsyncIterator[bytes]:
        yield b"".join(lines)

    await driver.copy_to_table(
        layout.table.name, source=text(), columns=layout.columns, format="text"
    )


@cache
def _make_insert(layout: BulkLayout) -> tuple[str, tuple[str, ...]]:
    """Return the statement for one row, and the fields of the commit point that it binds last."""
    packed = len(layout.packed)
    used = {"base": layout.position, "at": layout.moments, "ending": layout.text}
    late = tuple(name for name, is_used in used.items() if is_used)
    first = packed + 1 + (layout.position is not None)
    mark = {name: f"?{place}" for place, name in enumerate(late, first)}
    values = [f"?{place}" for place in range(1, packed + 1)]
    if layout.text:
        values[-1] += f" || {mark['ending']}"
    values += [
        f"?{packed + 1} + {mark['base']}" for name in (layout.position, layout.rowid) if name
    ]
    values += [mark["at"] for _ in layout.moments]
    columns = ", ".join(f'"{name}"' for name in layout.columns)
    return f"INSERT INTO {layout.table.name} ({columns}) VALUES ({', '.join(values)})", late
