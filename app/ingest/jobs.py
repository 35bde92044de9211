"""Import jobs as they are stored: what was asked for, how far it is, what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
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

from app.db.types import RecordId
from app.db.writing import Write
from app.errors import NotFound
from app.ingest.report import CONFLICT, REJECTION, WARNING, Finding, RowCounts
from app.ingest.run import ImportOrder
from app.models.imports import import_findings, imports
from app.values.callers import Caller
from app.values.instants import instant_text

RUNNING, DONE, FAILED = "running", "done", "failed"
SHOWN_FINDINGS = 100
"""How many rejections and warnings the job itself shows."""

LISTS = {"rejections": (REJECTION,), "warnings": (CONFLICT, WARNING)}
"""The severities of each list of findings; a conflict changes nothing and is among warnings."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a batch adds to a job: the counts so far, new findings and the number of the first."""

    rows: RowCounts
    findings: Sequence[Finding]
    first_number: int


def create_job(write: Write, order: ImportOrder, dataset: str) -> UUID:
    """Store a job that is about to run, and return its id."""
    job = {
        "id": write.new_id(),
        "dataset": dataset,
        "format": order.format,
        "status": RUNNING,
        "is_dry_run": int(order.dry_run),
        "file_name": order.file_name,
        "rows": RowCounts().shown(),
        "detail": None,
        "requested_by": order.caller.key_id,
        "created_at": write.at,
        "updated_at": write.at,
    }
    write.connection.execute(insert(imports), job)
    return UUID(str(job["id"]))


def note_progress(write: Write, id: UUID, progress: Progress) -> None:
    """Store how far a job is, with the findings of its last batch."""
    _change(write, id, rows=progress.rows.shown())
    numbered = enumerate(progress.findings, progress.first_number)
    rows = [
        {
            "import_id": id,
            "number": number,
            "severity": finding.severity,
            "line": finding.line,
            "column": finding.column,
            "value": finding.value,
            "reason": finding.reason,
        }
        for number, finding in numbered
    ]
    if rows:
        write.connection.execute(insert(import_findings), rows)


def finish_job(write: Write, id: UUID, status: str, detail: str | None = None) -> None:
    """Store how a job ended; one that ended already stays as it is."""
    _change(write, id, status=status, detail=detail)


def touch_jobs(write: Write, ids: Sequence[UUID]) -> None:
    """Say that these jobs are alive."""
    for id in ids:
        _change(write, id)


def fail_abandoned(write: Write, patience: int) -> list[UUID]:
    """End the jobs whose process has not said for `patience` microseconds that they are alive."""
    silent = imports.c.status == RUNNING, imports.c.updated_at < write.at - patience
    ids = list(write.connection.scalars(select(imports.c.id).where(*silent)))
    for id in ids:
        finish_job(write, id, FAILED, ABANDONED)
    return ids


ABANDONED = (
    "the server that ran this import stopped before its end; what was written stays, and the same"
    " import, sent again, goes on from there"
)


def find_job(connection: Connection, caller: Caller, id: UUID) -> Row[Any]:
    """One job; NotFound unless the caller asked for it, or may see all."""
    row = connection.execute(select(imports).where(imports.c.id == id, *_seen(caller))).first()
    if row is None:
        raise NotFound(f"there is no import {id}")
    return row


def list_jobs(
    connection: Connection, caller: Caller, limit: int, after: tuple[int, UUID] | None
) -> list[Row[Any]]:
    """The caller's jobs, newest first; `after` are (created_at, id) of the last one seen."""
    wanted = select(imports).where(*_seen(caller)).limit(limit)
    if after is not None:
        wanted = wanted.where(tuple_(imports.c.created_at, imports.c.id) < _AFTER)
    newest_first = wanted.order_by(imports.c.created_at.desc(), imports.c.id.desc())
    binds = {"after_at": after[0], "after_id": after[1]} if after else {}
    return list(connection.execute(newest_first, binds))


def count_jobs(connection: Connection, caller: Caller) -> int:
    """How many jobs the caller sees."""
    counted = select(func.count()).select_from(imports).where(*_seen(caller))
    return connection.scalar(counted) or 0


def list_findings(
    connection: Connection, id: UUID, name: str, limit: int, after: int = -1
) -> list[Row[Any]]:
    """Findings of one of the `LISTS`, by the order of lines; `after` is the last number seen."""
    found = import_findings.c
    wanted = (
        select(import_findings)
        .where(found.import_id == id, found.severity.in_(LISTS[name]), found.number > after)
        .order_by(found.number)
        .limit(limit)
    )
    return list(connection.execute(wanted))


def count_findings(connection: Connection, id: UUID, name: str) -> int:
    """How many findings one of the `LISTS` has."""
    found = import_findings.c
    counted = select(func.count()).where(found.import_id == id, found.severity.in_(LISTS[name]))
    return connection.scalar(counted) or 0


def job_document(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """A job as it is shown, with the first hundred of each list of findings."""
    lists = {
        name: [
            finding_document(each)
            for each in list_findings(connection, row.id, name, SHOWN_FINDINGS + 1)
        ]
        for name in LISTS
    }
    address = f"/v1/imports/{row.id}"
    return {
        **job_summary(row),
        **{name: found[:SHOWN_FINDINGS] for name, found in lists.items()},
        "more": {
            name: f"{address}/{name}" if len(found) > SHOWN_FINDINGS else None
            for name, found in lists.items()
        },
    }


def job_summary(row: Row[Any]) -> dict[str, Any]:
    """A job as it is shown in a list: without its findings."""
    return {
        "id": str(row.id),
        "status": row.status,
        "detail": row.detail,
        "format": row.format,
        "dataset": row.dataset,
        "dry_run": bool(row.is_dry_run),
        "file_name": row.file_name,
        "rows": {name: row.rows[name] for name in RowCounts().shown()},
        "requested_by": row.requested_by,
        "created_at": instant_text(row.created_at),
        "updated_at": instant_text(row.updated_at),
    }


def finding_document(row: Row[Any]) -> dict[str, Any]:
    """A finding as it is shown."""
    return Finding(row.severity, row.line, row.column, row.value, row.reason).shown()


def _change(write: Write, id: UUID, **values: Any) -> None:
    running = imports.c.id == id, imports.c.status == RUNNING
    write.connection.execute(update(imports).where(*running).values(updated_at=write.at, **values))


def _seen(caller: Caller) -> list[ColumnElement[bool]]:
    return [] if caller.may("admin") else [imports.c.requested_by == caller.key_id]


_AFTER = tuple_(bindparam("after_at", type_=BigInteger), bindparam("after_id", type_=RecordId()))
