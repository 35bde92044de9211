"""Rows that are claims about events of other rows: stored, and merged once the event exists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, literal_column, or_, select, update

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.db.types import RecordId
from app.ingest.mapping.claim_folding import ClaimPart, fold_claims, make_claim_parts
from app.ingest.mapping.map_rows import PreparedClaim
from app.ingest.mapping.merged_names import (
    NO_REPLACEMENTS,
    SlugReplacements,
    load_claim_replacements,
)
from app.ingest.report import CONFLICT, WARNING
from app.ingest.writing.batch_outcome import KEPT_BY_EDITOR, BatchOutcome, make_row_finding
from app.ingest.writing.row_guards import STAYS_PURGED, find_purged_claim_ids
from app.ingest.writing.stored_rows import load_merge_bases
from app.ingest.writing.three_way_merge import (
    STAYS_DELETED,
    ClaimMerge,
    load_deleted_claims,
    merge_claims,
)
from app.models.events import event_documents
from app.models.imports import claim_rows
from app.models.merges import merged_events
from app.record.content import ClaimContent
from app.record.load import StoredEvent, load_events
from app.record.save import EventChange


@dataclass(frozen=True, slots=True)
class StoredClaimRow:
    """One stored row; `digest` distinguishes it from the other rows of its event."""

    digest: str
    is_waiting: bool
    part: ClaimPart


def reconcile_claims(
    write: Transaction, rows: Sequence[PreparedClaim], mapper_version: int
) -> BatchOutcome:
    """Decide on every row, without writing; the claims of one event form one revision."""
    found = BatchOutcome()
    if not rows:
        return found
    purged = find_purged_claim_ids(write, rows)
    versions = load_mapper_versions(write, (row.event_id for row in rows))
    fresh: dict[UUID, dict[str, PreparedClaim]] = {}
    for row in rows:
        if row.part.claim_id in purged:
            found.counts.count("unchanged")
            found.findings.append(make_row_finding(WARNING, row, None, None, STAYS_PURGED))
            continue
        new = fresh.setdefault(row.event_id, {})
        if row.digest in new or versions.get((row.event_id, row.digest)) == mapper_version:
            found.counts.count("unchanged")
        else:
            new[row.digest] = row
    former = load_claim_replacements(write, [row.part.claim for row in rows])
    batch = _ClaimReconciler(
        write, [event_id for event_id, new in fresh.items() if new], found, former
    )
    for event_id in batch.ids:
        batch.decide(
            event_id, [former.replace_in_claim_row(row) for row in fresh[event_id].values()]
        )
    return found


def reconcile_waiting_claims(write: Transaction, event_ids: Sequence[UUID]) -> BatchOutcome:
    """Decide on the rows that waited for these events, which now exist."""
    found = BatchOutcome()
    batch = _ClaimReconciler(write, event_ids, found)
    for event_id in batch.ids:
        batch.decide(event_id, [])
    return found


class _ClaimReconciler:
    """The events that rows of one transaction refer to."""

    def __init__(
        self,
        write: Transaction,
        ids: Sequence[UUID],
        found: BatchOutcome,
        former: SlugReplacements = NO_REPLACEMENTS,
    ) -> None:
        self.ids = ids
        self._outcome = found
        self._write = write
        self._stored = load_events(write.connection, ids, merged=True)
        present = list(self._stored)
        self._claim_rows = load_claim_rows(write, present)
        self._bases = load_merge_bases(write, present)
        self._bases = {id: former.replace_in_base(base) for id, base in self._bases.items()}
        self._deleted_claims = load_deleted_claims(write, present)

    def decide(self, event_id: UUID, rows: list[PreparedClaim]) -> None:
        """Decide on all new rows of one event, and on those that wait for it."""
        stored = self._stored.get(event_id)
        if stored is None:
            self._outcome.claims += [(row, True) for row in rows]
            self._outcome.counts.count("waiting", len(rows))
            return
        merged = self._merge_claims(stored, rows)
        if merged.changes:
            revision = stored.revision + 1
            change = EventChange(
                "updated",
                event_id,
                stored,
                stored.content,
                revision,
                stored.created_at,
                merged.changes,
            )
            self._outcome.changes.append(change)
        self._outcome.claims += [(row, False) for row in rows]
        self._outcome.attached_events.append(event_id)
        self._count_outcomes(rows, merged)

    def _merge_claims(self, stored: StoredEvent, rows: list[PreparedClaim]) -> ClaimMerge:
        own = make_claim_parts(self._bases[stored.id]["claims"]) if stored.id in self._bases else []
        kept = self._claim_rows.get(stored.id, [])
        replaced = {row.digest for row in rows}
        base = fold_claims([*own, *_list_parts(row for row in kept if not row.is_waiting)])
        stays = _list_parts(row for row in kept if row.digest not in replaced)
        new = fold_claims([*own, *stays, *(row.part for row in rows)])
        return merge_claims(base, new, stored, self._deleted_claims, self._write.at)

    def _count_outcomes(self, rows: list[PreparedClaim], merged: ClaimMerge) -> None:
        """Count each changed claim once, at its first row; other rows count as unchanged."""
        outcomes: dict[UUID, str] = merged.outcomes
        if not rows:
            return
        for name, value in merged.conflicts:
            self._outcome.findings.append(
                make_row_finding(CONFLICT, rows[0], name, value, KEPT_BY_EDITOR)
            )
        for content in merged.deleted:
            name, said = f"claims.{content['external_id']}", content["paraphrase"]
            self._outcome.findings.append(
                make_row_finding(WARNING, rows[0], name, said, STAYS_DELETED)
            )
        if merged.conflicts:
            outcomes[rows[0].part.claim_id] = "conflicted"
        for row in rows:
            self._outcome.counts.count(outcomes.pop(row.part.claim_id, "unchanged"))


def _list_parts(rows: Iterable[StoredClaimRow]) -> list[Any]:
    return [row.part for row in rows]


def load_mapper_versions(
    write: Transaction, event_ids: Iterable[UUID]
) -> dict[tuple[UUID, str], int]:
    """Load the mapper version of every stored row of these events, by event and digest."""
    rows = write.connection.execute(_MAPPER_VERSIONS, {"ids": sorted(set(event_ids))})
    return {(event_id, digest): version for event_id, digest, version in rows}


def load_claim_rows(
    write: Transaction, event_ids: Iterable[UUID]
) -> dict[UUID, list[StoredClaimRow]]:
    """Load all stored rows of these events, with current slugs."""
    ids = sorted(set(event_ids))
    kept: dict[UUID, list[StoredClaimRow]] = {}
    if not ids:
        return kept
    rows = write.connection.execute(_CLAIM_ROWS, {"ids": ids}).all()
    claims: list[ClaimContent] = [orjson.loads(row.mapped) for row in rows]
    former = load_claim_replacements(write, claims)
    for row, claim in zip(rows, map(former.replace_in_claim, claims), strict=True):
        part = ClaimPart(row.claim_id, claim, row.confidence)
        kept.setdefault(row.event_id, []).append(
            StoredClaimRow(row.row_hash, bool(row.is_waiting), part)
        )
    return kept


def store_claim_rows(
    write: Transaction, rows: Sequence[tuple[PreparedClaim, bool]], whose: dict[str, Any]
) -> None:
    """Store rows, each with its waiting flag; `whose` has the columns that all share."""
    if not rows:
        return
    keys = [{"of": row.event_id, "digest": row.digest} for row, _ in rows]
    write.connection.execute(_DELETE_ROW, keys)
    values = [_make_row_values(row, is_waiting) | whose for row, is_waiting in rows]
    write.connection.execute(insert(claim_rows), values)


def mark_attached(write: Transaction, event_ids: Iterable[UUID]) -> None:
    """Mark the rows of these events as part of them."""
    ids = sorted(set(event_ids))
    if ids:
        write.connection.execute(_MARK_ATTACHED, {"ids": ids})


def find_awaited_events(connection: Connection, dataset: str, limit: int) -> list[UUID]:
    """Find events of a dataset that exist, or were merged, although rows wait for them."""
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


# A literal, so that SQLite recognizes the condition of the partial index.
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
