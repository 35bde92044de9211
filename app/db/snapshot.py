"""Snapshots of a whole database, while others go on writing."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from app.db.connect import parse_backend
from app.db.drivers.engines import make_postgresql_engine, make_sqlite_engine
from app.db.migrations import explain_failures

Result = TypeVar("Result")

SNAPSHOT_OPTIONS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def run_on_snapshot(url: str, work: Callable[[Connection], Result]) -> Result:
    """Run `work` on one snapshot of the whole database; no writer waits for it."""
    if parse_backend(url) == "sqlite":
        return _run_on_sqlite(url, work)
    return asyncio.run(_run_on_postgresql(url, work))


def find_storage_faults(url: str) -> list[str]:
    """Find the faults that SQLite sees in its own file; PostgreSQL watches its files itself.

    SQLite reads the whole file for that, and writers wait while it checks the text index.
    """
    if parse_backend(url) != "sqlite":
        return []
    engine = make_sqlite_engine(url)
    try:
        with explain_failures(), engine.connect() as connection:
            found = [str(line) for line in connection.scalars(text("PRAGMA integrity_check"))]
            faults = [line for line in found if line != "ok"]
            for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
                faults.append(f"row {row} of {table} names what is not in {parent}")
            return faults + _find_text_index_faults(connection)
    finally:
        engine.dispose()


def _find_text_index_faults(connection: Connection) -> list[str]:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        for table in ("event_texts", "claim_texts"):
            check = f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"
            connection.exec_driver_sql(check)
    except DatabaseError as error:
        return [f"the text index does not hold the words of its rows: {error.orig}"]
    finally:
        connection.exec_driver_sql("ROLLBACK")
    return []


def _run_on_sqlite(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = make_sqlite_engine(url)
    try:
        with explain_failures(), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return work(connection)
            finally:
                connection.rollback()
    finally:
        engine.dispose()


async def _run_on_postgresql(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = make_postgresql_engine(url)
    try:
        with explain_failures():
            async with engine.connect() as connection:
                await connection.execution_options(**SNAPSHOT_OPTIONS)
                return await connection.run_sync(work)
    finally:
        await engine.dispose()
