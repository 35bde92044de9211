"""Removals that await confirmation and continue after cancellations and kills."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.db.database import Database
from app.errors import Conflict, NotFound
from app.ingest.import_options import ImportOptions
from app.ingest.jobs import confirm_removals
from app.ingest.jobs.job_store import cancel_job, create_job, find_job, load_job_document
from app.ingest.jobs.job_worker import ImportWorker
from app.ingest.removals.missing_rows import EDITED_STAYS
from app.models.events import events
from app.models.imports import import_removals, imports
from app.resources.events.service import delete_event
from app.values.caller import OPERATOR, Caller
from app.values.ids import make_record_id
from tests.ingest.conftest import Import
from tests.ingest.importing import work
from tests.ingest.rows import row_of, write_csv
from tests.source import ROOT
from tests.waiting import until

RELEASE = "GEDEvent_v23_1.csv"
ROWS = [row_of() | {"id": str(9_000_000 + each)} for each in range(12)]
Scalar = Callable[[Any], Awaitable[Any]]
STANDING = select(func.count()).select_from(events)
WAITING = select(func.count()).select_from(import_removals)
OTHER = Caller("other", "other", frozenset({"import"}), None)


@pytest.fixture
async def runner(database: Database, tmp_path: Path) -> AsyncIterator[ImportWorker]:
    """Yield a running import worker."""
    made = ImportWorker(database, tmp_path / "spool", ImportOptions(batch_rows=500))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def document(database: Database) -> Callable[[UUID], Awaitable[Any]]:
    """Wait until a job has ended, and read it."""

    async def document(id: UUID) -> Any:
        async def read_ended() -> Any:
            shown = await database.read(
                lambda read: load_job_document(read, find_job(read, OPERATOR, id))
            )
            return None if shown["status"] == "running" else shown

        return await until(read_ended)

    return document


@pytest.fixture
async def waiting(
    load: Import,
    runner: ImportWorker,
    tmp_path: Path,
    document: Callable[[UUID], Awaitable[Any]],
) -> UUID:
    """Return an import that found ten of twelve records missing."""
    await load(ROWS)
    id = await mirrored(runner, tmp_path, ROWS[:2])
    shown = await document(id)
    assert shown["status"] == "done"
    assert shown["removals"] == {"found": 10, "removed": 0, "confirm": 10}
    assert shown["coverage"] == {"period": "1989-01-01/2022-12-31", "countries": None}
    return id


async def mirrored(runner: ImportWorker, folder: Path, rows: list[dict[str, str]]) -> UUID:
    path = write_csv(folder / "upload.csv", rows)
    order = ImportOptions("ucdp-ged", mirror=True, file_name=RELEASE)
    await asyncio.to_thread(runner.spool_dir.mkdir, exist_ok=True)
    return await runner.submit(path, order, "ucdp-ged")


async def test_exactly_those_go(
    runner: ImportWorker, waiting: UUID, document: Any, scalar: Scalar
) -> None:
    for number, error in ((9, Conflict), (11, Conflict)):
        with pytest.raises(error, match="10 removals wait"):
            await runner.confirm(OPERATOR, waiting, number)
    with pytest.raises(NotFound):
        await runner.confirm(OTHER, waiting, 10)
    assert await scalar(STANDING) == 12
    assert await runner.confirm(OPERATOR, waiting, 10) is False
    shown = await document(waiting)
    assert shown["removals"] == {"found": 10, "removed": 10, "confirm": None}
    assert (await scalar(STANDING), await scalar(WAITING)) == (2, 0)
    with pytest.raises(Conflict, match="has no removals to confirm"):
        await runner.confirm(OPERATOR, waiting, 10)


async def test_nothing_goes_once_one_is_another(
    database: Database, runner: ImportWorker, load: Import, waiting: UUID, scalar: Scalar
) -> None:
    await load(ROWS[:3])
    assert await scalar(WAITING) == 9
    with pytest.raises(Conflict, match="changed or removed since, or their rows came back"):
        await runner.confirm(OPERATOR, waiting, 10)
    assert await scalar(STANDING) == 12


async def test_nothing_goes_once_one_was_touched(
    database: Database, runner: ImportWorker, waiting: UUID, scalar: Scalar
) -> None:
    id = make_record_id("ucdp-ged", ROWS[5]["id"])
    await database.write(lambda write: delete_event(write, OPERATOR, id, None))
    with pytest.raises(Conflict, match="changed or removed since"):
        await runner.confirm(OPERATOR, waiting, 10)
    assert await scalar(STANDING) == 11


async def test_many_go_behind_the_answer_and_can_be_cancelled(
    database: Database,
    runner: ImportWorker,
    waiting: UUID,
    document: Any,
    scalar: Scalar,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(confirm_removals, "REMOVALS_PER_BATCH", 3)
    await runner.stop()
    assert await runner.confirm(OPERATOR, waiting, 10) is True
    with pytest.raises(Conflict, match="is running"):
        await runner.confirm(OPERATOR, waiting, 7)
    await database.write(lambda write: cancel_job(write, OPERATOR, waiting))
    shown = await document(waiting)
    assert shown["status"] == "cancelled"
    assert shown["removals"] == {"found": 10, "removed": 3, "confirm": 7}
    await runner.start()
    assert await runner.confirm(OPERATOR, waiting, 7) is True
    shown = await document(waiting)
    assert shown["status"] == "done"
    assert shown["removals"] == {"found": 10, "removed": 10, "confirm": None}
    assert await scalar(STANDING) == 2


async def test_another_process_goes_on_with_what_was_confirmed(
    database: Database,
    runner: ImportWorker,
    waiting: UUID,
    document: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(confirm_removals, "REMOVALS_PER_BATCH", 3)
    await runner.stop()
    dead = ImportWorker(database, tmp_path / "elsewhere", ImportOptions())
    assert await dead.confirm(OPERATOR, waiting, 10) is True
    silent = update(imports).values(alive_at=0)
    await database.write(lambda write: write.connection.execute(silent))
    await runner.start()
    shown = await document(waiting)
    assert (shown["status"], shown["removals"]["removed"]) == ("done", 10)


async def test_one_that_is_edited_meanwhile_stays(
    database: Database,
    runner: ImportWorker,
    waiting: UUID,
    document: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(confirm_removals, "REMOVALS_PER_BATCH", 9)
    await runner.stop()
    assert await runner.confirm(OPERATOR, waiting, 10) is True
    last = await database.read(lambda read: read.scalar(select(import_removals.c.event_id)))
    changed = update(import_removals).values(revision=7)
    await database.write(lambda write: write.connection.execute(changed))
    silent = update(imports).values(alive_at=0)
    await database.write(lambda write: write.connection.execute(silent))
    await runner.start()
    shown = await document(waiting)
    assert shown["removals"] == {"found": 10, "removed": 9, "confirm": None}
    assert shown["warnings"][-1]["reason"] == EDITED_STAYS
    assert last is not None


async def leave_over(database: Database, spool: Path, rows: list[dict[str, str]]) -> UUID:
    """Leave an import and its file behind, like a process that dies."""
    order = ImportOptions("ucdp-ged", mirror=True, file_name=RELEASE)
    id = await database.write(lambda write: create_job(write, order, "ucdp-ged", "dead"))
    await asyncio.to_thread(spool.mkdir)
    await asyncio.to_thread(write_csv, spool / f"{id}.upload", rows)
    await database.write(lambda write: write.connection.execute(update(imports).values(alive_at=0)))
    return id


async def killed_while_removing(url: str, spool: Path, scalar: Scalar) -> None:
    """Start a process that takes the import over, and kill it after some removals."""
    line = [sys.executable, "-m", "tests.ingest.importing", url, str(spool), "0", str(10**9)]
    process = await asyncio.create_subprocess_exec(*line, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"started\n"
    before = await scalar(STANDING)

    async def has_removed() -> bool:
        return process.returncode is not None or await scalar(STANDING) < before

    await until(has_removed)
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_killed_while_it_removes_it_goes_on(
    database: Database,
    database_url: str,
    load: Import,
    document: Any,
    scalar: Scalar,
    tmp_path: Path,
) -> None:
    rows = [row_of() | {"id": str(9_000_000 + each)} for each in range(200)]
    await load(rows)
    id = await leave_over(database, tmp_path / "spool", rows[:180])
    await killed_while_removing(database_url, tmp_path / "spool", scalar)
    await work(database_url, tmp_path / "spool", 1, 10**9)
    shown = await document(id)
    assert (shown["status"], shown["detail"]) == ("done", None)
    assert shown["removals"] == {"found": 20, "removed": 20, "confirm": None}
    assert await scalar(STANDING) == 180
    assert {each["value"] for each in shown["warnings"]} == {row["id"] for row in rows[180:]}
    assert len(shown["warnings"]) == 20
