"""One batch into the database: whom it names first, then its rows in one transaction."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert

from app.db.database import Database
from app.db.transaction import Write
from app.db.types import RecordId
from app.ingest.mapping.map_rows import Batch, PreparedRow, mapped_text
from app.ingest.reading.import_format import Format
from app.ingest.writing.bulk_load import load_new
from app.ingest.writing.claim_source_rows import end_waiting, find_awaited, keep
from app.ingest.writing.ensure_named_records import Importing, Naming
from app.ingest.writing.foreign_id_guard import accepted_of, without_foreign, without_strangers
from app.ingest.writing.import_relations import attach_relations
from app.ingest.writing.pending_claims import resolve_claims, resolve_waiting
from app.ingest.writing.pending_removals import forget_gone
from app.ingest.writing.reconcile import Resolution, resolve
from app.models.imports import source_rows
from app.record.links.save_relations import restore_relations
from app.record.save import save_events

SWEPT_EVENTS = 200
"""How many events get the claims that waited for them in one transaction."""


Note = Callable[[Write, Resolution], None]


class _Undone(Exception):
    """Ends a dry run's transaction; nothing of it stays."""

    def __init__(self, resolution: Resolution) -> None:
        super().__init__()
        self.resolution = resolution


class BatchWriter:
    """Writes the batches of one import; `naming` makes sure of whom they name."""

    def __init__(self, database: Database, format: Format, importing: Importing) -> None:
        self.naming = Naming(database, importing)
        self._database = database
        self._format = format
        self._dataset = importing.dataset.slug
        self._dry_run = importing.is_dry
        self._caller = importing.caller
        self._by = importing.caller.key_id

    async def write(self, batch: Batch, note: Note) -> Resolution:
        """Write one batch, noted in its transaction, and say what became of its rows.

        A dry run only says it, and notes it apart.
        """
        named = batch
        if self._format.rows_have_origin:
            caller = self._caller
            named = await self._database.read(lambda read: accepted_of(read, caller, batch))
        batch = await self.naming.settle(batch, named)
        apart = self.naming.tell_apart(batch)
        if self._dry_run:
            found = await self._rehearse(batch)
            found.findings += apart
            await self._database.write(lambda opened: note(opened, found))
            return found

        def work(write: Write) -> Resolution:
            found = self._save(write, batch)
            found.findings += apart
            note(write, found)
            return found

        return await self._database.write(work, by=self._by, is_batch=True)

    async def attach_waiting(self) -> None:
        """Put the claims that wait for events which are there into them."""
        while not self._dry_run:
            awaited = await self._database.read(
                lambda read: find_awaited(read, self._dataset, SWEPT_EVENTS)
            )
            if not awaited:
                return
            attach = partial(_attach, event_ids=awaited)
            await self._database.write(attach, by=self._by, is_batch=True)

    async def _rehearse(self, batch: Batch) -> Resolution:
        def work(write: Write) -> None:
            raise _Undone(self._save(write, batch))

        try:
            await self._database.write(work, is_batch=True)
        except _Undone as undone:
            return undone.resolution
        raise AssertionError("a rehearsal is always undone")

    def _save(self, write: Write, batch: Batch) -> Resolution:
        caller = self._caller
        batch, refused = without_strangers(write, caller, batch)
        rows: Sequence[PreparedRow] = batch.rows
        loaded = 0
        if batch.rendered is not None:
            rows = load_new(write, batch.rendered)
            loaded = len(batch.rendered.ids) - len(rows)
        found = resolve(write, caller, rows, self._format.mapper_version).add(refused)
        found.counts.count("created", loaded)
        if self._dry_run:
            return found.add(resolve_claims(write, batch.claims, self._format.mapper_version))
        forget_gone(write, [row.id for row in rows])
        _save_changes(write, found)
        self._keep(write, found)
        attach_relations(write, caller, batch.rows)
        spoken = resolve_claims(write, batch.claims, self._format.mapper_version)
        _save_changes(write, spoken)
        keep(write, spoken.claims, self._shared(write.at))
        return found.add(spoken)

    def _keep(self, write: Write, found: Resolution) -> None:
        found.kept = without_foreign(write, self._format.name, found.kept)
        created = {change.id for change in found.changes if change.operation == "created"}
        replaced = [{"of": row.id} for row in found.kept if row.id not in created]
        if replaced:
            write.connection.execute(_FORGET, replaced)
        if found.kept:
            shared = self._shared(write.at)
            kept = [shared | _source_row(row) for row in found.kept]
            write.connection.execute(insert(source_rows), kept)

    def _shared(self, at: int) -> dict[str, Any]:
        return {
            "dataset": self._dataset,
            "format": self._format.name,
            "mapper_version": self._format.mapper_version,
            "imported_at": at,
        }


def _source_row(row: PreparedRow) -> dict[str, Any]:
    return {
        "event_id": row.id,
        "dataset": row.event["dataset"],
        "row_hash": row.digest,
        "row": row.text,
        "mapped": mapped_text(row),
    }


def _save_changes(write: Write, found: Resolution) -> None:
    save_events(write, found.changes)
    end_waiting(write, found.attached)
    for change in found.changes:
        if change.operation == "restored":
            restore_relations(write, change.id)


def _attach(write: Write, event_ids: list[UUID]) -> None:
    _save_changes(write, resolve_waiting(write, event_ids))


_FORGET = delete(source_rows).where(source_rows.c.event_id == bindparam("of", type_=RecordId()))
