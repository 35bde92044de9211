"""Import jobs as they are stored: options, progress, outcome and the journal of each batch."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    bindparam,
    func,
    insert,
    select,
    tuple_,
    update,
)

from app.db.transaction import Transaction
from app.db.types import RecordId
from app.errors import Conflict, NotFound
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_findings import (
    CAPPED_LISTS,
    FINDING_LISTS,
    delete_findings,
    load_findings,
    make_finding_document,
    store_findings,
    store_published,
)
from app.ingest.progress_steps import ProgressStep
from app.ingest.report import RemovalCounts, RowCounts
from app.ingest.writing.pending_removals import store_pending_removals
from app.models.imports import imports
from app.models.keys import keys
from app.record.links.publishing import PublishedSlug
from app.values.caller import OPERATOR, Caller
from app.values.timestamps import format_timestamp

RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"
MOST_SHOWN_FINDINGS = 100
"""The number of rejections and warnings shown with the job itself."""

SHOWN_PROGRESS = ("bytes_read", "bytes_total", "rows_per_second", "seconds_left")


class ImportStopped(Exception):
    """An import that must not continue: it was cancelled, or another process has taken it over."""


def create_job(write: Transaction, order: ImportOptions, dataset: str, owner: str) -> UUID:
    """Store a job that its owner is about to run, and return its id."""
    job = {
        "id": write.make_id(),
        "dataset": dataset,
        "is_dataset_given": int(order.dataset is not None),
        "format": order.format,
        "format_reason": order.format_reason,
        "status": RUNNING,
        "is_dry_run": int(order.dry_run),
        "is_mirror": int(order.mirror),
        "file_name": order.file_name,
        "rows": RowCounts().to_document(),
        "detail": None,
        "requested_by": order.caller.key_id,
        "created_at": write.at,
        "updated_at": write.at,
        "alive_at": write.at,
        "owner": owner,
        "progress": None,
        "coverage": order.requested_coverage(),
    }
    write.connection.execute(insert(imports), job)
    return UUID(str(job["id"]))


def check_job(write: Transaction, id: UUID, owner: str) -> None:
    """Lock the owner's job for this transaction; raise ImportStopped if it has ended."""
    if not _update_running_job(write, id, imports.c.owner == owner, alive_at=write.at):
        raise ImportStopped


def record_step(
    write: Transaction, id: UUID, owner: str, step: ProgressStep, progress: dict[str, Any]
) -> None:
    """Store the progress of a job; raise ImportStopped if it has ended."""
    shown = {"rows": step.rows.to_document(), "progress": progress, "detail": None}
    values = {**shown, "alive_at": write.at}
    if step.removals is not None:
        covered = step.removals.coverage
        values["removals"] = {
            **step.removals.to_document(),
            "coverage": covered.to_document() if covered is not None else None,
        }
    if not _update_running_job(write, id, imports.c.owner == owner, updated_at=write.at, **values):
        raise ImportStopped


def finish_job(write: Transaction, id: UUID, status: str, detail: str | None = None) -> bool:
    """Store the outcome of a job; return False, without a change, if it has ended already."""
    return _update_running_job(write, id, status=status, detail=detail, updated_at=write.at)


def cancel_job(write: Transaction, caller: Caller, id: UUID) -> None:
    """Cancel a job, which stops after its current batch; raise Conflict if it has ended."""
    status = find_job(write.connection, caller, id).status
    if not finish_job(write, id, CANCELLED) and status != CANCELLED:
        raise Conflict(f"the import {id} is {status} and cannot be cancelled any more")


def mark_jobs_alive(write: Transaction, ids: Sequence[UUID], owner: str) -> int:
    """Record that the owner's jobs are alive, and return the time recorded."""
    for id in ids:
        _update_running_job(write, id, imports.c.owner == owner, alive_at=write.at)
    return write.at


def release_job(write: Transaction, id: UUID, owner: str, silence: int) -> None:
    """Release a job to the next worker with its file, by backdating its sign of life."""
    _update_running_job(write, id, imports.c.owner == owner, alive_at=write.at - silence)


