"""The imports of one process: they wait in line, one runs at a time, each says that it is alive."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog

from app.db.database import Database
from app.errors import AnnalsError
from app.ingest.jobs import (
    ABANDONED,
    DONE,
    FAILED,
    Progress,
    create_job,
    fail_abandoned,
    finish_job,
    note_progress,
    touch_jobs,
)
from app.ingest.run import ImportOrder, Step, run_import

HEARTBEAT_SECONDS = 5.0
PATIENCE_MICROS = 30_000_000
"""After so long a silence a job's process is taken for dead."""

UNEXPECTED = "an unexpected error ended the import; the server's log has it under the import's id"


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job and the spooled file that it reads."""

    id: UUID
    path: Path
    order: ImportOrder


class ImportRunner:
    """Runs the imports that are submitted here, and ends those whose process has died."""

    def __init__(self, database: Database, spool_dir: Path) -> None:
        self.spool_dir = spool_dir
        self._database = database
        self._waiting: asyncio.Queue[Job] = asyncio.Queue()
        self._alive: dict[UUID, Job] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.imports")

    async def start(self) -> None:
        """Begin to work; jobs left over from a process that died are ended."""
        await self._look_after()
        self._tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._keep())]

    async def stop(self) -> None:
        """Stop at once; the jobs that are not done have failed, and say how to go on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in list(self._alive.values()):
            await self._end(job, FAILED, ABANDONED)

    async def submit(self, path: Path, order: ImportOrder, dataset: str) -> UUID:
        """Store a job for a spooled file, which from now on is the job's, and line it up."""
        id = await self._database.write(lambda write: create_job(write, order, dataset))
        spooled = self._spooled(id)
        await asyncio.to_thread(path.rename, spooled)
        job = Job(id, spooled, order)
        self._alive[id] = job
        self._waiting.put_nowait(job)
        return id

    async def _work(self) -> None:
        while True:
            await self._run(await self._waiting.get())

    async def _run(self, job: Job) -> None:
        status, detail = FAILED, None
        try:
            await run_import(self._database, job.path, job.order, _Teller(self._database, job.id))
            status = DONE
        except AnnalsError as error:
            detail = error.detail
        except Exception as error:
            detail = UNEXPECTED
            self._log.error("import failed", import_id=str(job.id), exc_info=error)
        await self._end(job, status, detail)

    async def _end(self, job: Job, status: str, detail: str | None) -> None:
        self._alive.pop(job.id, None)
        try:
            await self._database.write(lambda write: finish_job(write, job.id, status, detail))
        except AnnalsError as error:
            # Nobody says any more that it is alive, so that whoever looks next will end it.
            self._log.warning("import not ended", import_id=str(job.id), detail=error.detail)
        await asyncio.to_thread(job.path.unlink, missing_ok=True)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._look_after()
            except AnnalsError as error:
                self._log.warning("imports not looked after", detail=error.detail)

    async def _look_after(self) -> None:
        alive = list(self._alive)
        if alive:
            await self._database.write(lambda write: touch_jobs(write, alive))
        dead = await self._database.write(lambda write: fail_abandoned(write, PATIENCE_MICROS))
        for id in dead:
            await asyncio.to_thread(self._spooled(id).unlink, missing_ok=True)

    def _spooled(self, id: UUID) -> Path:
        return self.spool_dir / f"{id}.upload"


class _Teller:
    """Stores every step of one job."""

    def __init__(self, database: Database, id: UUID) -> None:
        self._database = database
        self._id = id
        self._findings = 0

    async def __call__(self, step: Step) -> None:
        progress = Progress(step.rows, step.findings, self._findings)
        await self._database.write(lambda write: note_progress(write, self._id, progress))
        self._findings += len(step.findings)
