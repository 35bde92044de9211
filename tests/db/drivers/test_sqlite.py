"""SQLite's file while another program locks it, and writes that take too long."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select, table, text

from app.db.connect import connect
from app.db.database import Database
from app.db.statements import Statement
from app.db.transaction import Transaction
from app.errors import Unavailable
from app.settings import Settings
from tests.api.test_full_disk import largest_file
from tests.db.drivers.test_postgresql import COUNT, ONE_BY_DRIVER, ROW, TABLE
from tests.db.limits.test_circuit_breaker import HASTY, all_told

ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12)"
    " SELECT max(i) FROM n"
)
FEED = "CREATE TABLE feed (epoch INTEGER, transaction_number INTEGER)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open database whose deadlines are short, with no table but the feed's."""
    path = tmp_path / "annals.db"
    with sqlite3.connect(path) as made:
        made.execute(FEED)
        made.execute("INSERT INTO feed VALUES (1, 1)")
    deadlines = replace(HASTY, write=0.5, read=0.2)
    database = connect(Settings(database_url=f"sqlite:///{path}"), deadlines=deadlines)
    await database.open()
    await database.write(lambda write: write.connection.execute(TABLE))
    yield database
    await database.close()


def add(write: Transaction) -> None:
    write.connection.execute(ROW)


async def test_writes_wait_for_another_program_and_no_longer_than_they_may(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "annals.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await all_told([database.write(add) for _ in range(4)])
    assert await database.fetch(ONE_BY_DRIVER, {}) == [(1,)]
    waiting = asyncio.create_task(database.write(add))
    await asyncio.sleep(0)
    other.execute("ROLLBACK")
    other.close()
    await waiting
    assert await database.read(lambda read: read.scalar(COUNT)) == 1


async def test_reads_of_a_file_that_another_program_keeps_to_itself(
    database: Database, tmp_path: Path
) -> None:
    await database.close()
    other = sqlite3.connect(tmp_path / "annals.db", isolation_level=None)
    for statement in ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "COMMIT"):
        other.execute(statement).fetchall()
    again = connect(Settings(database_url=f"sqlite:///{tmp_path / 'annals.db'}"), deadlines=HASTY)
    await again.open()
    counted = Statement(select(func.count()).select_from(table("numbers")))
    await all_told([again.fetch(counted, {}), again.read(lambda read: read.scalar(COUNT))])
    other.close()
    assert await again.fetch(counted, {}) == [(0,)]
    await again.close()


async def test_a_write_that_takes_too_long_is_taken_back(database: Database) -> None:
    def work(write: Transaction) -> None:
        add(write)
        write.connection.execute(ENDLESS)

    with pytest.raises(Unavailable, match="took it back"):
        await database.write(work)
    await database.write(add)
    assert await database.read(lambda read: read.scalar(COUNT)) == 1


async def test_a_long_sort_that_finds_no_space_is_done_in_memory(database: Database) -> None:
    numbers = select(literal(1).label("i")).cte("n", recursive=True)
    numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < 60_000))
    text = func.hex(func.randomblob(60)).label("text")
    in_order = Statement(select(numbers.c.i, text).order_by(text))
    with largest_file(0):
        async with database.snapshot() as reads:
            assert len(await reads.fetch(in_order, {})) == 60_000
    assert len(await database.fetch(in_order, {})) == 60_000
