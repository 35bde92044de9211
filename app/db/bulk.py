"""Many new rows at once, as the drivers take them fastest: executemany, or COPY in PostgreSQL.

Rows are packed ahead, in another process if need be, before the transaction is there that they
are loaded in: its positions and its moment are put in when they are loaded.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import await_only

LARGE_PENDING_LIST = "SET LOCAL gin_pending_list_limit = '64MB'"
"""The index of words takes new ones in bulk; the default of 4 MB empties it all the time."""

Packed = tuple[Any, int]
"""A row in the driver's form, and which change of its batch wrote it."""


@dataclass(frozen=True)
class Layout:
    """The columns of a table: those that are packed, then those that a transaction gives.

    `position` is the column that gets the place of the row's change in the feed, `moments` get
    the moment of the transaction. `text` is the last packed column where a text lacks its end.
    """

    table: Table
    packed: tuple[str, ...]
    position: str | None = None
    moments: tuple[str, ...] = ()
    text: bool = False

    @property
    def columns(self) -> list[str]:
        """All of them, in order."""
        return [*self.packed, *([self.position] if self.position else []), *self.moments]


@dataclass(frozen=True, slots=True)
class Moment:
    """What a transaction gives: the position before the first change, the time, the texts' end."""

    base: int
    at: int
    ending: str


Pack = Callable[[Sequence[Any], int], Packed]


def packer(layout: Layout, driver: str) -> Pack:
    """What packs a row of the layout for a driver, given its values and its change."""
    dialect: Dialect = SQLiteDialect_pysqlite()
    if driver == "asyncpg":
        dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
    types = [layout.table.c[name].type.dialect_impl(dialect) for name in layout.packed]
    writers = [type.bind_processor(dialect) for type in types]
    if driver == "asyncpg":
        return partial(_pack_line, [writer or _as_it_is for writer in writers])
    return partial(_pack_row, writers, layout.position is not None)


def load_packed(
    connection: Connection, layout: Layout, rows: Sequence[Packed], moment: Moment
) -> None:
    """Load packed rows; the driver is the one that they were packed for."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        await_only(_copy(driver, layout, rows, moment))
    else:
        driver.executemany(_insert(layout, moment), (row for row, _ in rows))


def prepare_load(connection: Connection) -> None:
    """Make a transaction ready for a load."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(LARGE_PENDING_LIST)


def _as_it_is(value: Any) -> Any:
    return value


def _pack_row(
    writers: Sequence[Callable[[Any], Any] | None],
    is_placed: bool,
    values: Sequence[Any],
    change: int,
) -> Packed:
    row = [
        value if write is None else write(value)
        for write, value in zip(writers, values, strict=True)
    ]
    if is_placed:
        row.append(change)
    return tuple(row), change


def _pack_line(
    writers: Sequence[Callable[[Any], Any]], values: Sequence[Any], change: int
) -> Packed:
    """The beginning of a line of COPY's text format."""
    cells = [_cell(write(value)) for write, value in zip(writers, values, strict=True)]
    return "\t".join(cells).encode(), change


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPED) if _SPECIAL.search(value) else value
    return value.hex if isinstance(value, UUID) else repr(value)


_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


async def _copy(driver: Any, layout: Layout, rows: Sequence[Packed], moment: Moment) -> None:
    ending = moment.ending.encode() if layout.text else b""
    moments = b"".join(b"\t%d" % moment.at for _ in layout.moments) + b"\n"
    if layout.position is None:
        lines = [head + ending + moments for head, _ in rows]
    else:
        base = moment.base
        lines = [b"%b%b\t%d%b" % (head, ending, base + change, moments) for head, change in rows]

    async def text() -> AsyncIterator[bytes]:
        yield b"".join(lines)

    await driver.copy_to_table(
        layout.table.name, source=text(), columns=layout.columns, format="text"
    )


def _insert(layout: Layout, moment: Moment) -> str:
    values = ["?"] * len(layout.packed)
    if layout.text:
        values[-1] = f"? || '{moment.ending}'"
    if layout.position:
        values.append(f"? + {moment.base}")
    values += [str(moment.at)] * len(layout.moments)
    columns = ", ".join(f'"{name}"' for name in layout.columns)
    return f"INSERT INTO {layout.table.name} ({columns}) VALUES ({', '.join(values)})"
