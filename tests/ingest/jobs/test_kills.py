"""Imports killed with -9 at random times: they end like a run without kills.

`KILLS=20 pytest tests/ingest/jobs/test_kills.py` kills twenty times, and maps in a separate
process.
"""

import asyncio
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from app.db.database import Database
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_store import create_job
from app.maintenance.check.run_check import check_records
from app.models.changes import changes
from app.models.events import event_documents
from app.models.imports import imports
from tests.ingest.conftest import connect_to
from tests.ingest.contents import contents
from tests.ingest.importing import work
from tests.ingest.rows import UCDP
from tests.source import ROOT
from tests.waiting import until

KILLS = int(os.environ.get("KILLS", "2"))
FILE, ROWS = (UCDP / "ged_hdx_sample.csv", 300)
if KILLS > 2:
    FILE, ROWS = (UCDP / "ged231_sample1000.csv", 1000)
BATCH_SECONDS = 0.3
"""Longer than a batch takes, so that a kill can occur at any point in it."""


async def start(url: str, spool: Path, attempt: int) -> asyncio.subprocess.Process:
    process_from = "0" if KILLS > 2 else "1000000000"
    line = [sys.executable, "-m", "tests.ingest.importing", url, str(spool), str(attempt)]
    made = await asyncio.create_subprocess_exec(
        *line, process_from, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert made.stdout is not None
    assert await made.stdout.readline() == b"started\n"
    return made


async def leave_over(database: Database, spool: Path) -> None:
    order = ImportOptions("ucdp-ged", "ucdp-ged", file_name=FILE.name)
    id = await database.write(lambda write: create_job(write, order, "ucdp-ged", "dead"))
    await asyncio.to_thread(spool.mkdir)
    await asyncio.to_thread(shutil.copy, FILE, spool / f"{id}.upload")
    silent = update(imports).values(alive_at=0)
    await database.write(lambda write: write.connection.execute(silent))


async def rows_read(database: Database) -> int:
    rows = await database.read(lambda read: read.scalar(select(imports.c.rows)))
    assert rows is not None
    return int(rows["read"])


async def progress(database: Database, before: int) -> None:
    """Wait until a batch is written."""

    async def has_read_more() -> bool:
        return await rows_read(database) > before

    await until(has_read_more)


async def test_killed_again_and_again_it_ends_as_if_nothing_had_been(
    database: Database, database_url: str, twin_url: str, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}, {KILLS} kills\n")
    dice = random.Random(seed)
    await leave_over(database, tmp_path / "spool")
    reached: list[int] = []
    for attempt in range(KILLS):
        process = await start(database_url, tmp_path / "spool", attempt)
        if dice.random() < 0.8:
            await progress(database, reached[-1] if reached else 0)
        await asyncio.sleep(dice.uniform(0, BATCH_SECONDS))
        if process.returncode is None:
            process.kill()
        await process.wait()
        reached.append(await rows_read(database))
    last = await start(database_url, tmp_path / "spool", KILLS)
    assert await last.wait() == 0
    job = await database.read(lambda read: read.execute(select(imports)).one())
    sys.stdout.write(f"rows that were in at each kill: {reached}\n")
    assert reached == sorted(reached)
    assert (job.status, job.rows["read"], job.rows["created"]) == ("done", ROWS, ROWS), job.detail
    await same_as_clean(database, twin_url, tmp_path / "clean")


async def same_as_clean(database: Database, twin_url: str, spool: Path) -> None:
    twin = connect_to(twin_url)
    await twin.open()
    await leave_over(twin, spool)
    await work(twin_url, spool, 0, 10**9)
    for everything in (contents, in_order):
        expected, found = await twin.read(everything), await database.read(everything)
        for name, rows in expected.items():
            assert found[name] == rows, name
    await twin.close()
    assert await database.read(lambda read: list(check_records(read, lambda *_: None))) == []
    revisions = select(event_documents.c.revision).distinct()
    assert await database.read(lambda read: read.scalars(revisions).all()) == [1]
    operations = select(changes.c.operation).distinct()
    assert await database.read(lambda read: read.scalars(operations).all()) == ["created"]


def in_order(connection: Connection) -> dict[str, list[Any]]:
    """Return the rows of the feed, which have an order besides their contents."""
    told = select(changes.c.id, changes.c.kind, changes.c.revision).order_by(changes.c.position)
    return {"feed": list(connection.execute(told).all())}
