"""The source rows of events as they are stored, with the records that they were mapped to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, delete, insert, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.db.types import RecordId
from app.ingest.mapping.map_rows import PreparedRow, encode_mapping
from app.ingest.mapping.merged_names import MergeBase
from app.ingest.writing.batch_outcome import BatchOutcome
from app.models.imports import source_rows


def load_row_states(write: Transaction, ids: list[UUID]) -> dict[UUID, tuple[Any, ...]]:
    """Load the hash, the mapper version and the removed revision of stored rows."""
    rows = write.connection.execute(_ROW_STATES, {"ids": ids})
    return {event_id: tuple(known) for event_id, *known in rows}


def load_merge_bases(write: Transaction, ids: Sequence[UUID]) -> dict[UUID, MergeBase]:
    """Load the merge bases in stored rows: the mapped `event`, and `claims` by id."""
    if not ids:
        return {}
    rows = write.connection.execute(_MAPPED_ROWS, {"ids": list(ids)})
    return {event_id: _parse_base(orjson.loads(mapped)) for event_id, mapped in rows}


def _parse_base(mapped: dict[str, Any]) -> MergeBase:
    claims = {UUID(claim_id): claim for claim_id, claim in mapped["claims"].items()}
    return {"event": mapped["event"], "claims": claims}


def store_rows(
    write: Transaction, found: BatchOutcome, shared: dict[str, Any]
) -> list[PreparedRow]:
    """Store the source rows of a batch and return them; `shared` has their common columns.

    A row of this project's own export never replaces a provider's row.
    """
    kept = _exclude_provider_rows(write, shared["format"], found.stored_rows)
    created = {change.id for change in found.changes if change.operation == "created"}
    replaced = [{"of": row.id} for row in kept if row.id not in created]
    if replaced:
        write.connection.execute(_DELETE_ROW, replaced)
    if kept:
        rows = [shared | _make_source_row(row) for row in kept]
        write.connection.execute(insert(source_rows), rows)
    return kept


def _exclude_provider_rows(
    write: Transaction, format: str, kept: list[PreparedRow]
) -> list[PreparedRow]:
    """Return the rows to store, except for our export's rows where a provider's row is stored.

    The provider's row is the base that its next release is merged against.
    """
    ours = [row.id for row in kept if row.origin is not None]
    if not ours:
        return kept
    held = select(source_rows.c.event_id).where(
        any_of(source_rows.c.event_id, "ids"), source_rows.c.format != format
    )
    foreign = set(write.connection.scalars(held, {"ids": ours}))
    return [row for row in kept if row.id not in foreign]


def _make_source_row(row: PreparedRow) -> dict[str, Any]:
    return {
        "event_id": row.id,
        "dataset": row.event["dataset"],
        "row_hash": row.digest,
        "row": row.text,
        "mapped": encode_mapping(row),
    }


_ROW_STATES = select(
    source_rows.c.event_id,
    source_rows.c.row_hash,
    source_rows.c.mapper_version,
    source_rows.c.removed_revision,
).where(any_of(source_rows.c.event_id, "ids"))
_MAPPED_ROWS = select(source_rows.c.event_id, source_rows.c.mapped).where(
    any_of(source_rows.c.event_id, "ids")
)
_DELETE_ROW = delete(source_rows).where(source_rows.c.event_id == bindparam("of", type_=RecordId()))
