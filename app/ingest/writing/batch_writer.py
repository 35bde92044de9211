"""The writer of batches: named records first, then the rows, in one transaction."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.db.transaction import Transaction
from app.ingest.mapping.map_rows import MappedBatch, PreparedRow
from app.ingest.reading.import_format import ImportFormat
from app.ingest.writing.batch_outcome import BatchOutcome
from app.ingest.writing.bulk_load import bulk_load_events
from app.ingest.writing.ensure_named_records import ImportScope, NamedRecords
from app.ingest.writing.import_relations import save_row_relations
from app.ingest.writing.pending_claims import (
    find_awaited_events,
    mark_attached,
    reconcile_claims,
    reconcile_waiting_claims,
    store_claim_rows,
)
from app.ingest.writing.pending_removals import delete_pending_removals
from app.ingest.writing.reconcile import reconcile_rows
from app.ingest.writing.row_guards import (
    load_accepted_batch,
    reject_foreign_ids,
)
from app.ingest.writing.stored_rows import store_rows
from app.record.links.save_relations import restore_relations
from app.record.save import save_events

EVENTS_PER_SWEEP = 200
"""The number of events that get their waiting claims in one transaction."""


OutcomeCallback = Callable[[Transaction, BatchOutcome], None]


class _DryRunRollback(Exception):
    """The signal that rolls back a dry run's transaction."""

    def __init__(self, resolution: BatchOutcome) -> None:
        super().__init__()
        self.resolution = resolution


class BatchWriter:
    """The writer of one import's batches; `named_records` creates the records that rows name."""

    def __init__(self, database: Database, format: ImportFormat, importing: ImportScope) -> None:
        self.named_records = NamedRecords(database, importing)
        self._database = database
        self._format = format
        self._dataset = importing.dataset.slug
        self._dry_run = importing.is_dry
        self._caller = importing.caller
        self._by = importing.caller.key_id

    async def write(self, batch: MappedBatch, note: OutcomeCallback) -> BatchOutcome:
        """Write one batch, recorded in its transaction, and return the outcome of its rows.

        A dry run rolls the rows back and records their outcome in a transaction of its own.
        """
        named = batch
        if self._format.rows_have_origin:
            caller = self._caller
            named = await self._database.read(lambda read: load_accepted_batch(read, caller, batch))
        batch = await self.named_records.ensure(batch, named)
        apart = self.named_records.list_slug_warnings(batch)
        if self._dry_run:
            found = await self._rehearse(batch)
            found.findings += apart
            await self._database.write(lambda opened: note(opened, found))
            return found

        def work(write: Transaction) -> BatchOutcome:
            found = self._save_batch(write, batch)
            found.findings += apart
            note(write, found)
            return found

        return await self._database.write(work, by=self._by, is_batch=True)

    async def attach_waiting(self) -> None:
        """Add waiting claims to those of their events that exist by now."""
        while not self._dry_run:
            awaited = await self._database.read(
                lambda read: find_awaited_events(read, self._dataset, EVENTS_PER_SWEEP)
            )
            if not awaited:
                return
            attach = partial(_attach_claims, event_ids=awaited)
            await self._database.write(attach, by=self._by, is_batch=True)

    async def _rehearse(self, batch: MappedBatch) -> BatchOutcome:
        def work(write: Transaction) -> None:
            raise _DryRunRollback(self._save_batch(write, batch))

        try:
            await self._database.write(work, is_batch=True)
        except _DryRunRollback as undone:
            return undone.resolution
        raise AssertionError("a rehearsal is always undone")

    def _save_batch(self, write: Transaction, batch: MappedBatch) -> BatchOutcome:
        caller, version = self._caller, self._format.mapper_version
        refused = BatchOutcome()
        if self._format.rows_have_origin:
            batch, refused = reject_foreign_ids(write, caller, batch)
        rows: Sequence[PreparedRow] = batch.rows
        loaded = 0
        if batch.rendered is not None:
            rows = bulk_load_events(write, batch.rendered)
            loaded = len(batch.rendered.ids) - len(rows)
        outcome = reconcile_rows(write, caller, rows, version).add(refused)
        outcome.counts.count("created", loaded)
        if self._dry_run:
            return outcome.add(reconcile_claims(write, batch.claims, version))
        shared = self._make_shared_values(write.at)
        delete_pending_removals(write, [row.id for row in rows])
        _save_changes(write, outcome)
        outcome.stored_rows = store_rows(write, outcome, shared)
        if self._format.rows_have_origin:
            save_row_relations(write, caller, batch.rows)
        if batch.claims:
            claims = reconcile_claims(write, batch.claims, version)
            _save_changes(write, claims)
            store_claim_rows(write, claims.claims, shared)
            outcome.add(claims)
        return outcome

    def _make_shared_values(self, at: int) -> dict[str, Any]:
        return {
            "dataset": self._dataset,
            "format": self._format.name,
            "mapper_version": self._format.mapper_version,
            "imported_at": at,
        }


def _save_changes(write: Transaction, found: BatchOutcome) -> None:
    save_events(write, found.changes)
    mark_attached(write, found.attached_events)
    for change in found.changes:
        if change.operation == "restored":
            restore_relations(write, change.id)


def _attach_claims(write: Transaction, event_ids: list[UUID]) -> None:
    _save_changes(write, reconcile_waiting_claims(write, event_ids))
