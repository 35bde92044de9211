"""Removal of deleted rows from the database's files."""

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
    """Erase deleted rows: rewrite the database in SQLite, while others wait.

    PostgreSQL only frees the space for new rows. Its log, its standbys and all backups have copies
    of their own, which last as long as they do.
    """
    if parse_backend(url) == "sqlite":
        _run_vacuum_sqlite(url)
    else:
        asyncio.run(_run_vacuum_postgresql(url))


def _run_vacuum_sqlite(url: str) -> None:
    engine = make_sqlite_engine(url)
    try:
        with explain_failures(), engine.connect() as connection:
            for statement in SQLITE_STATEMENTS:
                connection.execute(text(statement))
    finally:
        engine.dispose()


async def _run_vacuum_postgresql(url: str) -> None:
    engine = make_postgresql_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with explain_failures():
            async with engine.connect() as connection:
                await connection.execute(text("VACUUM"))
    finally:
        await engine.dispose()
