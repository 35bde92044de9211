"""The rows that are claims, as they are kept: those in their events, and those that wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, literal_column, or_, select, update

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.db.types import RecordId
from app.ingest.mapping.claim_folding import ClaimPart
from app.ingest.mapping.map_rows import PreparedClaim
from app.ingest.mapping.merged_names import load_claim_replacements
from app.models.events import event_documents
from app.models.imports import claim_rows
from app.models.merges import merged_events
from app.record.content import ClaimContent


@dataclass(frozen=True, slots=True)
class StoredClaimRow:
    """One row as it is kept; `digest` tells it from the other rows of its event."""

    digest: str
    is_waiting: bool
    part: ClaimPart


def load_mapper_versions(
    write: Transaction, event_ids: Iterable[UUID]
) -> dict[tuple[UUID, str], int]:
    """The mapper version of every row kept for these events, by event and digest."""
    rows = write.connection.execute(_MAPPER_VERSIONS, {"ids": sorted(set(event_ids))})
    return {(event_id, digest): version for event_id, digest, version in rows}


def load_claim_rows(
    write: Transaction, event_ids: Iterable[UUID]
) -> dict[UUID, list[StoredClaimRow]]:
    """Every row kept for these events, naming those who answer now."""
    ids = sorted(set(event_ids))
    kept: dict[UUID, list[StoredClaimRow]] = {}
    if not ids:
        return kept
    rows = write.connection.execute(_CLAIM_ROWS, {"ids": ids}).all()
    claims: list[ClaimContent] = [orjson.loads(row.mapped) for row in rows]
    former = load_claim_replacements(write, claims)
    for row, claim in zip(rows, map(former.claim, claims), strict=True):
        part = ClaimPart(row.claim_id, claim, row.confidence)
        kept.setdefault(row.event_id, []).append(
            StoredClaimRow(row.row_hash, bool(row.is_waiting), part)
        )
    return kept


def store_claim_rows(
    write: Transaction, rows: Sequence[tuple[PreparedClaim, bool]], whose: dict[str, Any]
) -> None:
    """Store rows, each with whether it waits; `whose` has what all of them share."""
    if not rows:
        return
    keys = [{"of": row.event_id, "digest": row.digest} for row, _ in rows]
    write.connection.execute(_DELETE_ROW, keys)
    values = [_make_row_values(row, is_waiting) | whose for row, is_waiting in rows]
    write.connection.execute(insert(claim_rows), values)


def mark_attached(write: Transaction, event_ids: Iterable[UUID]) -> None:
    """Say that the rows of these events are in them."""
    ids = sorted(set(event_ids))
    if ids:
        write.connection.execute(_MARK_ATTACHED, {"ids": ids})


def find_awaited_events(connection: Connection, dataset: str, limit: int) -> list[UUID]:
    """Events of a dataset that are there, or merged into one, although rows wait for them."""
    return list(connection.scalars(_AWAITED_EVENTS, {"of": dataset, "most": limit}))


def _make_row_values(row: PreparedClaim, is_waiting: bool) -> dict[str, Any]:
    return {
        "event_id": row.event_id,
        "row_hash": row.digest,
        "claim_id": row.part.claim_id,
        "is_waiting": int(is_waiting),
        "confidence": row.part.confidence,
        "source": row.part.claim["source"],
        "origin": row.part.claim["origin"],
        "row": row.text,
        "mapped": orjson.dumps(row.part.claim).decode(),
    }


# Spelled out, so that SQLite sees that the partial index applies.
_IS_WAITING: Any = claim_rows.c.is_waiting == literal_column("1")

_MAPPER_VERSIONS = select(
    claim_rows.c.event_id, claim_rows.c.row_hash, claim_rows.c.mapper_version
).where(any_of(claim_rows.c.event_id, "ids"))
_CLAIM_ROWS = select(claim_rows).where(any_of(claim_rows.c.event_id, "ids"))
_DELETE_ROW = delete(claim_rows).where(
    claim_rows.c.event_id == bindparam("of", type_=RecordId()),
    claim_rows.c.row_hash == bindparam("digest"),
)
_MARK_ATTACHED = (
    update(claim_rows).where(any_of(claim_rows.c.event_id, "ids"), _IS_WAITING).values(is_waiting=0)
)
_MERGED_EVENT = (
    select(merged_events.c.event_id)
    .join(event_documents, event_documents.c.id == merged_events.c.winner_id)
    .where(merged_events.c.event_id == claim_rows.c.event_id)
)
_CURRENT_EVENT = select(event_documents.c.id).where(event_documents.c.id == claim_rows.c.event_id)
_AWAITED_EVENTS = (
    select(claim_rows.c.event_id)
    .where(_IS_WAITING, claim_rows.c.dataset == bindparam("of"))
    .where(or_(_CURRENT_EVENT.exists(), _MERGED_EVENT.exists()))
    .distinct()
    .order_by(claim_rows.c.event_id)
    .limit(bindparam("most"))
)
