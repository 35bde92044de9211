"""The control of imports: the same rows loaded into the same indexed tables by the driver alone."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

import asyncpg
from sqlalchemy import Table

from app.db.drivers.engines import PRAGMAS
from app.db.drivers.sqlite import WRITER_PRAGMAS
from app.models.schema import metadata

REFERENCE = ("datasets", "actors", "actor_names", "actor_codes", "sources")
BY_EVENT = (
    "events",
    "event_documents",
    "participants",
    "event_terms",
    "event_texts",
    "claims",
    "claim_texts",
    "known_statuses",
    "changes",
    "source_rows",
)
ROWIDS = {
    "event_texts": ("order_key", "events", "id"),
    "claim_texts": ("from_position", "claims", "event_id"),
}
"""The tables whose only key column is the one by which FTS5 finds a row."""
CHUNK = 1_000


@dataclass
class Loaded:
    """The number of events loaded, the seconds it took, and the CPU used for it."""

    events: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    server_cpu: float = 0.0

    @contextmanager
    def timed(self, server_cpu: Callable[[], float]) -> Iterator[None]:
        """Add the time and CPU of the enclosed block."""
        server = server_cpu()
        began, used = perf_counter(), process_time()
        yield
        self.seconds += perf_counter() - began
        self.cpu += process_time() - used
        self.server_cpu += server_cpu() - server


def load_bare(kind: str, source: str, target: str, server_cpu: Callable[[], float]) -> Loaded:
    """Load the content of one database into another of the same kind; only writes are timed."""
    if kind == "sqlite":
        return _load_sqlite(source.partition("///")[2], target.partition("///")[2])
    return asyncio.run(_load_postgresql(source, target, server_cpu))


def _list_columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _get_key(table: Table) -> str:
    return "event_id" if "event_id" in table.c else "id"


def _load_sqlite(source: str, target: str) -> Loaded:
    reading, writing = sqlite3.connect(source), sqlite3.connect(target, isolation_level=None)
    for pragma in (*PRAGMAS, *WRITER_PRAGMAS):
        writing.execute(f"PRAGMA {pragma}")
    for name in REFERENCE:
        table = metadata.tables[name]
        rows = reading.execute(f"SELECT {_list_columns(table)} FROM {name}").fetchall()
        writing.executemany(_insert(table), rows)
    ids = reading.execute("SELECT id FROM events ORDER BY from_position").fetchall()
    loaded = Loaded(len(ids))
    for start in range(0, len(ids), CHUNK):
        chunk = [id for (id,) in ids[start : start + CHUNK]]
        found = [
            (name, _yield_sqlite_rows(reading, metadata.tables[name], chunk)) for name in BY_EVENT
        ]
        with loaded.timed(lambda: 0.0):
            writing.execute("BEGIN IMMEDIATE")
            for name, rows in found:
                writing.executemany(_insert(metadata.tables[name]), rows)
            writing.execute("COMMIT")
    reading.close()
    writing.close()
    return loaded


def _yield_sqlite_rows(reading: sqlite3.Connection, table: Table, ids: Sequence[str]) -> list[Any]:
    marks = ", ".join("?" * len(ids))
    found = f"{_get_key(table)} IN ({marks})"
    if table.name in ROWIDS:
        column, owner, key = ROWIDS[table.name]
        found = f"rowid IN (SELECT {column} FROM {owner} WHERE {key} IN ({marks}))"
    select = f"SELECT {_list_columns(table)} FROM {table.name} WHERE {found}"
    return reading.execute(select, ids).fetchall()


def _insert(table: Table) -> str:
    marks = ", ".join("?" * len(table.columns))
    return f"INSERT INTO {table.name} ({_list_columns(table)}) VALUES ({marks})"


async def _load_postgresql(source: str, target: str, server_cpu: Callable[[], float]) -> Loaded:
    reading, writing = await asyncpg.connect(source), await asyncpg.connect(target)
    for name in REFERENCE:
        table = metadata.tables[name]
        whole = await reading.fetch(f"SELECT {_list_columns(table)} FROM {name}")
        await _copy(writing, table, [tuple(row) for row in whole])
    found = await reading.fetch("SELECT id FROM events ORDER BY from_position")
    ids = [row[0] for row in found]
    loaded = Loaded(len(ids))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        rows_of = [
            (metadata.tables[name], await _yield_rows(reading, name, chunk)) for name in BY_EVENT
        ]
        with loaded.timed(server_cpu):
            await _write(writing, rows_of)
    await reading.close()
    await writing.close()
    return loaded


async def _write(writing: Any, rows_of: list[tuple[Table, list[tuple[Any, ...]]]]) -> None:
    async with writing.transaction():
        for table, rows in rows_of:
            await _copy(writing, table, rows)


async def _yield_rows(reading: Any, name: str, ids: list[Any]) -> list[tuple[Any, ...]]:
    table = metadata.tables[name]
    columns = _list_columns(table).replace('"words"', "CAST(words AS TEXT)")
    select = f"SELECT {columns} FROM {name} WHERE {_get_key(table)} = ANY ($1)"
    return [tuple(row) for row in await reading.fetch(select, ids)]


async def _copy(writing: Any, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """Load by COPY; the words by INSERT, since the driver has no binary form of them."""
    names = [column.name for column in table.columns]
    if "words" not in names:
        await writing.copy_records_to_table(table.name, records=rows, columns=names)
        return
    marks = ", ".join(
        f"CAST(${number}::TEXT AS tsvector)" if name == "words" else f"${number}"
        for number, name in enumerate(names, 1)
    )
    insert = f"INSERT INTO {table.name} ({_list_columns(table)}) VALUES ({marks})"
    await writing.executemany(insert, rows)
