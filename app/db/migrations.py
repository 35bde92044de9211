"""Migrations of a database to the schema that this program knows."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import asyncpg
from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Column, Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from app.db.connect import parse_backend
from app.db.drivers.engines import make_postgresql_engine, make_sqlite_engine
from app.errors import Misconfigured, Unavailable

Result = TypeVar("Result")

MIGRATIONS = Path(__file__).parents[2] / "migrations"
OLDEST_POSTGRESQL = 15

# The lock that all who change the schema take, one after another; the number means nothing else.
SCHEMA_LOCK = text("SELECT pg_advisory_xact_lock(7310294472)")


def run_on_schema(url: str, work: Callable[[Connection], Result]) -> Result:
    """Run `work` in one transaction that may change the schema."""
    if parse_backend(url) == "sqlite":
        return _run_on_sqlite(url, work)
    return asyncio.run(_run_on_postgresql(url, work))


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Migrate up to `revision`."""
    command.upgrade(_make_config(connection), revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    """Migrate down to `revision`."""
    command.downgrade(_make_config(connection), revision)


def add_number(table: str, name: str, value: int) -> None:
    """Add, in a migration, a column that is never null, with this value for present rows.

    SQLite keeps the value as the column's default, which no write uses.
    """
    column = Column(name, BigInteger, nullable=False, server_default=str(value))
    op.add_column(table, column)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, name, server_default=None)


def create_text_index(table: str) -> None:
    """Create, in a migration, the index of a table's words."""
    if op.get_bind().dialect.name == "postgresql":
        name = op.f(f"ix_{table}_words")
        op.create_index(name, table, ["words"], postgresql_using="gin")


def create_order_index(table: str) -> None:
    """Create, in a migration, the index for full texts in date order, which FTS5 has itself."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(op.f(f"ix_{table}_rowid"), table, ["rowid"])


def drop_order_index(table: str) -> None:
    """Drop the index that `create_order_index` creates."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(op.f(f"ix_{table}_rowid"), table)


def find_current_revision(connection: Connection) -> str | None:
    """Return the revision of the database's schema."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def find_newest_revision() -> str | None:
    """Return the revision of the schema that this program needs."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def migrate(url: str) -> tuple[str | None, str | None]:
    """Migrate a database to the newest schema; return the revisions before and after.

    Of two that migrate at once, one waits for the other.
    """

    def work(connection: Connection) -> tuple[str | None, str | None]:
        before = find_current_revision(connection)
        _refuse_newer(before)
        upgrade(connection)
        return before, find_current_revision(connection)

    return run_on_schema(url, work)


def check_schema(url: str) -> None:
    """Raise Misconfigured, with a remedy, unless the database has the schema of this program."""
    found = None if _is_missing_file(url) else run_on_schema(url, find_current_revision)
    if found is None:
        raise Misconfigured("the database holds no records yet: run `annals migrate` first")
    _refuse_newer(found)
    if found != find_newest_revision():
        raise Misconfigured(
            f"the database is at schema {found} and this program needs {find_newest_revision()}:"
            " run `annals migrate`"
        )


def check_server(version: Sequence[int | str]) -> None:
    """Raise Misconfigured if this version of PostgreSQL is too old for Annals."""
    if int(version[0]) < OLDEST_POSTGRESQL:
        found = ".".join(str(part) for part in version)
        raise Misconfigured(f"Annals needs PostgreSQL {OLDEST_POSTGRESQL} or newer, not {found}")


def _refuse_newer(revision: str | None) -> None:
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    if revision is not None and revision not in {script.revision for script in scripts}:
        raise Misconfigured(
            f"the database is at schema {revision}, which this program does not know: it was"
            " migrated by a newer one"
        )


def _is_missing_file(url: str) -> bool:
    return parse_backend(url) == "sqlite" and not Path(make_url(url).database or "").exists()


def _make_config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _run_on_sqlite(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = make_sqlite_engine(url)
    try:
        with explain_failures(), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            result = work(connection)
            connection.commit()
            return result
    finally:
        engine.dispose()


async def _run_on_postgresql(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = make_postgresql_engine(url)
    try:
        with explain_failures():
            async with engine.begin() as connection:
                check_server(connection.dialect.server_version_info or (0,))
                await connection.execute(SCHEMA_LOCK)
                return await connection.run_sync(work)
    finally:
        await engine.dispose()


@contextmanager
def explain_failures() -> Iterator[None]:
    """Turn a missing or unreachable database into an error of one line for the operator."""
    try:
        yield
    except DBAPIError as error:
        if error.statement is not None and not _is_opening_failure(error):
            raise
        raise Unavailable(f"the database cannot be opened: {error.orig}") from error
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable(f"the database cannot be reached: {error}") from error


def _is_opening_failure(error: DBAPIError) -> bool:
    messages = ("unable to open", "not a database", "readonly", "locked")
    return any(message in str(error.orig) for message in messages)
