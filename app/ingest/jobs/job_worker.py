"""The imports of one process: some run side by side, the others wait in line.

A job lives as long as its file: when its process dies, the next one that finds the file goes on
after the last batch that is in.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Row

from app.db.database import Database
from app.db.driver_errors import word_for
from app.errors import AnnalsError, OutOfSpace, Unavailable
from app.ingest.coverage import period
from app.ingest.jobs.confirm_removals import Remover, confirm_removals, remove_confirmed
from app.ingest.jobs.job_progress import JobJournal
from app.ingest.jobs.job_store import (
    ABANDONED,
    DONE,
    FAILED,
    REVOKED,
    RUNNING,
    Cancelled,
    begin_job,
    confirmed_by,
    create_job,
    find_job,
    finish_job,
    holder_of,
    list_silent,
    note_wait,
    release_job,
    take_over,
    touch_jobs,
)
from app.ingest.progress_steps import Watch
from app.ingest.run import ImportOrder, run_import
from app.values.caller import OPERATOR, Caller

SIDE_BY_SIDE = 2
SERVED_BATCH_ROWS = 500
"""Short batches: beside them the server has requests to answer."""

HEARTBEAT_SECONDS = 5.0
WAITING_SECONDS = 2.0
DOUBLINGS = 4
"""Until an import is tried again that had no space, or no database; twice as long each time."""

PATIENCE_MICROS = 30_000_000
"""After so long a silence a job's process is taken for dead."""

LONG_PATIENCE_MICROS = 600_000_000
"""After so long nobody comes back who has the file of a job."""

