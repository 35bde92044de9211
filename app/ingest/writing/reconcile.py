"""The reconciliation of rows with stored records: new, unchanged, revised, or edited."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.ingest.mapping.claim_folding import fold_claims, make_claim_parts
from app.ingest.mapping.map_rows import PreparedRow
from app.ingest.mapping.merged_names import MergeBase, load_base_replacements, load_row_replacements
from app.ingest.reading.import_format import BadRow
from app.ingest.reading.round_trip import apply_origin, fill_unsaid_fields
from app.ingest.report import CONFLICT, WARNING
from app.ingest.row_parsing.validation import validate_event
from app.ingest.writing.batch_outcome import KEPT_BY_EDITOR, BatchOutcome, make_row_finding
from app.ingest.writing.pending_claims import load_claim_rows
from app.ingest.writing.row_guards import STAYS_PURGED, strip_purged
from app.ingest.writing.stored_rows import load_merge_bases, load_row_states
from app.ingest.writing.three_way_merge import (
    STAYS_DELETED,
    load_deleted_claims,
    make_claim_change,
    merge_claims,
    merge_fields,
)
from app.models.events import event_documents, past_event_documents
from app.record.content import ClaimContent, EventContent
from app.record.load import StoredEvent, load_deleted_event, load_events
from app.record.merged_events import find_redirected_events
from app.record.save import EventChange
from app.values.caller import Caller


def reconcile_rows(
    write: Transaction, caller: Caller, rows: Sequence[PreparedRow], mapper_version: int
) -> BatchOutcome:
    """Decide on every row, without writing anything."""
    if not rows:
        return BatchOutcome()
    rows, purged = strip_purged(write, rows)
    former = load_row_replacements(write, caller, rows)
    rows = [former.replace_in_row(row) for row in rows]
    batch = _RowReconciler(write, rows, mapper_version, purged)
    known = load_base_replacements(write, batch.bases.values())
    batch.bases = {id: known.replace_in_base(base) for id, base in batch.bases.items()}
    for row in rows:
        batch.decide(row)
    return batch.found


class _RowReconciler:
    """The rows of one transaction, and the stored state of their records."""

    def __init__(
        self,
        write: Transaction,
        rows: Sequence[PreparedRow],
        mapper_version: int,
        purged: set[UUID],
    ) -> None:
        self.write = write
        self.purged = purged
        self.found = BatchOutcome()
        ids = [row.id for row in rows]
        known = load_row_states(write, ids)
        present = _find_current_ids(write, ids)
        present |= find_redirected_events(write.connection, [id for id in ids if id not in present])
        absent = [id for id in ids if id not in present]
        self.deleted = _load_last_revisions(write, absent)
        self.unchanged = {
            row.id for row in rows if known.get(row.id, ())[:2] == (row.digest, mapper_version)
        }
        self.removed = {
            id for id, revision in self.deleted.items() if known.get(id, ())[2:] == (revision,)
        }
        changed = [id for id in ids if id in present and id not in self.unchanged]
        self.bases = load_merge_bases(write, changed)
        self.stored = load_events(write.connection, changed, merged=True)
        self.gone = load_deleted_claims(write, [*changed, *self.removed])
        fresh = [id for id in absent if id not in self.deleted or id in self.removed]
        self.claim_rows = load_claim_rows(write, [*changed, *fresh])

    def decide(self, row: PreparedRow) -> None:
        """Decide on one row."""
        if row.id in self.purged:
            self.found.counts.count("unchanged")
            self._add_finding(WARNING, row, None, None, STAYS_PURGED)
        elif row.id in self.removed:
            self._restore_event(row)
        elif row.id in self.deleted:
            self.found.counts.count("unchanged")
            self._add_finding(WARNING, row, None, row.event["external_id"], STAYS_DELETED)
        elif row.id in self.unchanged:
            self.found.counts.count("unchanged")
        elif row.id in self.stored:
            self._update_event(row, self.stored[row.id])
        else:
            self._create_event(row)

    def _create_event(self, row: PreparedRow) -> None:
        at = self.write.at
        provided = self._fold_provided_claims(row, row.claims, waiting=True)
        claims = [
            make_claim_change(claim_id, content, {}, at) for claim_id, content in provided.items()
        ]
        change = EventChange("created", row.id, None, row.event, 1, at, claims)
        self.found.changes.append(apply_origin(change, row.origin) if row.origin else change)
        self.found.stored_rows.append(row)
        self.found.counts.count("created")

    def _restore_event(self, row: PreparedRow) -> None:
        """Restore a record that a mirroring import removed, since its row is back."""
        deleted = load_deleted_event(self.write.connection, row.id)
        assert deleted is not None, "it has a past"
        self.write.require_after(deleted.position)
        provided = self._fold_provided_claims(row, row.claims, waiting=True)
        claims = [
            make_claim_change(id, claim, self.gone, self.write.at) for id, claim in provided.items()
        ]
        revision, made = deleted.revision + 2, deleted.created_at
        change = EventChange("restored", row.id, None, row.event, revision, made, claims)
        self.found.changes.append(change)
        self.found.stored_rows.append(row)
        self.found.counts.count("created")

    def _update_event(self, row: PreparedRow, stored: StoredEvent) -> None:
        base = self.bases.get(row.id, _EMPTY_BASE)
        content, conflicts = self._merge_event(row, stored, base["event"])
        all_told = row.origin is None or "claims" not in row.origin.unsaid
        said = row.claims if all_told else {**base["claims"], **row.claims}
        merged = merge_claims(
            self._fold_provided_claims(row, base["claims"], waiting=False),
            self._fold_provided_claims(row, said, waiting=True),
            stored,
            self.gone,
            self.write.at,
        )
        for deleted in merged.deleted:
            name = f"claims.{deleted['external_id']}"
            self._add_finding(WARNING, row, name, deleted["paraphrase"], STAYS_DELETED)
        conflicts += merged.conflicts
        outcome = "unchanged"
        if merged.changes or content != stored.content:
            outcome = "updated"
            revision = stored.revision + 1
            change = EventChange(
                outcome, row.id, stored, content, revision, stored.created_at, merged.changes
            )
            self.found.changes.append(change)
        for name, value in conflicts:
            self._add_finding(CONFLICT, row, name, value, KEPT_BY_EDITOR)
        told = _complete_event(row, base["event"])
        self.found.stored_rows.append(replace(row, event=told, claims=said))
        self.found.counts.count("conflicted" if conflicts else outcome)

    def _fold_provided_claims(
        self, row: PreparedRow, claims: Mapping[UUID, ClaimContent], *, waiting: bool
    ) -> dict[UUID, ClaimContent]:
        """Return the provider's claims: the event's own and those of other rows.

        With `waiting`, claims in rows that waited for the event are included.
        """
        others = self.claim_rows.get(row.id, [])
        if waiting and others:
            self.found.attached_events.append(row.id)
        parts = [row.part for row in others if waiting or not row.is_waiting]
        return fold_claims([*make_claim_parts(claims), *parts])

    def _merge_event(
        self, row: PreparedRow, stored: StoredEvent, base: Mapping[str, Any]
    ) -> tuple[EventContent, list[tuple[str, Any]]]:
        held = stored.content
        merged = merge_fields(base, _complete_event(row, held), held)
        content: EventContent = merged.content  # type: ignore[assignment]
        try:
            return (content if content == held else validate_event(content)), merged.conflicts
        except BadRow as bad:
            # The provider's part does not fit an editor's, which therefore stays whole.
            reason = f"the new row does not fit what an editor changed: {bad.reason}"
            self._add_finding(WARNING, row, bad.column, bad.value, reason)
            return held, [*merged.conflicts, (bad.column or "type", bad.value)]

    def _add_finding(
        self, severity: str, row: PreparedRow, name: str | None, value: Any, reason: str
    ) -> None:
        self.found.findings.append(make_row_finding(severity, row, name, value, reason))


def _complete_event(row: PreparedRow, held: Mapping[str, Any]) -> EventContent:
    """Return the event in a row, with fields that an exported row lacks as they are held."""
    return fill_unsaid_fields(row.event, held, row.origin) if row.origin else row.event


_EMPTY_BASE: MergeBase = {"event": {}, "claims": {}}


def _find_current_ids(write: Transaction, ids: list[UUID]) -> set[UUID]:
    return set(write.connection.scalars(_CURRENT_IDS, {"ids": ids}))


def _load_last_revisions(write: Transaction, ids: list[UUID]) -> dict[UUID, int]:
    """Load the last revision of each deleted event."""
    if not ids:
        return {}
    return dict(write.connection.execute(_LAST_REVISIONS, {"ids": ids}).all())


_CURRENT_IDS = select(event_documents.c.id).where(any_of(event_documents.c.id, "ids"))
_LAST_REVISIONS = (
    select(past_event_documents.c.id, func.max(past_event_documents.c.revision))
    .where(any_of(past_event_documents.c.id, "ids"))
    .group_by(past_event_documents.c.id)
)
