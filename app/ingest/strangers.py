"""Rows that bring their own ids: none may reach a record that is not theirs."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from app.db.functions import any_of
from app.db.writing import Write
from app.ingest.prepare import Batch, PreparedRow
from app.ingest.references import find_dataset
from app.ingest.report import REJECTION
from app.ingest.resolve import Resolution, finding
from app.models.claims import claims, past_claims
from app.models.events import event_documents, past_event_documents
from app.models.imports import source_rows
from app.record.merged import winners_of
from app.values.callers import Caller

TAKEN = "a record of another dataset, or a claim of another event, has this id"


def without_strangers(write: Write, caller: Caller, batch: Batch) -> tuple[Batch, Resolution]:
    """The batch without rows whose ids are those of other records, and their rejections.

    NotFound for a dataset that the caller does not see.
    """
    refused = Resolution()
    rows = [row for row in batch.rows if row.origin is not None]
    if not rows:
        return batch, refused
    for slug in sorted({row.event["dataset"] for row in rows}):
        find_dataset(write.connection, caller, slug)
    taken = {*_of_other_datasets(write, rows), *_with_claims_of_others(write, rows)}
    for row in rows:
        if row.id in taken:
            refused.findings.append(finding(REJECTION, row, "id", str(row.id), TAKEN))
            refused.counts.count("rejected")
    return replace(batch, rows=[row for row in batch.rows if row.id not in taken]), refused


def without_foreign(write: Write, format: str, kept: list[PreparedRow]) -> list[PreparedRow]:
    """The rows to be kept: where a provider's own row is kept, one of our export never replaces it.

    What the provider said is the base that its next release is merged against.
    """
    ours = [row.id for row in kept if row.origin is not None]
    if not ours:
        return kept
    held = select(source_rows.c.event_id).where(
        any_of(source_rows.c.event_id, "ids"), source_rows.c.format != format
    )
    foreign = set(write.connection.scalars(held, {"ids": ours}))
    return [row for row in kept if row.id not in foreign]


def _of_other_datasets(write: Write, rows: Sequence[PreparedRow]) -> set[UUID]:
    datasets = {row.id: row.event["dataset"] for row in rows}
    ids = {"ids": list(datasets)}
    return {
        event_id
        for table in (event_documents, past_event_documents)
        for event_id, dataset in write.connection.execute(
            select(table.c.id, table.c.dataset).where(any_of(table.c.id, "ids")), ids
        )
        if datasets[event_id] != dataset
    }


def _with_claims_of_others(write: Write, rows: Sequence[PreparedRow]) -> set[UUID]:
    events = {claim_id: row.id for row in rows for claim_id in row.claims}
    if not events:
        return set()
    ids = {"ids": list(events)}
    taken = {
        (event_id, events[claim_id])
        for table in (claims, past_claims)
        for claim_id, event_id in write.connection.execute(
            select(table.c.id, table.c.event_id).where(any_of(table.c.id, "ids")), ids
        )
        if events[claim_id] != event_id
    }
    winners = winners_of(write.connection, (theirs for theirs, _ in taken)) if taken else {}
    return {ours for theirs, ours in taken if winners.get(theirs) != ours}
