"""PostgreSQL when its connections break under us."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, text

from app.db.connect import connect
from app.db.database import Database
from app.settings import Settings
from tests.databases import execute

CUT_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
CUT_OWN = text("SELECT pg_terminate_backend(pg_backend_pid())")
ONE = text("SELECT 1")


@pytest.fixture
async def database(empty_postgres_url: str) -> AsyncIterator[Database]:
    """An open database without tables."""
    database = connect(Settings(database_url=empty_postgres_url))
    await database.open()
    yield database
    await database.close()


async def test_a_connection_that_was_closed_is_replaced(
    database: Database, empty_postgres_url: str
) -> None:
    for _ in range(2):
        assert await database.write(lambda write: write.connection.scalar(ONE)) == 1
        assert await database.read(lambda read: read.scalar(ONE)) == 1
        await execute(empty_postgres_url, CUT_OTHERS)
        await asyncio.sleep(0.2)  # the driver hears of it


async def test_what_breaks_before_the_commit_is_done_anew(database: Database) -> None:
    tries: list[int] = []

    def work(connection: Connection) -> int:
        tries.append(1)
        if len(tries) % 2:
            connection.execute(CUT_OWN)
        number: int = connection.execute(ONE).scalar_one()
        return number

    assert await database.write(lambda write: work(write.connection)) == 1
    assert await database.read(work) == 1
    assert len(tries) == 4
