"""The worker that runs a process's imports: some concurrently, the others queued.

A job lives as long as its file. When its process dies, the next worker that finds the file
continues after the last batch written.
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
from app.db.driver_errors import translate_error
from app.errors import AnnalsError, OutOfSpace, Unavailable
from app.ingest.coverage import parse_period
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.confirm_removals import RemovalOwner, confirm_job_removals, remove_next_batch
from app.ingest.jobs.job_store import (
    ABANDONED_DETAIL,
    DONE,
    FAILED,
    REVOKED_DETAIL,
    RUNNING,
    ImportStopped,
    JobJournal,
    create_job,
    find_job,
    find_silent_jobs,
    finish_job,
    get_confirming_key,
    load_requester,
    mark_jobs_alive,
    record_wait,
    release_job,
    start_job,
    take_over_job,
)
from app.ingest.progress_steps import ImportObservers
from app.ingest.run import run_import
from app.values.caller import OPERATOR, Caller

CONCURRENT_IMPORTS = 2
SERVED_BATCH_ROWS = 500
"""Rows per batch in the server, few so that its requests are answered meanwhile."""

HEARTBEAT_SECONDS = 5.0
RETRY_SECONDS = 2.0
MOST_DOUBLINGS = 4
"""The number of times that the pause of an import without space or database doubles."""

SILENCE_MICROS = 30_000_000
"""Silence, in microseconds, after which a job's process is presumed dead."""

ABANDON_MICROS = 600_000_000
"""Silence, in microseconds, after which a job without its file is abandoned."""

