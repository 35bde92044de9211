"""Reads and writes of a database whose disk is full, read-only, failing or damaged."""

import resource
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from app.db.database import Database
from app.db.driver_errors import FileFailure
from app.db.limits.write_health import REMEMBERED_SECONDS, WriteHealth
from app.errors import AnnalsError, OutOfSpace
from tests.api.desk import DATABASES, Desk, a_meeting, open_desk

LONG = "x" * 9000
MENDED = {
    "sqlite3": ("PRAGMA query_only = OFF", "PRAGMA max_page_count = 1000000"),
    "asyncpg": ("DROP TRIGGER failing ON events",),
}


@pytest.fixture(params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk of the test's own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@dataclass(frozen=True)
class Failure:
    """A way to make a database fail, and the answer to a write then."""

    sqlite3: tuple[str, ...]
    asyncpg: tuple[str, ...]
    status: int
    slug: str
    writes: str


def raising(state: str) -> tuple[str, ...]:
    """Have PostgreSQL raise an error where an event is made, as it does when that befalls it."""
    return (
        "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$",
        "CREATE TRIGGER failing BEFORE INSERT ON events EXECUTE FUNCTION fail()",
    )


FULL = Failure(("PRAGMA max_page_count = 1",), raising("53100"), 507, "out-of-space", "disk-full")
READ_ONLY = Failure(
    ("PRAGMA query_only = ON",),
    raising("25006"),
    503,
    "unavailable",
    "read-only",
)
DAMAGED = Failure(
    ("DELETE FROM event_texts_data",),
    raising("XX001"),
    500,
    "storage-corrupt",
    "corrupt",
)


async def run(database: Database, statements: tuple[str, ...]) -> None:
    """Run statements on the connection that writes."""
    await database.write(
        lambda write: [write.connection.exec_driver_sql(each) for each in statements]
    )


async def refused(desk: Desk, dataset: str) -> Any:
    """The answer to the first event that is not taken: there may be some space left."""
    for _ in range(100):
        answer = await desk.ask("POST /v1/events", a_meeting(dataset, summary=LONG))
        if answer.status_code != 201:
            return answer
    raise AssertionError("a hundred events were taken")


async def ready(desk: Desk) -> tuple[str, int, int]:
    """The answer to writes, with the statuses of reads and of writes."""
    reads, writes = await desk.ask("GET /readyz"), await desk.ask("GET /readyz?for=writes")
    assert reads.json()["writes"] == writes.json()["writes"]
    return reads.json()["writes"], reads.status_code, writes.status_code


@pytest.mark.parametrize("failure", [FULL, READ_ONLY], ids=lambda each: each.writes)
async def test_writes_are_refused_and_reads_go_on(desk: Desk, failure: Failure) -> None:
    dataset, database = await desk.dataset(), desk.app.state.annals.database
    event = await desk.event(dataset)
    assert await ready(desk) == ("ok", 200, 200)
    await run(database, getattr(failure, database.driver))
    answer = await refused(desk, dataset)
    assert (answer.status_code, answer.json()["type"]) == (
        failure.status,
        f"/problems/{failure.slug}",
    )
    assert ("retry-after" in answer.headers) == (failure.status == 503)
    assert await ready(desk) == (failure.writes, 200, 503)
    assert (await desk.get(f"/v1/events/{event['id']}"))["id"] == event["id"]
    before = len(await desk.items(f"/v1/events?dataset={dataset}&limit=200"))
    await mend(database)
    await desk.event(dataset)
    assert len(await desk.items(f"/v1/events?dataset={dataset}&limit=200")) == before + 1
    assert await ready(desk) == ("ok", 200, 200)


async def mend(database: Database) -> None:
    """Give back what was taken, even where no write begins."""
    if database.driver == "sqlite3":
        writing: Any = database
        driver = writing._write_connection.connection.driver_connection
        for statement in MENDED["sqlite3"]:
            driver.execute(statement)
    else:
        await run(database, MENDED["asyncpg"])


async def test_a_damaged_database_takes_no_more_writes(desk: Desk) -> None:
    dataset, database = await desk.dataset(), desk.app.state.annals.database
    event = await desk.event(dataset)
    await run(database, getattr(DAMAGED, database.driver))
    for line in ("POST /v1/events", "POST /v1/datasets"):
        body = a_meeting(dataset) if "events" in line else {"slug": "no-more", "title": "No more"}
        answer = await desk.ask(line, body)
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/storage-corrupt")
    assert await ready(desk) == ("corrupt", 200, 503)
    assert (await desk.get(f"/v1/events/{event['id']}"))["id"] == event["id"]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
async def test_a_file_that_cannot_be_written_is_told(desk: Desk) -> None:
    dataset = await desk.dataset()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        answer = await desk.ask("POST /v1/events", a_meeting(dataset))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["type"] in {"/problems/unavailable", "/problems/outcome-unknown"}
    await desk.event(dataset)
    assert await ready(desk) == ("ok", 200, 200)


def test_a_refusal_is_forgotten_after_a_while_and_by_a_caller_s_write() -> None:
    now = [0.0]
    health = WriteHealth(lambda: now[0])
    told: list[str] = []

    def write(error: Exception | None = None, *, proves_space: bool = True) -> None:
        with suppress(AnnalsError), health.watch_write(proves_space=proves_space):
            if error is not None:
                raise error
        told.append(health.status)

    write(OutOfSpace("full"))
    write(proves_space=False)
    now[0] += REMEMBERED_SECONDS + 1
    write(proves_space=False)
    write(FileFailure("gone"))
    write()
    assert told == ["disk-full", "disk-full", "ok", "failing", "ok"]
