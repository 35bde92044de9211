"""PostgreSQL whose connections break during work."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import (
    Connection,
    Integer,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)

from app.db.connect import connect
from app.db.database import Database
from app.db.statements import Statement, fetch
from app.db.transaction import Transaction
from app.errors import Unavailable
from app.settings import Settings
from tests.databases import execute

CUT_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
CUT_OWN = text("SELECT pg_terminate_backend(pg_backend_pid())")
ONE = text("SELECT 1")
ONE_BY_DRIVER = Statement(select(literal_column("1")))
CUT_BY_DRIVER = Statement(select(func.pg_terminate_backend(func.pg_backend_pid())))
OWN = Statement(select(func.pg_backend_pid()))
CUT_ONE = Statement(
    select(func.pg_terminate_backend(func.pg_backend_pid())).where(
        func.pg_backend_pid() == bindparam("pid", type_=Integer)
    )
)
SLEEP = Statement(select(func.pg_sleep(30)))
WRONG = Statement(select(literal_column("1 / 0")))
TABLE = text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
ROW = text("INSERT INTO numbers VALUES (1)")
COUNT = text("SELECT count(*) FROM numbers")
INSERTED = Statement(insert(table("numbers", column("number"))).values(number=literal_column("1")))


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
        assert len(await database.fetch(OWN, {})) == 1
        await execute(empty_postgres_url, CUT_OTHERS)
        await asyncio.sleep(0.2)  # the driver hears of it


async def test_all_that_a_url_says_holds_for_every_connection(empty_postgres_url: str) -> None:
    database = connect(Settings(database_url=f"{empty_postgres_url}?sslmode=disable"))
    await database.open()
    assert await database.write(lambda write: write.connection.scalar(ONE)) == 1
    assert await database.read(lambda read: read.scalar(ONE)) == 1
    assert len(await database.fetch(OWN, {})) == 1
    await database.close()


async def test_what_breaks_on_the_driver_is_done_anew(database: Database) -> None:
    tries: list[int] = []

    def work(write: Transaction) -> int:
        tries.append(1)
        if len(tries) == 1:
            fetch(write.connection, CUT_BY_DRIVER, {})
        return int(fetch(write.connection, ONE_BY_DRIVER, {})[0][0])

    assert await database.write(work) == 1
    assert len(tries) == 2


async def test_a_short_read_that_breaks_is_done_anew_once(database: Database) -> None:
    ((pid,),) = await database.fetch(OWN, {})
    assert await database.fetch(CUT_ONE, {"pid": pid}) == []
    with pytest.raises(Unavailable):
        await database.fetch(CUT_BY_DRIVER, {})
    assert len(await database.fetch(OWN, {})) == 1


async def test_a_read_that_breaks_twice_says_that_the_database_is_not_there(
    database: Database,
) -> None:
    with pytest.raises(Unavailable):
        await database.read(lambda read: read.execute(CUT_OWN))


async def test_what_another_wrote_first_is_tried_again(database: Database) -> None:
    await database.write(lambda write: write.connection.execute(TABLE))
    tries: list[int] = []

    def work(write: Transaction) -> None:
        tries.append(1)
        for _ in range(3 - len(tries)):
            fetch(write.connection, INSERTED, {})

    await database.write(work)
    assert len(tries) == 2
    assert await database.write(lambda write: write.connection.scalar(COUNT)) == 1


@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_fails_is_taken_back(database: Database, cancelled: bool) -> None:
    await database.write(lambda write: write.connection.execute(TABLE))

    def work(write: Transaction) -> None:
        write.connection.execute(ROW)
        fetch(write.connection, SLEEP if cancelled else WRONG, {})

    for _ in range(3):
        writing = asyncio.create_task(database.write(work))
        if cancelled:
            await asyncio.sleep(0.1)
            writing.cancel()
        with pytest.raises(asyncio.CancelledError if cancelled else asyncpg.PostgresError):
            await writing
    assert await database.write(lambda write: write.connection.scalar(COUNT)) == 0


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
