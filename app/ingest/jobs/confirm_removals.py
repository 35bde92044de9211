"""Gone records whose removal waits to be confirmed, and their removal once it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, update

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.errors import Conflict
from app.ingest.jobs.job_findings import store_findings
from app.ingest.jobs.job_store import DONE, RUNNING, ImportStopped, find_job
from app.ingest.removals.missing_rows import MissingRow, remove_records
from app.ingest.report import CONFLICT
from app.ingest.writing.create_named_records import find_import_dataset
from app.models.events import event_documents
from app.models.imports import import_removals, imports
from app.record.document import decode_document
from app.values.caller import Caller

REMOVALS_PER_BATCH = 100
"""Records that are removed in one transaction, the first with the confirmation itself."""


@dataclass(frozen=True, slots=True)
class RemovalOwner:
    """Who goes on with the removals of a job, and how many findings a job keeps."""

    owner: str
    kept_findings: int


def confirm_job_removals(
    write: Transaction, caller: Caller, id: UUID, number: int, remover: RemovalOwner
) -> bool:
    """Remove what waits, or the first part of it; whether more is left to the remover.

    Conflict unless exactly so many records wait, all of them as they were found.
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
    """Remove the next ones; whether some are left, else the import is done.

    Cancelled if the job has ended or is another's.
    """
    of_job = imports.c.id == id, imports.c.status == RUNNING, imports.c.owner == remover.owner
    job = write.connection.execute(select(imports).where(*of_job).with_for_update()).first()
    if job is None:
        raise ImportStopped
    rows = _load_next_rows(write, id)
    findings, removed = remove_records(write, rows)
    _delete_pending_rows(write, id, rows)
    stayed = [each for each in findings if each.severity == CONFLICT]
    store_findings(write, id, stayed, remover.kept_findings)
    left = _count_pending(write, id)
    removals = {**job.removals, "removed": job.removals["removed"] + removed}
    shown = {"removals": {**removals, "confirm": left or None}, "detail": None}
    values = {**shown, "alive_at": write.at}
    status = RUNNING if left else DONE
    changed = update(imports).where(imports.c.id == id)
    write.connection.execute(changed.values(**values, status=status, updated_at=write.at))
    return left > 0


def _check_confirmation(write: Transaction, job: Row[Any], number: int) -> None:
    if job.status == RUNNING:
        raise Conflict(f"the import {job.id} is running: nothing of it can be confirmed yet")
    wanted = (job.removals or {}).get("confirm")
    if wanted is None or job.is_dry_run:
        raise Conflict(f"the import {job.id} has no removals that wait to be confirmed")
    if number != wanted:
        raise Conflict(f"{wanted:,} removals wait to be confirmed, not {number:,}")
    same = (
        select(func.count())
        .select_from(import_removals)
        .join(event_documents, event_documents.c.id == import_removals.c.event_id)
        .where(
            import_removals.c.import_id == job.id,
            import_removals.c.revision == event_documents.c.revision,
        )
    )
    if write.connection.scalar(same) != number:
        raise Conflict(
            "some of these records were changed or removed since, or their rows came back: import"
            " the file again, which finds those that are gone now"
        )


def _load_next_rows(write: Transaction, id: UUID) -> list[MissingRow]:
    found = (
        select(import_removals.c.event_id, import_removals.c.revision, event_documents.c.document)
        .outerjoin(event_documents, event_documents.c.id == import_removals.c.event_id)
        .where(import_removals.c.import_id == id)
        .order_by(import_removals.c.event_id)
        .limit(REMOVALS_PER_BATCH)
    )
    return [
        MissingRow(of, _get_external_id(of, document), None, revision)
        for of, revision, document in write.connection.execute(found)
    ]


def _get_external_id(id: UUID, document: str | None) -> str:
    external_id = decode_document(document)["external_id"] if document is not None else None
    return str(external_id or id)


def _delete_pending_rows(write: Transaction, id: UUID, rows: Sequence[MissingRow]) -> None:
    these = any_of(import_removals.c.event_id, "ids"), import_removals.c.import_id == id
    write.connection.execute(delete(import_removals).where(*these), {"ids": [r.id for r in rows]})


def _count_pending(write: Transaction, id: UUID) -> int:
    waiting = select(func.count()).where(import_removals.c.import_id == id)
    return write.connection.scalar(waiting) or 0
