"""Each row against what is stored: new, unchanged, changed by the provider, or by an editor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select

from app.db.functions import any_of
from app.db.writing import Write
from app.ingest.check import checked_event
from app.ingest.format import BadRow
from app.ingest.former import Renamed
from app.ingest.merge import Merged, merge
from app.ingest.prepare import SHOWN_VALUE, PreparedRow
from app.ingest.purged import leave_out_purged
from app.ingest.report import CONFLICT, WARNING, Finding, RowCounts
from app.models.claims import past_claims
from app.models.events import event_documents, past_event_documents
from app.models.imports import source_rows
from app.record.content import ClaimContent, EventContent
from app.record.save import ClaimChange, EventChange
from app.record.stored import StoredClaim, StoredEvent, load_events

Base = Mapping[str, Any]


@dataclass(slots=True)
class Resolution:
    """What a batch changes: events, and the rows whose text or mapping is to be kept anew."""

    changes: list[EventChange] = field(default_factory=list)
    kept: list[PreparedRow] = field(default_factory=list)
    counts: RowCounts = field(default_factory=RowCounts)
    findings: list[Finding] = field(default_factory=list)


def resolve(write: Write, rows: Sequence[PreparedRow], mapper_version: int) -> Resolution:
    """Decide for every row; nothing is written."""
    rows, purged = leave_out_purged(write, rows)
    renamed = Renamed(write, rows)
    rows = renamed.rows(rows)
    batch = _Batch(write, rows, mapper_version, purged)
    batch.bases = {id: renamed.base(base) for id, base in batch.bases.items()}
    for row in rows:
        batch.decide(row)
    return batch.found


class _Batch:
    """The rows of one transaction beside what the database has for them."""

    def __init__(
        self, write: Write, rows: Sequence[PreparedRow], mapper_version: int, purged: set[UUID]
    ) -> None:
        self.write = write
        self.purged = purged
        self.found = Resolution()
        ids = [row.id for row in rows]
        known = _known_rows(write, ids)
        present = _ids_in(write, event_documents, ids)
        absent = [each for each in ids if each not in present]
        self.deleted = _ids_in(write, past_event_documents, absent)
        self.unchanged = {
            row.id for row in rows if known.get(row.id) == (row.digest, mapper_version)
        }
        changed = [each for each in ids if each in present and each not in self.unchanged]
        self.bases = _bases(write, changed)
        self.stored = load_events(write.connection, changed)
        self.past_claims = _past_claims(write, changed)

    def decide(self, row: PreparedRow) -> None:
        """Decide for one row."""
        if row.id in self.purged:
            self.found.counts.count("unchanged")
            self._report(WARNING, row, None, None, "purged: stays so")
        elif row.id in self.deleted:
            self.found.counts.count("unchanged")
            self._report(WARNING, row, None, row.event["external_id"], "deleted by hand: stays so")
        elif row.id in self.unchanged:
            self.found.counts.count("unchanged")
        elif row.id in self.stored:
            self._revise(row, self.stored[row.id])
        else:
            self._create(row)

    def _create(self, row: PreparedRow) -> None:
        at = self.write.at
        claims = [
            ClaimChange("created", claim_id, None, content, 1, at)
            for claim_id, content in row.claims.items()
        ]
        self.found.changes.append(EventChange("created", row.id, None, row.event, 1, at, claims))
        self.found.kept.append(row)
        self.found.counts.count("created")

    def _revise(self, row: PreparedRow, stored: StoredEvent) -> None:
        base = self.bases.get(row.id, _NOTHING)
        content, conflicts = self._merge_event(row, stored, base["event"])
        claims = self._merge_claims(row, stored, base["claims"], conflicts)
        if claims or content != stored.content:
            self.found.changes.append(
                EventChange(
                    "updated",
                    row.id,
                    stored,
                    content,
                    stored.revision + 1,
                    stored.created_at,
                    claims,
                )
            )
            outcome = "updated"
        else:
            outcome = "unchanged"
        for name, value in conflicts:
            self._report(CONFLICT, row, name, value, _KEPT)
        self.found.kept.append(row)
        self.found.counts.count("conflicted" if conflicts else outcome)

    def _merge_event(
        self, row: PreparedRow, stored: StoredEvent, base: Base
    ) -> tuple[EventContent, list[tuple[str, Any]]]:
        held = stored.content
        merged = merge(base, row.event, held)
        content: EventContent = merged.content  # type: ignore[assignment]
        try:
            return (content if content == held else checked_event(content)), merged.conflicts
        except BadRow as bad:
            # An editor's part and the provider's do not fit together: the editor's stays whole.
            reason = f"the new row does not fit what an editor changed: {bad.reason}"
            self._report(WARNING, row, bad.column, bad.value, reason)
            return held, [*merged.conflicts, (bad.column or "type", bad.value)]

    def _merge_claims(
        self, row: PreparedRow, stored: StoredEvent, base: Base, conflicts: list[tuple[str, Any]]
    ) -> list[ClaimChange]:
        held = {claim.id: claim for claim in stored.claims}
        changes = []
        for claim_id, content in row.claims.items():
            before = base.get(str(claim_id))
            if claim_id in held:
                changes += self._revised(held[claim_id], before or {}, content, conflicts)
            elif before is None:
                changes.append(self._made(claim_id, content))
            elif before != content:
                name = f"claims.{content['external_id']}"
                self._report(WARNING, row, name, content["paraphrase"], "deleted by hand: stays so")
        for text, before in base.items():
            claim = held.get(UUID(text))
            if claim is not None and claim.id not in row.claims:
                changes += _withdrawn(claim, before, conflicts)
        return changes

    def _made(self, claim_id: UUID, content: ClaimContent) -> ClaimChange:
        past = self.past_claims.get(claim_id)
        if past is None:
            return ClaimChange("created", claim_id, None, content, 1, self.write.at)
        revision, created_at = past
        return ClaimChange("restored", claim_id, None, content, revision + 2, created_at)

    def _revised(
        self,
        claim: StoredClaim,
        base: Base,
        new: ClaimContent,
        conflicts: list[tuple[str, Any]],
    ) -> list[ClaimChange]:
        merged: Merged = merge(base, new, claim.content)
        conflicts += [(f"claims.{name}", value) for name, value in merged.conflicts]
        if merged.content == claim.content:
            return []
        content: ClaimContent = merged.content  # type: ignore[assignment]
        revision = claim.revision + 1
        return [ClaimChange("updated", claim.id, claim, content, revision, claim.created_at)]

    def _report(
        self, severity: str, row: PreparedRow, name: str | None, value: Any, reason: str
    ) -> None:
        shown = value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
        finding = Finding(severity, row.line, name, shown and shown[:SHOWN_VALUE], reason)
        self.found.findings.append(finding)


_NOTHING: Base = {"event": {}, "claims": {}}
_KEPT = "an editor changed this too: the editor's value stays"


def _withdrawn(
    claim: StoredClaim, before: Base, conflicts: list[tuple[str, Any]]
) -> list[ClaimChange]:
    """A claim that the provider no longer has goes, unless an editor worked on it."""
    if claim.content != before:
        conflicts.append((f"claims.{claim.content['external_id']}", None))
        return []
    return [ClaimChange("deleted", claim.id, claim, None, claim.revision + 1, claim.created_at)]


def _known_rows(write: Write, ids: list[UUID]) -> dict[UUID, tuple[str, int]]:
    rows = write.connection.execute(_KNOWN, {"ids": ids})
    return {event_id: (digest, version) for event_id, digest, version in rows}


def _ids_in(write: Write, table: Any, ids: list[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(write.connection.scalars(_IDS[table], {"ids": ids}))


def _bases(write: Write, ids: list[UUID]) -> dict[UUID, Base]:
    if not ids:
        return {}
    rows = write.connection.execute(_MAPPED, {"ids": ids})
    return {event_id: orjson.loads(mapped) for event_id, mapped in rows}


def _past_claims(write: Write, ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    if not ids:
        return {}
    rows = write.connection.execute(_PAST_CLAIMS, {"ids": ids})
    return {claim_id: (revision, created_at) for claim_id, revision, created_at in rows}


_KNOWN = select(source_rows.c.event_id, source_rows.c.row_hash, source_rows.c.mapper_version).where(
    any_of(source_rows.c.event_id, "ids")
)
_MAPPED = select(source_rows.c.event_id, source_rows.c.mapped).where(
    any_of(source_rows.c.event_id, "ids")
)
_IDS = {
    table: select(table.c.id).where(any_of(table.c.id, "ids")).distinct()
    for table in (event_documents, past_event_documents)
}
_PAST_CLAIMS = (
    select(past_claims.c.id, func.max(past_claims.c.revision), func.min(past_claims.c.created_at))
    .where(any_of(past_claims.c.event_id, "ids"))
    .group_by(past_claims.c.id)
)
