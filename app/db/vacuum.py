"""Removing from the files what was deleted from the tables."""

import asyncio

from sqlalchemy import text

from app.db.connect import parse_backend
from app.db.drivers.engines import make_postgresql_engine, make_sqlite_engine
from app.db.migrations import explain_failures

SQLITE_STATEMENTS = (
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
    if parse_backend(url) == "sqlite":
        _vacuum_sqlite(url)
    else:
        asyncio.run(_vacuum_postgresql(url))


def _vacuum_sqlite(url: str) -> None:
    engine = make_sqlite_engine(url)
    try:
        with explain_failures(), engine.connect() as connection:
            for statement in SQLITE_STATEMENTS:
                connection.execute(text(statement))
    finally:
        engine.dispose()


async def _vacuum_postgresql(url: str) -> None:
    engine = make_postgresql_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with explain_failures():
            async with engine.connect() as connection:
                await connection.execute(text("VACUUM"))
    finally:
        await engine.dispose()
