"""Guards against rows of purged records, and rows with the id of a record of another dataset."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.ingest.mapping.map_rows import MappedBatch, PreparedClaim, PreparedRow
from app.ingest.reading.import_format import SourceFacts
from app.ingest.report import REJECTION
from app.ingest.writing.batch_outcome import BatchOutcome, make_row_finding
from app.ingest.writing.create_named_records import find_import_dataset
from app.models.claims import claims, past_claims
from app.models.events import event_documents, past_event_documents
from app.models.imports import PURGED_ROW, source_rows
from app.record.merged_events import load_winners
from app.record.not_found import find_purged, find_purged_claims
from app.values.caller import Caller

STAYS_PURGED = "purged: it stays purged"


def strip_purged(
    write: Transaction, rows: Sequence[PreparedRow]
) -> tuple[list[PreparedRow], set[UUID]]:
    """Strip purged claims and texts from the rows; return them with the ids of purged events."""
    ids = [row.id for row in rows]
    claims = find_purged_claims(write.connection, ids)
    emptied = set(write.connection.scalars(_EMPTIED_ROWS, {"ids": ids})) | claims.keys()
    kept = [
        _strip_claims(row, claims.get(row.id, set())) if row.id in emptied else row for row in rows
    ]
    return kept, find_purged(write.connection, ids)


def find_purged_claim_ids(write: Transaction, rows: Sequence[PreparedClaim]) -> set[UUID]:
    """Find the claims in these rows that were purged, themselves or with their events."""
    named = {id for row in rows for id in (row.event_id, row.part.claim_id)}
    purged = find_purged(write.connection, sorted(named))
    return {row.part.claim_id for row in rows if {row.event_id, row.part.claim_id} & purged}


def _strip_claims(row: PreparedRow, purged: set[UUID]) -> PreparedRow:
    claims = {id: claim for id, claim in row.claims.items() if id not in purged}
    return replace(row, text=PURGED_ROW, claims=claims)


_EMPTIED_ROWS = select(source_rows.c.event_id).where(
    any_of(source_rows.c.event_id, "ids"), source_rows.c.row == PURGED_ROW
)


ID_TAKEN = "a record of another dataset, or a claim of another event, has this id"


def reject_foreign_ids(
    write: Transaction, caller: Caller, batch: MappedBatch
) -> tuple[MappedBatch, BatchOutcome]:
    """Return the batch without rows that use the id of another record, and their rejections.

    Raises NotGranted for a dataset that the caller does not see.
    """
    refused = BatchOutcome()
    taken = _find_taken_ids(write.connection, caller, batch.rows)
    for row in batch.rows:
        if row.id in taken:
            refused.findings.append(make_row_finding(REJECTION, row, "id", str(row.id), ID_TAKEN))
            refused.counts.count("rejected")
    return replace(batch, rows=[row for row in batch.rows if row.id not in taken]), refused


def load_accepted_batch(connection: Connection, caller: Caller, batch: MappedBatch) -> MappedBatch:
    """Load the batch without such rows, and without the records that only they name."""
    taken = _find_taken_ids(connection, caller, batch.rows)
    if not taken:
        return batch
    rows = [row for row in batch.rows if row.id not in taken]
    datasets = {row.event["dataset"] for row in rows}
    sources = _list_sources(rows, batch.sources.values())
    named = [source for source in batch.sources.values() if source.slug in sources]
    actors = {*_list_actors(rows), *(source.speaks_for for source in named)}
    return replace(
        batch,
        rows=rows,
        datasets={slug: facts for slug, facts in batch.datasets.items() if slug in datasets},
        actors={
            (dataset, slug): actor
            for (dataset, slug), actor in batch.actors.items()
            if dataset in datasets and slug in actors
        },
        sources={
            (dataset, slug): source
            for (dataset, slug), source in batch.sources.items()
            if dataset in datasets and slug in sources
        },
    )


def _list_actors(rows: Sequence[PreparedRow]) -> Iterator[str | None]:
    for row in rows:
        for taking in row.event["participants"]:
            yield from (taking["actor"], taking["for"])
        for claim in row.claims.values():
            if claim["speaker"]:
                yield from (claim["speaker"]["actor"], claim["speaker"]["speaks_for"])


def _list_sources(rows: Sequence[PreparedRow], facts: Iterable[SourceFacts]) -> set[str | None]:
    """Return the sources that the rows name, and their owners."""
    claims = [claim for row in rows for claim in row.claims.values()]
    found = {slug for claim in claims for slug in (claim["source"], claim["origin"])}
    owners = {source.slug: source.owner for source in facts}
    while owning := {owners.get(str(slug)) for slug in found} - found - {None}:
        found |= owning
    return found


def _find_taken_ids(
    connection: Connection, caller: Caller, batch: Sequence[PreparedRow]
) -> set[UUID]:
    rows = [row for row in batch if row.origin is not None]
    if not rows:
        return set()
    for slug in sorted({row.event["dataset"] for row in rows}):
        find_import_dataset(connection, caller, slug)
    return {
        *_find_in_other_datasets(connection, rows),
        *_find_with_foreign_claims(connection, rows),
    }


def _find_in_other_datasets(connection: Connection, rows: Sequence[PreparedRow]) -> set[UUID]:
    datasets = {row.id: row.event["dataset"] for row in rows}
    ids = {"ids": list(datasets)}
    return {
        event_id
        for table in (event_documents, past_event_documents)
        for event_id, dataset in connection.execute(
            select(table.c.id, table.c.dataset).where(any_of(table.c.id, "ids")), ids
        )
        if datasets[event_id] != dataset
    }


def _find_with_foreign_claims(connection: Connection, rows: Sequence[PreparedRow]) -> set[UUID]:
    events = {claim_id: row.id for row in rows for claim_id in row.claims}
    if not events:
        return set()
    ids = {"ids": list(events)}
    taken = {
        (event_id, events[claim_id])
        for table in (claims, past_claims)
        for claim_id, event_id in connection.execute(
            select(table.c.id, table.c.event_id).where(any_of(table.c.id, "ids")), ids
        )
        if events[claim_id] != event_id
    }
    winners = load_winners(connection, (theirs for theirs, _ in taken)) if taken else {}
    return {ours for theirs, ours in taken if winners.get(theirs) != ours}