UNEXPECTED_DETAIL = (
    "an unexpected error ended the import; the server's log has it under the import's id"
)


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A stored job and the spooled file that it reads."""

    id: UUID
    path: Path
    options: ImportOptions

    @property
    def seen_path(self) -> Path:
        """The path of the file with the ids of its rows."""
        return self.path.with_suffix(".seen")


class ImportWorker:
    """The worker that runs the imports submitted here and takes over those of dead processes.

    `limits` sets the largest file and the rows per batch.
    """

    def __init__(
        self, database: Database, spool_dir: Path, limits: ImportOptions | None = None
    ) -> None:
        self.spool_dir = spool_dir
        self.limits = limits or ImportOptions()
        self._database = database
        self._owner = uuid4().hex
        self._queue: asyncio.Queue[ImportJob] = asyncio.Queue()
        self._jobs: dict[UUID, ImportJob] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.imports")

    async def start(self) -> None:
        """Start the worker, with unfinished jobs first."""
        await self._check_jobs()
        working = (self._run_queue() for _ in range(CONCURRENT_IMPORTS))
        self._tasks = [asyncio.create_task(work) for work in (*working, self._run_heartbeat())]

    async def stop(self) -> None:
        """Stop at once; a worker that finds the files of the jobs continues them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for id in list(self._jobs):
            silence = SILENCE_MICROS + 1
            await self._try_write(
                id, partial(release_job, id=id, owner=self._owner, silence=silence)
            )
        # A job that was cancelled just before its removal from the list must not stay there.
        self._jobs.clear()
        while not self._queue.empty():
            self._queue.get_nowait()

    async def submit(self, path: Path, order: ImportOptions, dataset: str) -> UUID:
        """Store a job, move its spooled file to the job's path, and enqueue it."""
        owner = self._owner
        id = await self._database.write(lambda write: create_job(write, order, dataset, owner))
        spooled = self._get_spool_path(id)
        await asyncio.to_thread(path.rename, spooled)
        self._enqueue(ImportJob(id, spooled, order))
        return id

    async def confirm(self, caller: Caller, id: UUID, number: int) -> bool:
        """Remove the first pending records; return True if the rest are removed in background."""
        work = partial(
            confirm_job_removals, caller=caller, id=id, number=number, remover=self._removal_owner
        )
        goes_on = await self._database.write(work, by=caller.key_id, is_batch=True)
        if goes_on:
            self._enqueue(
                ImportJob(id, self._get_spool_path(id), replace(self.limits, caller=caller))
            )
        return goes_on

    async def _remove_rows(self, job: ImportJob) -> None:
        work = partial(remove_next_batch, id=job.id, remover=self._removal_owner)
        by = job.options.caller.key_id
        while await self._database.write(work, by=by, is_batch=True):
            pass

    @property
    def _removal_owner(self) -> RemovalOwner:
        return RemovalOwner(self._owner, self.limits.kept_findings)

    def _enqueue(self, job: ImportJob) -> None:
        self._jobs[job.id] = job
        self._queue.put_nowait(job)

    async def _run_queue(self) -> None:
        while True:
            job = await self._queue.get()
            for attempt in count():
                if await self._run_job(job):
                    break
                # Each attempt reads the file again up to the last batch written.
                await asyncio.sleep(RETRY_SECONDS * 2 ** min(attempt, MOST_DOUBLINGS))

    async def _run_job(self, job: ImportJob) -> bool:
        """Run a job to its end; return False if it must wait for space or for the database."""
        try:
            status, detail = await self._import_file(job)
            end = partial(finish_job, id=job.id, status=status, detail=detail)
            if status != RUNNING:
                await self._database.write(end)
            is_over = (await self._load_job(job.id)).status != RUNNING
        except (OutOfSpace, Unavailable) as error:
            self._log.warning("import waits", import_id=str(job.id), detail=error.detail)
            await self._try_write(
                job.id, partial(record_wait, id=job.id, owner=self._owner, detail=error.detail)
            )
            return False
        self._jobs.pop(job.id, None)
        if is_over:
            await self._delete_files(job)
        return True

    async def _import_file(self, job: ImportJob) -> tuple[str, str | None]:
        """Import a job's file and return its status and detail; `running` if it ended elsewhere."""
        try:
            row = await self._database.write(partial(start_job, id=job.id))
            if get_confirming_key(row):
                await self._remove_rows(job)
            else:
                most = job.options.kept_findings
                journal = JobJournal(row, self._owner, job.seen_path, time.monotonic, most)
                await run_import(
                    self._database, job.path, job.options, ImportObservers(journal=journal)
                )
            return DONE, None
        except ImportStopped:
            return RUNNING, None
        except (OutOfSpace, Unavailable):
            raise
        except AnnalsError as error:
            return FAILED, error.detail
        except Exception as error:
            if isinstance(told := translate_error(error), OutOfSpace):
                raise told from error
            self._log.error("import failed", import_id=str(job.id), exc_info=error)
            return FAILED, UNEXPECTED_DETAIL

    async def _load_job(self, id: UUID) -> Row[Any]:
        """Load the current job from the primary, since a standby may lag behind."""
        return await self._database.write(lambda write: find_job(write.connection, OPERATOR, id))

    async def _end_job(self, job: ImportJob, status: str, detail: str | None) -> None:
        self._jobs.pop(job.id, None)
        ended = await self._try_write(
            job.id, lambda write: finish_job(write, job.id, status, detail)
        )
        if ended is not None:
            await self._delete_files(job)

    async def _try_write(self, id: UUID, work: Any) -> Any:
        try:
            return await self._database.write(work)
        except AnnalsError as error:
            # Without further signs of life, the next worker that looks takes the job over.
            self._log.warning("import not changed", import_id=str(id), detail=error.detail)
            return None

    async def _run_heartbeat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._check_jobs()
            except AnnalsError as error:
                self._log.warning("imports not looked after", detail=error.detail)

    async def _check_jobs(self) -> None:
        alive, owner = list(self._jobs), self._owner
        now = await self._database.write(lambda write: mark_jobs_alive(write, alive, owner))
        silent = await self._database.read(
            lambda read: find_silent_jobs(read, now - SILENCE_MICROS)
        )
        for job in silent:
            if job.id in self._jobs:
                continue
            is_there = await asyncio.to_thread(self._get_spool_path(job.id).exists)
            if is_there or get_confirming_key(job):
                await self._resume_job(job.id, job.alive_at)
            elif 0 < job.alive_at < now - ABANDON_MICROS:
                ended = partial(finish_job, id=job.id, status=FAILED, detail=ABANDONED_DETAIL)
                await self._try_write(job.id, ended)

    async def _resume_job(self, id: UUID, alive_at: int) -> None:
        owner = self._owner
        row = await self._database.write(lambda write: take_over_job(write, id, alive_at, owner))
        if row is None:
            return
        job = ImportJob(id, self._get_spool_path(id), self._make_options(row))
        key_id = get_confirming_key(row) or row.requested_by
        caller = await self._database.read(lambda read: load_requester(read, key_id))
        if caller is None:
            await self._end_job(job, FAILED, REVOKED_DETAIL)
            return
        self._enqueue(replace(job, options=replace(job.options, caller=caller)))

    def _make_options(self, row: Row[Any]) -> ImportOptions:
        return replace(
            self.limits,
            format=row.format,
            format_reason=row.format_reason,
            dataset=row.dataset if row.is_dataset_given else None,
            dry_run=bool(row.is_dry_run),
            mirror=bool(row.is_mirror),
            file_name=row.file_name,
            **_parse_coverage(row),
        )

    async def _delete_files(self, job: ImportJob) -> None:
        for path in (job.path, job.seen_path):
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _get_spool_path(self, id: UUID) -> Path:
        return self.spool_dir / f"{id}.upload"


def _parse_coverage(row: Row[Any]) -> dict[str, Any]:
    """Return the requested coverage of a stored job, as import options."""
    asked = row.coverage or {}
    named, days = asked.get("countries"), asked.get("period")
    return {
        "coverage": parse_period(days) if days is not None else None,
        "countries": frozenset(named) if named is not None else None,
    }
