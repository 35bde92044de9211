"""Removing from the files what was deleted from the tables."""

import asyncio

from sqlalchemy import text

from app.db.connect import backend
from app.db.drivers.postgresql import postgresql_engine
from app.db.drivers.sqlite import sqlite_engine
from app.db.migrations import telling_why

OPTIMIZED = (
    "INSERT INTO event_texts (event_texts) VALUES ('optimize')",
    "INSERT INTO claim_texts (claim_texts) VALUES ('optimize')",
    "VACUUM",
    "PRAGMA wal_checkpoint (TRUNCATE)",
)


def erase_deleted(url: str) -> None:
    """Write the database anew without what was deleted; others wait while SQLite does that.

    PostgreSQL frees the space, to be written over: its log, its standbys and all backups keep
    their own copies for as long as they are kept.
    """
    if backend(url) == "sqlite":
        _on_sqlite(url)
    else:
        asyncio.run(_on_postgresql(url))


def _on_sqlite(url: str) -> None:
    engine = sqlite_engine(url)
    try:
        with telling_why(), engine.connect() as connection:
            for statement in OPTIMIZED:
                connection.execute(text(statement))
    finally:
        engine.dispose()


async def _on_postgresql(url: str) -> None:
    engine = postgresql_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with telling_why():
            async with engine.connect() as connection:
                await connection.execute(text("VACUUM"))
    finally:
        await engine.dispose()
