"""A full disk: imports wait with their file and go on, exports and counts need no files."""

import asyncio
import random
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.aggregate.columns.column_store import load_columns, save_columns
from app.aggregate.columns.event_columns import make_event_columns
from app.ingest.jobs import job_worker
from tests.aggregate.columns.rows import a_row
from tests.api.desk import DATABASES, Desk, open_desk
from tests.api.test_storage import FULL, mend, run
from tests.ingest.rows import UCDP
from tests.waiting import until

FILE, ROWS = UCDP / "ged_hdx_sample.csv", 300
LITTLE = 50_000
"""Bytes: less than the file has."""


@pytest.fixture(params=DATABASES)
async def desk(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    """A desk of the test's own, whose imports do not wait long."""
    monkeypatch.setattr(job_worker, "RETRY_SECONDS", 0.1)
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as a full disk would not."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def submit(desk: Desk) -> Any:
    content = await asyncio.to_thread(FILE.read_bytes)
    return await desk.ask("POST /v1/imports?format=ucdp-ged", content, content_type="text/csv")


def spool_of(desk: Desk) -> list[Path]:
    return [each for each in desk.app.state.imports.spool_dir.glob("*.*") if each.is_file()]


async def test_an_import_waits_for_space_and_goes_on(desk: Desk) -> None:
    database = desk.app.state.annals.database
    await run(database, getattr(FULL, database.driver))
    answer = await submit(desk)
    assert answer.status_code == 202, answer.text
    address = answer.headers["location"]

    async def is_full() -> bool:
        return bool(database.write_status == "disk-full")

    async def is_over() -> bool:
        shown = await desk.get(address)
        return bool(shown["status"] != "running")

    await until(is_full)
    assert (await desk.get(address))["status"] == "running"
    assert spool_of(desk)
    await mend(database)
    await until(is_over)
    shown = await desk.get(address)
    assert (shown["status"], shown["detail"]) == ("done", None)
    assert (shown["rows"]["read"], shown["rows"]["created"]) == (ROWS, ROWS)

    async def is_removed() -> bool:
        return not spool_of(desk)

    await until(is_removed)


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
async def test_an_upload_that_finds_no_space_leaves_nothing(desk: Desk) -> None:
    with largest_file(LITTLE):
        answer = await submit(desk)
    assert (answer.status_code, answer.json()["type"]) == (507, "/problems/out-of-space")
    assert not spool_of(desk)
    assert await desk.items("/v1/imports") == []
    assert (await submit(desk)).status_code == 202


async def test_exports_are_streamed_where_there_is_no_space_for_a_file(desk: Desk) -> None:
    dataset, dice = await desk.dataset(), random.Random(1)
    for _ in range(20):
        await desk.event(dataset, summary=dice.randbytes(4500).hex())
    await desk.settle()
    part = {"range": "bytes=10-20"}
    with largest_file(LITTLE):
        answer = await desk.ask(f"GET /v1/events.ndjson?dataset={dataset}", **part)
        refused = await desk.ask(f"GET /v1/events.parquet?dataset={dataset}")
    assert (answer.status_code, answer.text.count("\n")) == (200, 20)
    assert (refused.status_code, refused.json()["type"]) == (507, "/problems/out-of-space")
    folder = desk.app.state.imports.spool_dir / "exports"
    assert await asyncio.to_thread(lambda: list(folder.glob("*"))) == []
    answer = await desk.ask(f"GET /v1/events.ndjson?dataset={dataset}", **part)
    assert answer.status_code == 206


def test_columns_leave_nothing_half_written(tmp_path: Path) -> None:
    block = make_event_columns([a_row(number) for number in range(1, 200)])
    with largest_file(1000), pytest.raises(OSError, match="File too large"):
        save_columns(tmp_path, 1, 100, block)
    assert list(tmp_path.iterdir()) == []
    save_columns(tmp_path, 1, 100, block)
    assert load_columns(tmp_path) is not None
