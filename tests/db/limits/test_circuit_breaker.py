"""PostgreSQL that no longer answers: on some connections, on all, and again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, literal_column, select, text

from app.db.connect import connect
from app.db.database import Database
from app.db.limits.deadlines import Deadlines
from app.db.statements import Statement, fetch
from app.db.transaction import Transaction
from app.errors import QuestionTooCostly, Unavailable
from app.settings import Settings
from app.web.observability import configure_logs
from tests.databases import execute
from tests.db.drivers.test_postgresql import COUNT, ROW, TABLE
from tests.db.drivers.test_postgresql_pool import PATIENCE, WORKS, healthy, proxy
from tests.proxy import Proxy

__all__ = ["proxy"]

HASTY = Deadlines(connect=1.0, read=1.0, query=1.0, write=1.0, batch=1.0, chunk=1.0)
SLEEP = Statement(select(func.pg_sleep(literal_column("60"))))


@pytest.fixture(autouse=True)
def _logs() -> None:
    """Log to this test's stream: an earlier test's is closed."""
    configure_logs("json")


@pytest.fixture
async def database(proxy: tuple[Proxy, str]) -> AsyncIterator[Database]:
    """An open database behind the proxy, whose deadlines are short."""
    database = connect(Settings(database_url=proxy[1], pool_size=3), deadlines=HASTY)
    await database.open()
    yield database
    await database.close()


async def all_told(works: list[Awaitable[Any]]) -> None:
    """Check that each ends with Unavailable, and none hangs."""
    async with asyncio.timeout(PATIENCE):
        for told in await asyncio.gather(*works, return_exceptions=True):
            assert isinstance(told, Unavailable), told
            assert told.headers["Retry-After"]


async def test_a_database_that_is_silent_is_told_to_all_and_comes_back(
    proxy: tuple[Proxy, str], database: Database, empty_postgres_url: str
) -> None:
    passing, _ = proxy
    await asyncio.gather(*(work(database) for work in WORKS))
    passing.swallows = True
    await all_told([work(database) for work in WORKS * 3])
    made = passing.connections
    await all_told([work(database) for work in WORKS * 10])
    # At most one question a second goes out while it is silent.
    assert passing.connections - made <= 2
    passing.swallows = False
    await healthy(database, *WORKS)
    await execute(empty_postgres_url, "SELECT 1")
    held = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    assert 0 < await database.read(lambda read: read.scalar(held)) <= 3 * 3


async def test_connections_that_are_half_open_are_replaced(
    proxy: tuple[Proxy, str], database: Database
) -> None:
    for _ in range(2):
        await asyncio.gather(*(work(database) for work in WORKS))
        proxy[0].half_open()
        await all_told([work(database) for work in WORKS[:3]])


async def test_a_costly_statement_is_stopped_and_closes_nothing(database: Database) -> None:
    with pytest.raises(QuestionTooCostly):
        await database.read(lambda read: fetch(read, SLEEP, {}))
    await database.write(lambda write: write.connection.execute(TABLE))

    def work(write: Transaction) -> None:
        write.connection.execute(ROW)
        fetch(write.connection, SLEEP, {})

    with pytest.raises(Unavailable, match="took it back"):
        await database.write(work)
    assert await database.read(lambda read: read.scalar(COUNT)) == 0


async def test_a_batch_has_a_time_of_its_own(proxy: tuple[Proxy, str]) -> None:
    deadlines = replace(HASTY, batch=30.0)
    database = connect(Settings(database_url=proxy[1]), deadlines=deadlines)
    await database.open()
    nap = Statement(select(func.pg_sleep(literal_column("1.8"))))
    with pytest.raises(Unavailable):
        await database.write(lambda write: fetch(write.connection, nap, {}))
    await database.write(lambda write: fetch(write.connection, nap, {}), is_batch=True)
    await database.close()
