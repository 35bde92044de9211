"""The stored findings of a job: a limited number, rejections first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, case, delete, func, insert, select, update

from app.db.transaction import Transaction
from app.db.types import RecordId
from app.ingest.report import CONFLICT, PUBLISHED, REJECTION, WARNING, RowFinding, get_list_name
from app.models.imports import import_findings, imports
from app.record.links.publishing import PublishedSlug

CAPPED_LISTS = {"rejections": (REJECTION,), "warnings": (CONFLICT, WARNING)}
"""The severities in each list of findings; a conflict changes nothing and is a warning."""

FINDING_LISTS = {**CAPPED_LISTS, "published": (PUBLISHED,)}
"""The lists of findings, with published records, of which all are kept."""


def store_findings(write: Transaction, id: UUID, findings: Sequence[RowFinding], most: int) -> None:
    """Store findings up to `most` per job, and count the rest.

    A rejection for which there is no room replaces the last warning.
    """
    if not findings:
        return
    last, kept, rejected = write.connection.execute(_STORED_COUNTS, {"of": id}).one()
    refused = sum(finding.severity == REJECTION for finding in findings)
    displaced = min(kept - rejected, max(0, kept + refused - most))
    if displaced:
        _delete_last_warnings(write, id, displaced)
    room = max(0, most - kept + displaced)
    refusals_left = min(refused, room)
    others_left = room - refusals_left
    stored, left_out = [], {"rejections": 0, "warnings": displaced}
    for finding in findings:
        is_refusal = finding.severity == REJECTION
        if (refusals_left if is_refusal else others_left) > 0:
            stored.append(finding)
            refusals_left, others_left = refusals_left - is_refusal, others_left - (not is_refusal)
        else:
            left_out[get_list_name(finding)] += 1
    first = 0 if last is None else last + 1
    rows = [
        {"import_id": id, "number": number, **finding.to_document(), "severity": finding.severity}
        for number, finding in enumerate(stored, first)
    ]
    if rows:
        write.connection.execute(insert(import_findings), rows)
    if any(left_out.values()):
        _count_left_out(write, id, left_out)


def store_published(write: Transaction, id: UUID, published: Sequence[PublishedSlug]) -> None:
    """Store the records that a job publishes."""
    if not published:
        return
    last, _, _ = write.connection.execute(_STORED_COUNTS, {"of": id}).one()
    said = {"import_id": id, "severity": PUBLISHED, "line": None, "reason": ""}
    rows = [
        {**said, "number": number, "column": record.noun, "value": record.slug}
        for number, record in enumerate(published, 0 if last is None else last + 1)
    ]
    write.connection.execute(insert(import_findings), rows)


def delete_findings(write: Transaction, id: UUID) -> None:
    """Delete all findings of a job that starts over."""
    write.connection.execute(delete(import_findings).where(import_findings.c.import_id == id))
    write.connection.execute(update(imports).where(imports.c.id == id).values(not_kept=None))


def load_findings(
    connection: Connection, id: UUID, name: str, limit: int, after: int = -1
) -> list[Row[Any]]:
    """Load findings from one of `FINDING_LISTS` in line order, after the number `after`."""
    found = import_findings.c
    wanted = (
        select(import_findings)
        .where(found.import_id == id, found.severity.in_(FINDING_LISTS[name]), found.number > after)
        .order_by(found.number)
        .limit(limit)
    )
    return list(connection.execute(wanted))


def count_findings(connection: Connection, id: UUID, name: str) -> int:
    """Count the findings in one of `FINDING_LISTS`."""
    found = import_findings.c
    counted = select(func.count()).where(
        found.import_id == id, found.severity.in_(FINDING_LISTS[name])
    )
    return connection.scalar(counted) or 0


def make_finding_document(row: Row[Any]) -> dict[str, Any]:
    """Return a finding as the API shows it; for a published record, its type and slug."""
    if row.severity == PUBLISHED:
        return {"noun": row.column, "slug": row.value}
    return RowFinding(row.severity, row.line, row.column, row.value, row.reason).to_document()


def _delete_last_warnings(write: Transaction, id: UUID, number: int) -> None:
    """Delete the last warnings."""
    found = import_findings.c
    last = (
        select(found.number)
        .where(found.import_id == id, found.severity.in_(FINDING_LISTS["warnings"]))
        .order_by(found.number.desc())
        .limit(number)
    )
    numbers = list(write.connection.scalars(last))
    write.connection.execute(
        delete(import_findings).where(found.import_id == id, found.number.in_(numbers))
    )


def _count_left_out(write: Transaction, id: UUID, left_out: dict[str, int]) -> None:
    before = write.connection.scalar(select(imports.c.not_kept).where(imports.c.id == id)) or {}
    total = {name: before.get(name, 0) + count for name, count in left_out.items()}
    write.connection.execute(update(imports).where(imports.c.id == id).values(not_kept=total))


_IS_REJECTION = case((import_findings.c.severity == REJECTION, 1))
_IS_CAPPED = case((import_findings.c.severity != PUBLISHED, 1))
_STORED_COUNTS = select(
    func.max(import_findings.c.number), func.count(_IS_CAPPED), func.count(_IS_REJECTION)
).where(import_findings.c.import_id == bindparam("of", type_=RecordId()))
