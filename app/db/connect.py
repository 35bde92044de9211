"""The choice between SQLite and PostgreSQL by a database URL, made in this one place."""

import secrets
import time
from collections.abc import Callable

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.db.database import Database
from app.db.drivers.postgresql import PostgresqlDatabase
from app.db.drivers.postgresql_pool import PoolSizes
from app.db.drivers.sqlite import SqliteDatabase
from app.db.limits.deadlines import Deadlines, make_deadlines
from app.errors import Misconfigured
from app.settings import Settings
from app.values.ids import IdMaker


def now_micros() -> int:
    """Return the time in microseconds since the epoch."""
    return time.time_ns() // 1000


def connect(
    settings: Settings,
    *,
    clock: Callable[[], int] = now_micros,
    ids: IdMaker | None = None,
    deadlines: Deadlines | None = None,
) -> Database:
    """Return the database that the settings name, not yet opened.

    Its deadlines are the settings' too, unless others are given.
    """
    deadlines = deadlines or make_deadlines(settings)
    ids = ids or IdMaker(lambda: clock() // 1000, secrets.randbits)
    if parse_backend(settings.database_url) == "sqlite":
        if settings.read_database_url is not None:
            raise Misconfigured("ANNALS_READ_DATABASE_URL needs PostgreSQL; SQLite has one file")
        return SqliteDatabase(
            settings.database_url,
            clock=clock,
            ids=ids,
            exports=settings.export_connections,
            deadlines=deadlines,
        )
    return PostgresqlDatabase(
        settings.database_url,
        settings.read_database_url,
        clock=clock,
        ids=ids,
        connections=PoolSizes(
            short=settings.pool_size,
            long=settings.long_questions_anonymous + settings.long_questions_keyed,
            exports=settings.export_connections,
        ),
        deadlines=deadlines,
    )


def parse_backend(url: str) -> str:
    """Return `sqlite` or `postgresql`; raise Misconfigured for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Misconfigured("ANNALS_DATABASE_URL is not a database URL") from None
    name = {"postgres": "postgresql"}.get(parsed.get_backend_name(), parsed.get_backend_name())
    if name not in {"sqlite", "postgresql"}:
        raise Misconfigured(f"ANNALS_DATABASE_URL must be sqlite or postgresql, not {name}")
    if name == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise Misconfigured("SQLite needs a file: sqlite:///annals.db")
    return name
