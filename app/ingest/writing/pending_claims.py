"""Rows that are claims about the events of other rows: into their events, or to wait for them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from app.db.transaction import Write
from app.ingest.mapping.claim_folding import fold, parts_of
from app.ingest.mapping.map_rows import PreparedClaim
from app.ingest.mapping.merged_names import AS_SAID, Meaning, former_in_claims
from app.ingest.report import CONFLICT, WARNING
from app.ingest.writing.claim_merge import DELETED, ClaimMerge, load_gone, merge_claims
from app.ingest.writing.claim_source_rows import KeptRow, load_kept, load_versions
from app.ingest.writing.reconcile import KEPT_BY_EDITOR, Resolution, finding, load_bases
from app.ingest.writing.tombstone_guard import STAYS_PURGED, purged_rows
from app.record.load import StoredEvent, load_events
from app.record.save import EventChange


def resolve_claims(write: Write, rows: Sequence[PreparedClaim], mapper_version: int) -> Resolution:
    """Decide for every row; the claims of one event make one revision. Nothing is written."""
    found = Resolution()
    if not rows:
        return found
    purged = purged_rows(write, rows)
    versions = load_versions(write, (row.event_id for row in rows))
    fresh: dict[UUID, dict[str, PreparedClaim]] = {}
    for row in rows:
        if row.part.claim_id in purged:
            found.counts.count("unchanged")
            found.findings.append(finding(WARNING, row, None, None, STAYS_PURGED))
            continue
        new = fresh.setdefault(row.event_id, {})
        if row.digest in new or versions.get((row.event_id, row.digest)) == mapper_version:
            found.counts.count("unchanged")
        else:
            new[row.digest] = row
    former = former_in_claims(write, [row.part.claim for row in rows])
    batch = _Batch(write, [event_id for event_id, new in fresh.items() if new], found, former)
    for event_id in batch.ids:
        batch.decide(event_id, [former.attached(row) for row in fresh[event_id].values()])
    return found


def resolve_waiting(write: Write, event_ids: Sequence[UUID]) -> Resolution:
    """Decide what the rows that wait for these events, which are there now, make of them."""
    found = Resolution()
    batch = _Batch(write, event_ids, found)
    for event_id in batch.ids:
        batch.decide(event_id, [])
    return found


class _Batch:
    """The events that rows of one transaction speak of."""

    def __init__(
        self,
        write: Write,
        ids: Sequence[UUID],
        found: Resolution,
        former: Meaning = AS_SAID,
    ) -> None:
        self.ids = ids
        self._found = found
        self._write = write
        self._stored = load_events(write.connection, ids, merged=True)
        present = list(self._stored)
        self._kept = load_kept(write, present)
        self._bases = load_bases(write, present)
        self._bases = {id: former.base(base) for id, base in self._bases.items()}
        self._gone = load_gone(write, present)

    def decide(self, event_id: UUID, rows: list[PreparedClaim]) -> None:
        """Decide for all new rows of one event, and those that wait for it."""
        stored = self._stored.get(event_id)
        if stored is None:
            self._found.claims += [(row, True) for row in rows]
            self._found.counts.count("waiting", len(rows))
            return
        merged = self._merge(stored, rows)
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
            self._found.changes.append(change)
        self._found.claims += [(row, False) for row in rows]
        self._found.attached.append(event_id)
        self._count(rows, merged)

    def _merge(self, stored: StoredEvent, rows: list[PreparedClaim]) -> ClaimMerge:
        own = parts_of(self._bases[stored.id]["claims"]) if stored.id in self._bases else []
        kept = self._kept.get(stored.id, [])
        replaced = {row.digest for row in rows}
        base = fold([*own, *_parts(each for each in kept if not each.is_waiting)])
        stays = _parts(each for each in kept if each.digest not in replaced)
        new = fold([*own, *stays, *(row.part for row in rows)])
        return merge_claims(base, new, stored, self._gone, self._write.at)

    def _count(self, rows: list[PreparedClaim], merged: ClaimMerge) -> None:
        """The first row of a claim that changed changed it; the others are folded into it."""
        outcomes: dict[UUID, str] = merged.outcomes
        if not rows:
            return
        for name, value in merged.conflicts:
            self._found.findings.append(finding(CONFLICT, rows[0], name, value, KEPT_BY_EDITOR))
        for content in merged.deleted:
            name, said = f"claims.{content['external_id']}", content["paraphrase"]
            self._found.findings.append(finding(WARNING, rows[0], name, said, DELETED))
        if merged.conflicts:
            outcomes[rows[0].part.claim_id] = "conflicted"
        for row in rows:
            self._found.counts.count(outcomes.pop(row.part.claim_id, "unchanged"))


def _parts(rows: Iterable[KeptRow]) -> list[Any]:
    return [each.part for each in rows]
