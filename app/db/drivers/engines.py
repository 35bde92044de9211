"""SQLAlchemy engines whose transactions begin and end only where the code says so."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.sql.text_sql import TRANSLATE_FUNCTION, translate_text

ACQUIRE_SECONDS = 5.0
"""The time that a caller may wait for a connection of a pool of PostgreSQL."""

BUSY_SECONDS = 30.0
"""The time that SQLite may wait for a lock of another program."""

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")


def add_functions(connection: sqlite3.Connection) -> None:
    """Add to a connection the functions that our SQL calls and SQLite lacks."""
    connection.create_function(TRANSLATE_FUNCTION, 3, translate_text, deterministic=True)


def make_sqlite_engine(url: str, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Make an engine whose transactions begin and end only where the code says so."""
    arguments = {"timeout": busy_seconds, "check_same_thread": False, "cached_statements": 512}
    engine = create_engine(url, connect_args=arguments, paramstyle="named")

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        add_functions(connection)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def make_postgresql_engine(url: str, **options: Any) -> AsyncEngine:
    """Make an engine over asyncpg, whatever driver the URL names."""
    driven = "postgresql+asyncpg://" + strip_driver(url).partition("://")[2]
    engine = create_async_engine(driven, pool_timeout=ACQUIRE_SECONDS, **options)
    event.listen(engine.sync_engine, "checkout", _replace_if_closed)
    return engine


def _replace_if_closed(connection: Any, *_: object) -> None:
    """Raise DisconnectionError for a closed connection, so that the pool replaces it.

    The driver notices that by itself, whereas a ping would cost each write a round trip; work that
    breaks before the driver notices is tried again.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def strip_driver(url: str) -> str:
    """Return the URL as libpq and asyncpg write it, without a driver."""
    return "postgresql://" + url.partition("://")[2]