def find_silent_jobs(connection: Connection, before: int) -> list[Row[Any]]:
    """Find the running jobs without a sign of life since `before`."""
    silent = imports.c.status == RUNNING, imports.c.alive_at < before
    return list(connection.execute(select(imports).where(*silent).order_by(imports.c.created_at)))


def get_confirming_key(job: Row[Any]) -> str | None:
    """Return the key that confirmed a job's removals, which need no file; None without one."""
    found: str | None = (job.removals or {}).get("confirmed_by")
    return found


def take_over_job(write: Transaction, id: UUID, alive_at: int, owner: str) -> Row[Any] | None:
    """Make the owner responsible for a job and return it; None if another worker was faster."""
    same = imports.c.alive_at == alive_at
    if not _update_running_job(write, id, same, alive_at=write.at, owner=owner):
        return None
    return write.connection.execute(select(imports).where(imports.c.id == id)).one()


def start_job(write: Transaction, id: UUID) -> Row[Any]:
    """Load a job to run it; a dry run, which writes nothing, starts over each time."""
    row = find_job(write.connection, OPERATOR, id)
    if not row.is_dry_run or not row.rows["read"]:
        return row
    _update_running_job(write, id, rows=RowCounts().to_document(), progress=None, removals=None)
    delete_findings(write, id)
    return find_job(write.connection, OPERATOR, id)


def record_wait(write: Transaction, id: UUID, owner: str, detail: str) -> None:
    """Store the reason why a job waits."""
    _update_running_job(write, id, imports.c.owner == owner, detail=f"it waits: {detail}")


def load_requester(connection: Connection, key_id: str | None) -> Caller | None:
    """Load the caller who requested a job, with the key's present rights; None if it is revoked."""
    if key_id in {None, OPERATOR.key_id}:
        return OPERATOR
    found = select(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None))
    key = connection.execute(found).one_or_none()
    if key is None:
        return None
    granted = None if key.datasets is None else frozenset(key.datasets)
    return Caller(key.id, key.name, frozenset(key.scopes), granted)


ABANDONED_DETAIL = (
    "the server that ran this import stopped before its end, and its file is gone; what was written"
    " stays, and sending the same import again continues from there"
)
REVOKED_DETAIL = (
    "the key that asked for this import was revoked before its end; what was written stays"
)


def find_job(connection: Connection, caller: Caller, id: UUID) -> Row[Any]:
    """Find a job; raise NotFound unless the caller requested it or may see all jobs."""
    row = connection.execute(
        select(imports).where(imports.c.id == id, *_make_visible_conditions(caller))
    ).first()
    if row is None:
        raise NotFound(f"there is no import {id}")
    return row


def load_jobs(
    connection: Connection, caller: Caller, limit: int, after: tuple[int, UUID] | None
) -> list[Row[Any]]:
    """Load the caller's jobs, newest first, after the (created_at, id) in `after`."""
    wanted = select(imports).where(*_make_visible_conditions(caller)).limit(limit)
    if after is not None:
        wanted = wanted.where(tuple_(imports.c.created_at, imports.c.id) < _CURSOR_POSITION)
    newest_first = wanted.order_by(imports.c.created_at.desc(), imports.c.id.desc())
    binds = {"after_at": after[0], "after_id": after[1]} if after else {}
    return list(connection.execute(newest_first, binds))


def count_jobs(connection: Connection, caller: Caller) -> int:
    """Count the jobs that the caller may see."""
    counted = select(func.count()).select_from(imports).where(*_make_visible_conditions(caller))
    return connection.scalar(counted) or 0


