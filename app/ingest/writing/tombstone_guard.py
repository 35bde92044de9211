"""What was purged stays so: an import makes no record of it, and keeps none of its row."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.ingest.mapping.map_rows import PreparedClaim, PreparedRow
from app.models.imports import PURGED_ROW, source_rows
from app.record.tombstones import find_purged, find_purged_claims

STAYS_PURGED = "purged: stays so"


def strip_purged(
    write: Transaction, rows: Sequence[PreparedRow]
) -> tuple[list[PreparedRow], set[UUID]]:
    """The rows without claims and texts that were purged, and the ids of purged events."""
    ids = [row.id for row in rows]
    claims = find_purged_claims(write.connection, ids)
    emptied = set(write.connection.scalars(_EMPTIED_ROWS, {"ids": ids})) | claims.keys()
    kept = [
        _strip_claims(row, claims.get(row.id, set())) if row.id in emptied else row for row in rows
    ]
    return kept, find_purged(write.connection, ids)


def find_purged_claim_ids(write: Transaction, rows: Sequence[PreparedClaim]) -> set[UUID]:
    """The claims of these rows that were purged, or whose events were."""
    named = {id for row in rows for id in (row.event_id, row.part.claim_id)}
    purged = find_purged(write.connection, sorted(named))
    return {row.part.claim_id for row in rows if {row.event_id, row.part.claim_id} & purged}


def _strip_claims(row: PreparedRow, purged: set[UUID]) -> PreparedRow:
    claims = {id: claim for id, claim in row.claims.items() if id not in purged}
    return replace(row, text=PURGED_ROW, claims=claims)


_EMPTIED_ROWS = select(source_rows.c.event_id).where(
    any_of(source_rows.c.event_id, "ids"), source_rows.c.row == PURGED_ROW
)
