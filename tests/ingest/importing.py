"""A process that takes over unfinished imports and exits after them; it may be killed."""

import asyncio
import sys
import time
from pathlib import Path

from sqlalchemy import select

from app.db.connect import connect
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_worker import ImportWorker
from app.ingest.removals import removal_run
from app.models.imports import imports
from app.settings import Settings
from tests.waiting import until

BATCH_ROWS = 15
REMOVED_TOGETHER = 1
MINUTE = 60_000_000


async def work(url: str, spool_dir: Path, attempt: int, process_from: int) -> None:
    """Run a minute later than the attempt before, which is then presumed dead."""
    database = connect(
        Settings(database_url=url), clock=lambda: time.time_ns() // 1000 + attempt * MINUTE
    )
    await database.open()
    limits = ImportOptions(batch_rows=BATCH_ROWS, process_from=process_from)
    runner = ImportWorker(database, spool_dir, limits)
    await runner.start()
    sys.stdout.write("started\n")
    sys.stdout.flush()
    running = select(imports.c.id).where(imports.c.status == "running")

    async def has_ended() -> bool:
        return await database.read(lambda read: read.scalar(running)) is None

    await until(has_ended)
    await runner.stop()
    await database.close()


if __name__ == "__main__":
    removal_run.ROWS_PER_REMOVAL = REMOVED_TOGETHER
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