UNEXPECTED = "an unexpected error ended the import; the server's log has it under the import's id"


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job and the spooled file that it reads."""

    id: UUID
    path: Path
    order: ImportOrder

    @property
    def seen(self) -> Path:
        """Where it keeps the ids of its rows."""
        return self.path.with_suffix(".seen")


class ImportRunner:
    """Runs the imports that are submitted here, and takes up those whose process has died.

    `limits` says how many bytes and how many rows a batch the imports here may have.
    """

    def __init__(
        self, database: Database, spool_dir: Path, limits: ImportOrder | None = None
    ) -> None:
        self.spool_dir = spool_dir
        self.limits = limits or ImportOrder()
        self._database = database
        self._owner = uuid4().hex
        self._waiting: asyncio.Queue[Job] = asyncio.Queue()
        self._alive: dict[UUID, Job] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.imports")

    async def start(self) -> None:
        """Begin to work, with jobs that were left over."""
        await self._look_after()
        working = (self._work() for _ in range(SIDE_BY_SIDE))
        self._tasks = [asyncio.create_task(each) for each in (*working, self._keep())]

    async def stop(self) -> None:
        """Stop at once; whoever finds the files of the jobs goes on with them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for id in list(self._alive):
            silence = PATIENCE_MICROS + 1
            await self._change(id, partial(release_job, id=id, owner=self._owner, silence=silence))

    async def submit(self, path: Path, order: ImportOrder, dataset: str) -> UUID:
        """Store a job for a spooled file, which from now on is the job's, and line it up."""
        owner = self._owner
        id = await self._database.write(lambda write: create_job(write, order, dataset, owner))
        spooled = self._spooled(id)
        await asyncio.to_thread(path.rename, spooled)
        self._line_up(Job(id, spooled, order))
        return id

    async def confirm(self, caller: Caller, id: UUID, number: int) -> bool:
        """Remove what was found gone; True if that goes on behind the answer."""
        work = partial(confirm_removals, caller=caller, id=id, number=number, remover=self._remover)
        goes_on = await self._database.write(work, by=caller.key_id, is_batch=True)
        if goes_on:
            self._line_up(Job(id, self._spooled(id), replace(self.limits, caller=caller)))
        return goes_on

    async def _remove_confirmed(self, job: Job) -> None:
        work = partial(remove_confirmed, id=job.id, remover=self._remover)
        by = job.order.caller.key_id
        while await self._database.write(work, by=by, is_batch=True):
            pass

    @property
    def _remover(self) -> Remover:
        return Remover(self._owner, self.limits.kept_findings)

    def _line_up(self, job: Job) -> None:
        self._alive[job.id] = job
        self._waiting.put_nowait(job)

    async def _work(self) -> None:
        while True:
            job = await self._waiting.get()
            for attempt in count():
                if await self._run(job):
                    break
                # Each time the file is read anew up to where the import is.
                await asyncio.sleep(WAITING_SECONDS * 2 ** min(attempt, DOUBLINGS))

    async def _run(self, job: Job) -> bool:
        """Run a job to its end; False where it has to wait, for space or for the database."""
        try:
            status, detail = await self._import(job)
            end = partial(finish_job, id=job.id, status=status, detail=detail)
            if status != RUNNING:
                await self._database.write(end)
            is_over = (await self._stored(job.id)).status != RUNNING
        except (OutOfSpace, Unavailable) as error:
            self._log.warning("import waits", import_id=str(job.id), detail=error.detail)
            await self._change(
                job.id, partial(note_wait, id=job.id, owner=self._owner, detail=error.detail)
            )
            return False
        self._alive.pop(job.id, None)
        if is_over:
            await self._remove(job)
        return True

    async def _import(self, job: Job) -> tuple[str, str | None]:
        """How an import ends, and why; `running` if it goes on elsewhere, or was cancelled."""
        try:
            row = await self._database.write(partial(begin_job, id=job.id))
            if confirmed_by(row):
                await self._remove_confirmed(job)
            else:
                most = job.order.kept_findings
                journal = JobJournal(row, self._owner, job.seen, time.monotonic, most)
                await run_import(self._database, job.path, job.order, Watch(journal=journal))
            return DONE, None
        except Cancelled:
            return RUNNING, None
        except (OutOfSpace, Unavailable):
            raise
        except AnnalsError as error:
            return FAILED, error.detail
        except Exception as error:
            if isinstance(told := word_for(error), OutOfSpace):
                raise told from error
            self._log.error("import failed", import_id=str(job.id), exc_info=error)
            return FAILED, UNEXPECTED

    async def _stored(self, id: UUID) -> Row[Any]:
        """The job as it stands; not as a standby may still have it."""
        return await self._database.write(lambda write: find_job(write.connection, OPERATOR, id))

    async def _end(self, job: Job, status: str, detail: str | None) -> None:
        self._alive.pop(job.id, None)
        ended = await self._change(job.id, lambda write: finish_job(write, job.id, status, detail))
        if ended is not None:
            await self._remove(job)

    async def _change(self, id: UUID, work: Any) -> Any:
        try:
            return await self._database.write(work)
        except AnnalsError as error:
            # Where nobody says any more that it is alive, whoever looks next will take it up.
            self._log.warning("import not changed", import_id=str(id), detail=error.detail)
            return None

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._look_after()
            except AnnalsError as error:
                self._log.warning("imports not looked after", detail=error.detail)

    async def _look_after(self) -> None:
        alive, owner = list(self._alive), self._owner
        now = await self._database.write(lambda write: touch_jobs(write, alive, owner))
        silent = await self._database.read(lambda read: list_silent(read, now - PATIENCE_MICROS))
        for job in silent:
            if job.id in self._alive:
                continue
            is_there = await asyncio.to_thread(self._spooled(job.id).exists)
            if is_there or confirmed_by(job):
                await self._take_up(job.id, job.alive_at)
            elif 0 < job.alive_at < now - LONG_PATIENCE_MICROS:
                ended = partial(finish_job, id=job.id, status=FAILED, detail=ABANDONED)
                await self._change(job.id, ended)

    async def _take_up(self, id: UUID, alive_at: int) -> None:
        owner = self._owner
        row = await self._database.write(lambda write: take_over(write, id, alive_at, owner))
        if row is None:
            return
        job = Job(id, self._spooled(id), self._order_of(row))
        key_id = confirmed_by(row) or row.requested_by
        caller = await self._database.read(lambda read: holder_of(read, key_id))
        if caller is None:
            await self._end(job, FAILED, REVOKED)
            return
        self._line_up(replace(job, order=replace(job.order, caller=caller)))

    def _order_of(self, row: Row[Any]) -> ImportOrder:
        return replace(
            self.limits,
            format=row.format,
            format_reason=row.format_reason,
            dataset=row.dataset if row.is_dataset_given else None,
            dry_run=bool(row.is_dry_run),
            mirror=bool(row.is_mirror),
            file_name=row.file_name,
            **_coverage_of(row),
        )

    async def _remove(self, job: Job) -> None:
        for path in (job.path, job.seen):
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _spooled(self, id: UUID) -> Path:
        return self.spool_dir / f"{id}.upload"


def _coverage_of(row: Row[Any]) -> dict[str, Any]:
    """The coverage that a stored job was asked for."""
    asked = row.coverage or {}
    named, days = asked.get("countries"), asked.get("period")
    return {
        "coverage": period(days) if days is not None else None,
        "countries": frozenset(named) if named is not None else None,
    }