def load_job_document(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """Load a job as the API shows it, with the first hundred findings of each list."""
    lists = {
        name: [
            make_finding_document(finding)
            for finding in load_findings(connection, row.id, name, MOST_SHOWN_FINDINGS + 1)
        ]
        for name in FINDING_LISTS
    }
    address = f"/v1/imports/{row.id}"
    return {
        **make_job_summary(row),
        **{name: found[:MOST_SHOWN_FINDINGS] for name, found in lists.items()},
        "more": {
            name: f"{address}/{name}" if len(found) > MOST_SHOWN_FINDINGS else None
            for name, found in lists.items()
        },
    }


def make_job_summary(row: Row[Any]) -> dict[str, Any]:
    """Return a job as a list shows it, without its findings."""
    return {
        "id": str(row.id),
        "status": row.status,
        "detail": row.detail,
        "format": row.format,
        "format_reason": row.format_reason,
        "dataset": row.dataset,
        "dry_run": bool(row.is_dry_run),
        "mirror": bool(row.is_mirror),
        "file_name": row.file_name,
        "rows": {name: row.rows[name] for name in RowCounts().to_document()},
        "not_kept": row.not_kept or dict.fromkeys(CAPPED_LISTS, 0),
        "coverage": (row.removals or {}).get("coverage") or row.coverage,
        "removals": row.removals
        and {name: row.removals[name] for name in RemovalCounts().to_document()},
        "progress": row.progress and {name: row.progress[name] for name in SHOWN_PROGRESS},
        "requested_by": row.requested_by,
        "created_at": format_timestamp(row.created_at),
        "updated_at": format_timestamp(row.updated_at),
    }


def _update_running_job(write: Transaction, id: UUID, *conditions: Any, **values: Any) -> bool:
    """Update a running job; return False if it is not running."""
    running = imports.c.id == id, imports.c.status == RUNNING
    changed = update(imports).where(*running, *conditions).values(**values)
    return write.connection.execute(changed).rowcount > 0


def _make_visible_conditions(caller: Caller) -> list[ColumnElement[bool]]:
    return [] if caller.has_scope("admin") else [imports.c.requested_by == caller.key_id]


_CURSOR_POSITION = tuple_(
    bindparam("after_at", type_=BigInteger), bindparam("after_id", type_=RecordId())
)


class JobJournal:
    """The journal of a stored job, continued from its last step; `clock` is monotonic, in seconds.

    It keeps `most` findings and counts the others.
    """

    def __init__(
        self, row: Row[Any], owner: str, seen: Path, clock: Callable[[], float], most: int
    ) -> None:
        before: dict[str, Any] = row.progress or {}
        last, removals = before.get("gone_after"), row.removals or {}
        self.rows = RowCounts(**row.rows)
        self.last_missing = UUID(last) if last else None
        self.removed: int = removals.get("removed", 0)
        self.seen = seen
        self._id, self._owner = row.id, owner
        self._clock = clock
        self._most_findings = most
        self._started = clock()
        self._rows_before = self.rows.read
        self._bytes_before = before.get("bytes_read", 0)

    def check_running(self, write: Transaction) -> None:
        """Lock the job in this transaction; raise ImportStopped if it must not continue."""
        check_job(write, self._id, self._owner)

    def store_pending_removals(
        self, write: Transaction, revisions: Sequence[tuple[UUID, int]]
    ) -> None:
        """Store records whose removal awaits confirmation."""
        store_pending_removals(write, self._id, revisions)

    def record_step(self, write: Transaction, step: ProgressStep) -> None:
        """Record a step; raise ImportStopped if the job must not continue."""
        seconds = max(self._clock() - self._started, 0.001)
        bytes_done = max(step.bytes_read - self._bytes_before, 1)
        left = max(step.bytes_total - step.bytes_read, 0)
        last = step.last_missing or self.last_missing
        progress = {
            "bytes_read": step.bytes_read,
            "bytes_total": step.bytes_total,
            "rows_per_second": round((step.rows.read - self._rows_before) / seconds),
            "seconds_left": round(seconds * left / bytes_done),
            "gone_after": str(last) if last else None,
        }
        record_step(write, self._id, self._owner, step, progress)
        store_findings(write, self._id, step.findings, self._most_findings)

    def record_published(self, write: Transaction, published: Sequence[PublishedSlug]) -> None:
        """Record the records made public."""
        self.check_running(write)
        store_published(write, self._id, published)
