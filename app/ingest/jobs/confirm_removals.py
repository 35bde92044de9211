"""The confirmation of an import's pending removals, and the removals that follow it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from app.db.transaction import Transaction
from app.errors import Conflict
from app.ingest.jobs.job_findings import store_findings
from app.ingest.jobs.job_store import DONE, RUNNING, ImportStopped, find_job
from app.ingest.removals.missing_rows import MissingRow, remove_records
from app.ingest.report import CONFLICT
from app.ingest.writing.create_named_records import find_import_dataset
from app.ingest.writing.pending_removals import (
    count_pending_removals,
    count_unchanged,
    delete_job_removals,
    load_pending_removals,
)
from app.models.imports import imports
from app.values.caller import Caller

REMOVALS_PER_BATCH = 100
"""Records removed per transaction; the first batch includes the confirmation itself."""


@dataclass(frozen=True, slots=True)
class RemovalOwner:
    """The worker that continues a job's removals, and the number of findings a job keeps."""

    owner: str
    kept_findings: int


def confirm_job_removals(
    write: Transaction, caller: Caller, id: UUID, number: int, remover: RemovalOwner
) -> bool:
    """Remove the first batch of pending removals and return whether more are left.

    Raises Conflict unless exactly `number` records are pending and all are unchanged.
    """
    write.connection.execute(select(imports.c.id).where(imports.c.id == id).with_for_update())
    job = find_job(write.connection, caller, id)
    find_import_dataset(write.connection, caller, job.dataset)
    _check_confirmation(write, job, number)
    values = {"status": RUNNING, "detail": None, "owner": remover.owner, "alive_at": write.at}
    removals = {**job.removals, "confirmed_by": caller.key_id}
    running = update(imports).where(imports.c.id == id)
    write.connection.execute(running.values(**values, removals=removals))
    return remove_next_batch(write, id, remover)


def remove_next_batch(write: Transaction, id: UUID, remover: RemovalOwner) -> bool:
    """Remove the next batch and return whether more are left; without any, finish the import.

    Raises ImportStopped if the job has ended or belongs to another worker.
    """
    of_job = imports.c.id == id, imports.c.status == RUNNING, imports.c.owner == remover.owner
    job = write.connection.execute(select(imports).where(*of_job).with_for_update()).first()
    if job is None:
        raise ImportStopped
    pending = load_pending_removals(write, id, REMOVALS_PER_BATCH)
    rows = [MissingRow(of, name, None, revision) for of, name, revision in pending]
    findings, removed = remove_records(write, rows)
    delete_job_removals(write, id, [row.id for row in rows])
    stayed = [finding for finding in findings if finding.severity == CONFLICT]
    store_findings(write, id, stayed, remover.kept_findings)
    left = count_pending_removals(write, id)
    removals = {**job.removals, "removed": job.removals["removed"] + removed}
    shown = {"removals": {**removals, "confirm": left or None}, "detail": None}
    values = {**shown, "alive_at": write.at}
    status = RUNNING if left else DONE
    changed = update(imports).where(imports.c.id == id)
    write.connection.execute(changed.values(**values, status=status, updated_at=write.at))
    return left > 0


def _check_confirmation(write: Transaction, job: Row[Any], number: int) -> None:
    if job.status == RUNNING:
        raise Conflict(f"the import {job.id} is running: its removals cannot be confirmed yet")
    wanted = (job.removals or {}).get("confirm")
    if wanted is None or job.is_dry_run:
        raise Conflict(f"the import {job.id} has no removals to confirm")
    if number != wanted:
        raise Conflict(f"{wanted:,} removals wait to be confirmed, not {number:,}")
    if count_unchanged(write, job.id) != number:
        raise Conflict(
            "some of these records were changed or removed since, or their rows came back: import"
            " the file again to find the records that are gone now"
        )
