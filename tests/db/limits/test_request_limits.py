"""Reads limited to the share of their caller, on both databases and over columns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Integer, func, literal_column, select

from app.db.connect import connect
from app.db.database import Database
from app.db.limits.admission import Admission, RequestLimits
from app.db.limits.request_limits import (
    LimitedWork,
    RequestUsage,
    WaitUntilLeft,
    limit_request,
    map_in_worker,
    release_request,
)
from app.db.statements import Statement
from app.errors import QuestionTooCostly, TooManyRequests, Unavailable
from app.settings import Settings
from tests.waiting import until

numbers = select(literal_column("1", Integer).label("number")).cte("numbers", recursive=True)
numbers = numbers.union_all(
    select(numbers.c.number + literal_column("1")).where(numbers.c.number > literal_column("0"))
)
ENDLESS = select(func.count()).select_from(numbers)
ASKED = Statement(ENDLESS)
FOR_EVER = 10**15
ONE = Statement(select(literal_column("1")))

Ask = Callable[[Database], Awaitable[None]]


async def fetch(database: Database) -> None:
    """Read for ever by one statement."""
    await database.fetch(ASKED, {})


async def look(database: Database) -> None:
    """Read for ever in a snapshot."""
    async with database.snapshot() as reads:
        await reads.fetch(ONE, {})
        await reads.fetch(ASKED, {})


async def read(database: Database) -> None:
    """Read for ever through SQLAlchemy."""
    await database.read(lambda connection: connection.execute(ENDLESS).all())


async def count(database: Database) -> None:
    """Count for ever in Python, in a snapshot."""
    async with database.snapshot():
        await map_in_worker(range(FOR_EVER), lambda number: None)


WAYS = (fetch, look, read, count)


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """An open database without tables."""
    database = connect(Settings(database_url=empty_database_url))
    await database.open()
    yield database
    await database.close()


def shares(*, look: float = 0.01, seconds: float = 600.0, short: int = 10) -> Admission:
    """Return shares of one long query for each caller, two without a key, two with one."""
    return Admission(
        RequestLimits(
            short=short,
            long=(1, 2, 2),
            anonymous_seconds=seconds,
            keyed_seconds=seconds,
            short_seconds=0.1,
            look_seconds=look,
        )
    )


def by(
    admission: Admission, name: str, *, keyed: bool = False, left: WaitUntilLeft | None = None
) -> AbstractContextManager[None]:
    """Return a request of this caller."""
    return limit_request(RequestUsage(admission, name, not keyed, left))


async def asked(
    admission: Admission, name: str, ask: Awaitable[None], *, keyed: bool = False
) -> None:
    """Read as this caller."""
    with by(admission, name, keyed=keyed):
        await ask


async def until_long(
    database: Database, admission: Admission, name: str, keyed: bool = False
) -> asyncio.Task[None]:
    """Start a query that lasts for ever, and wait until it is a long one."""
    asked = RequestUsage(admission, name, not keyed, None)

    async def ask() -> None:
        with limit_request(asked):
            await fetch(database)

    task = asyncio.create_task(ask())
    await until(lambda: asked.deadline is not None)
    return task


@pytest.mark.parametrize("ask", WAYS)
async def test_a_question_that_runs_out_of_its_time_is_too_costly(
    database: Database, ask: Ask
) -> None:
    admission = shares(seconds=0.05)
    for _ in range(3):
        with pytest.raises(QuestionTooCostly, match=r"0\.05 seconds"):
            await asked(admission, "a", ask(database))


async def fetch_one(database: Database, statement: Statement = ONE) -> None:
    """Read what takes no time."""
    assert await database.fetch(statement, {}) == [(1,)]


@pytest.mark.parametrize("ask", WAYS)
async def test_who_has_its_share_is_refused_and_gets_it_back(database: Database, ask: Ask) -> None:
    admission = shares()
    for _ in range(2):
        long = await until_long(database, admission, "a")
        with pytest.raises(TooManyRequests, match="one caller"):
            await asked(admission, "a", ask(database))
        long.cancel()
        await asyncio.gather(long, return_exceptions=True)


async def test_all_without_a_key_have_one_share_and_keys_another(database: Database) -> None:
    admission = shares()
    long = [await until_long(database, admission, name) for name in ("a", "b")]
    with pytest.raises(TooManyRequests, match="without a key"):
        await asked(admission, "c", fetch(database))
    long += [await until_long(database, admission, name, keyed=True) for name in ("d", "e")]
    with pytest.raises(Unavailable):
        await asked(admission, "f", fetch(database), keyed=True)
    for each in long:
        each.cancel()
    await asyncio.gather(*long, return_exceptions=True)
    await asked(admission, "c", fetch_one(database))


async def test_what_is_on_trial_leaves_room_for_what_is_known_to_be_short(
    database: Database,
) -> None:
    """Short reads last for ever here: nothing checks them."""
    admission = shares(look=600)
    known = Statement(select(literal_column("1")))
    await asked(admission, "a", fetch_one(database, known))
    known.mark_short()
    tasks = [
        asyncio.create_task(asked(admission, f"{number}", look(database))) for number in range(12)
    ]
    await until(lambda: sum(each.done() for each in tasks) >= 7)
    assert {type(each.exception()) for each in tasks if each.done()} == {TooManyRequests}
    await asked(admission, "a", fetch_one(database, known))
    await asked(admission, "k", fetch_one(database), keyed=True)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("ask", WAYS)
async def test_the_question_of_who_leaves_is_ended(database: Database, ask: Ask) -> None:
    async def left() -> Exception:
        return ConnectionResetError("left")

    with pytest.raises(ConnectionResetError, match="left"), by(shares(), "a", left=left):
        await ask(database)


async def test_what_is_answered_holds_nothing(database: Database) -> None:
    admission = shares(look=0.0)
    with by(admission, "a"):
        async with LimitedWork():
            await asyncio.sleep(0.001)
        release_request()
        long = await until_long(database, admission, "a")
        long.cancel()
    await asyncio.gather(long, return_exceptions=True)


async def test_what_nobody_asks_is_held_to_no_share(database: Database) -> None:
    admission = shares(short=1)
    long = await until_long(database, admission, "a")
    await fetch_one(database)
    long.cancel()
    await asyncio.gather(long, return_exceptions=True)
