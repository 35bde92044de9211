"""Rows that are claims about the events of other rows: into their events, or to wait for them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from app.db.transaction import Transaction
from app.ingest.mapping.claim_folding import fold_claims, make_claim_parts
from app.ingest.mapping.map_rows import PreparedClaim
from app.ingest.mapping.merged_names import (
    NO_REPLACEMENTS,
    SlugReplacements,
    load_claim_replacements,
)
from app.ingest.report import CONFLICT, WARNING
from app.ingest.writing.claim_merge import (
    STAYS_DELETED,
    ClaimMerge,
    load_deleted_claims,
    merge_claims,
)
from app.ingest.writing.claim_source_rows import (
    StoredClaimRow,
    load_claim_rows,
    load_mapper_versions,
)
from app.ingest.writing.reconcile import (
    KEPT_BY_EDITOR,
    BatchOutcome,
    load_merge_bases,
    make_row_finding,
)
from app.ingest.writing.tombstone_guard import STAYS_PURGED, find_purged_claim_ids
from app.record.load import StoredEvent, load_events
from app.record.save import EventChange


def reconcile_claims(
    write: Transaction, rows: Sequence[PreparedClaim], mapper_version: int
) -> BatchOutcome:
    """Decide for every row; the claims of one event make one revision. Nothing is written."""
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
        batch.decide(event_id, [former.attached(row) for row in fresh[event_id].values()])
    return found


def reconcile_waiting_claims(write: Transaction, event_ids: Sequence[UUID]) -> BatchOutcome:
    """Decide what the rows that wait for these events, which are there now, make of them."""
    found = BatchOutcome()
    batch = _ClaimReconciler(write, event_ids, found)
    for event_id in batch.ids:
        batch.decide(event_id, [])
    return found


class _ClaimReconciler:
    """The events that rows of one transaction speak of."""

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
        self._bases = {id: former.base(base) for id, base in self._bases.items()}
        self._deleted_claims = load_deleted_claims(write, present)

    def decide(self, event_id: UUID, rows: list[PreparedClaim]) -> None:
        """Decide for all new rows of one event, and those that wait for it."""
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
        self._outcome.attached.append(event_id)
        self._count_outcomes(rows, merged)

    def _merge_claims(self, stored: StoredEvent, rows: list[PreparedClaim]) -> ClaimMerge:
        own = make_claim_parts(self._bases[stored.id]["claims"]) if stored.id in self._bases else []
        kept = self._claim_rows.get(stored.id, [])
        replaced = {row.digest for row in rows}
        base = fold_claims([*own, *_list_parts(each for each in kept if not each.is_waiting)])
        stays = _list_parts(each for each in kept if each.digest not in replaced)
        new = fold_claims([*own, *stays, *(row.part for row in rows)])
        return merge_claims(base, new, stored, self._deleted_claims, self._write.at)

    def _count_outcomes(self, rows: list[PreparedClaim], merged: ClaimMerge) -> None:
        """The first row of a claim that changed changed it; the others are folded into it."""
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
    return [each.part for each in rows]
