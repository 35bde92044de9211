"""PostgreSQL whose connections are cut after any number of bytes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import literal_column, select, text

from app.db.connect import connect
from app.db.database import Database
from app.db.statements import Statement, fetch
from app.db.transaction import Transaction
from app.errors import OutcomeUnknown, Unavailable
from app.settings import Settings
from tests.db.drivers.test_postgresql import COUNT, INSERTED, TABLE
from tests.proxy import Proxy, proxy_before
from tests.waiting import until

PATIENCE = 20.0
"""Seconds after which a test gives up."""

LONG = Statement(select(literal_column("repeat('x', 3000)")))
CUTS = (1, 60, 300, 413, 471, 500, 560, 700, 1500, 3300)
"""In the greeting, in the server's parameters, in a description of rows, in a row."""


@pytest.fixture
async def proxy(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before an empty database, and the URL through it."""
    # asyncpg leaves an error behind, that nobody hears, where its question for TLS is cut.
    monkeypatch.setenv("PGSSLMODE", "disable")
    async with proxy_before(empty_postgres_url) as found:
        yield found


async def fetched(database: Database) -> None:
    await database.fetch(LONG, {})


async def read(database: Database) -> None:
    await database.read(lambda read: read.execute(text("SELECT repeat('x', 3000)")).all())


async def in_snapshot(database: Database) -> None:
    async with database.snapshot() as reads:
        await reads.fetch(LONG, {})


async def streamed(database: Database) -> None:
    async with database.stream(LONG, {}) as batches:
        _ = [rows async for rows in batches]


async def lines(database: Database) -> None:
    async with database.stream_lines(LONG, {}) as chunks:
        _ = [chunk async for chunk in chunks]


async def written(database: Database) -> None:
    await database.write(lambda write: fetch(write.connection, LONG, {}))


WORKS = (fetched, read, in_snapshot, streamed, lines, written)


async def cut(url: str, work: Callable[[Database], Awaitable[None]], after: int) -> None:
    """Lose every connection after so many bytes, and none again."""
    async with proxy_before(url) as (passing, through):
        settings = Settings(database_url=through, pool_size=1, connect_seconds=2.0)
        database = connect(settings)
        await database.open()
        passing.reset()
        passing.cut_after = after
        with pytest.raises(Unavailable):
            await work(database)
        passing.cut_after = None
        await healthy(database, work)
        await database.close()


async def healthy(database: Database, *works: Callable[[Database], Awaitable[None]]) -> None:
    """Wait until all of them succeed again."""
    for work in works:

        async def works_again(work: Callable[[Database], Awaitable[None]] = work) -> bool:
            try:
                await work(database)
            except Unavailable:
                return False
            return True

        await until(works_again)


async def test_a_connection_that_is_cut_is_told_wherever_it_is_cut(
    proxy: tuple[Proxy, str], empty_postgres_url: str
) -> None:
    for work in WORKS:
        await asyncio.gather(*(cut(empty_postgres_url, work, after) for after in CUTS))


async def test_a_commit_that_nobody_confirmed_may_have_been_made(
    proxy: tuple[Proxy, str],
) -> None:
    passing, url = proxy
    database = connect(Settings(database_url=url))
    await database.open()
    await database.write(lambda write: write.connection.execute(TABLE))

    def work(write: Transaction) -> None:
        fetch(write.connection, INSERTED, {})
        passing.cuts_answers = True

    with pytest.raises(OutcomeUnknown, match="may have been recorded"):
        await database.write(work)
    passing.cuts_answers = False
    assert await database.read(lambda read: read.scalar(COUNT)) == 1
    await database.close()
