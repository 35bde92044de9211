"""SQLAlchemy engines whose transactions begin and end only where the code says so."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.sql.text_sql import TRANSLATE_FUNCTION, translate_text

ACQUIRE_SECONDS = 5.0
"""How long a caller may wait for a connection of a pool of PostgreSQL."""

BUSY_SECONDS = 30.0
"""How long SQLite may wait for a lock of another program."""

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that our SQL calls and SQLite has not."""
    connection.create_function(TRANSLATE_FUNCTION, 3, translate_text, deterministic=True)


def make_sqlite_engine(url: str, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine whose transactions begin and end only where the code says so."""
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
    """An engine over asyncpg, whatever driver the URL leaves unsaid."""
    driven = "postgresql+asyncpg://" + strip_driver(url).partition("://")[2]
    engine = create_async_engine(driven, pool_timeout=ACQUIRE_SECONDS, **options)
    event.listen(engine.sync_engine, "checkout", _replace_if_closed)
    return engine


def _replace_if_closed(connection: Any, *_: object) -> None:
    """Let the pool replace a connection that the server has closed.

    The driver hears of it by itself, where asking the server would cost each write a round trip;
    what breaks before that is tried again.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def strip_driver(url: str) -> str:
    """The URL as libpq and asyncpg write it."""
    return "postgresql://" + url.partition("://")[2]
