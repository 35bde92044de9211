"""Reading everything as of one moment, while others go on writing."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from app.db.connect import backend
from app.db.drivers.postgresql import postgresql_engine
from app.db.drivers.sqlite import sqlite_engine
from app.db.migrations import telling_why

Result = TypeVar("Result")

ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def on_snapshot(url: str, work: Callable[[Connection], Result]) -> Result:
    """Run `work` on one snapshot of the whole database; nobody waits for it."""
    if backend(url) == "sqlite":
        return _on_sqlite(url, work)
    return asyncio.run(_on_postgresql(url, work))


def storage_faults(url: str) -> list[str]:
    """What the database itself finds wrong with its files; PostgreSQL keeps its own watch.

    SQLite reads the whole file for that, and writers wait while it looks at the text index.
    """
    if backend(url) != "sqlite":
        return []
    engine = sqlite_engine(url)
    try:
        with telling_why(), engine.connect() as connection:
            found = [str(told) for told in connection.scalars(text("PRAGMA integrity_check"))]
            faults = [each for each in found if each != "ok"]
            for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
                faults.append(f"row {row} of {table} names what is not in {parent}")
            return faults + _text_index_faults(connection)
    finally:
        engine.dispose()


def _text_index_faults(connection: Connection) -> list[str]:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        for table in ("event_texts", "claim_texts"):
            looking = f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"
            connection.exec_driver_sql(looking)
    except DatabaseError as error:
        return [f"the text index does not hold the words of its rows: {error.orig}"]
    finally:
        connection.exec_driver_sql("ROLLBACK")
    return []


def _on_sqlite(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = sqlite_engine(url)
    try:
        with telling_why(), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return work(connection)
            finally:
                connection.rollback()
    finally:
        engine.dispose()


async def _on_postgresql(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = postgresql_engine(url)
    try:
        with telling_why():
            async with engine.connect() as connection:
                await connection.execution_options(**ONE_MOMENT)
                return await connection.run_sync(work)
    finally:
        await engine.dispose()
