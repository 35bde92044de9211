"""One batch into the database: whom it names first, then its rows in one transaction."""

from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, delete, insert

from app.db.database import Database
from app.db.types import RecordId
from app.db.writing import Write
from app.ingest.attach import resolve_claims, resolve_waiting
from app.ingest.claim_rows import end_waiting, find_awaited, keep
from app.ingest.format import Format
from app.ingest.prepare import Batch, PreparedRow
from app.ingest.references import make_actors, make_sources
from app.ingest.resolve import Resolution, resolve
from app.models.imports import source_rows
from app.record.save import save_events

SWEPT_EVENTS = 200
"""How many events get the claims that waited for them in one transaction."""


class _Undone(Exception):
    """Ends a dry run's transaction; nothing of it stays."""

    def __init__(self, resolution: Resolution) -> None:
        super().__init__()
        self.resolution = resolution


class BatchWriter:
    """Writes the batches of one import; remembers which actors and sources it has made sure of."""

    def __init__(
        self, database: Database, format: Format, dataset: str, *, dry_run: bool, by: str | None
    ) -> None:
        self._database = database
        self._format = format
        self._dataset = dataset
        self._dry_run = dry_run
        self._by = by
        self._actors: set[str] = set()
        self._sources: set[str] = set()

    async def write(self, batch: Batch) -> Resolution:
        """Write one batch and say what became of its rows; a dry run only says it."""
        if not batch.rows and not batch.claims:
            return Resolution()
        if self._dry_run:
            return await self._rehearse(batch)
        await self._make_named(batch)
        return await self._database.write(lambda opened: self._save(opened, batch), by=self._by)

    async def attach_waiting(self) -> None:
        """Put the claims that wait for events which are there into them."""
        while not self._dry_run:
            awaited = await self._database.read(
                lambda read: find_awaited(read, self._dataset, SWEPT_EVENTS)
            )
            if not awaited:
                return
            await self._database.write(partial(_attach, event_ids=awaited), by=self._by)

    async def _make_named(self, batch: Batch) -> None:
        actors = [each for slug, each in batch.actors.items() if slug not in self._actors]
        sources = [each for slug, each in batch.sources.items() if slug not in self._sources]
        if not actors and not sources:
            return

        def work(write: Write) -> None:
            make_actors(write, self._dataset, actors)
            make_sources(write, self._dataset, sources)

        await self._database.write(work, by=self._by)
        self._actors.update(each.slug for each in actors)
        self._sources.update(each.slug for each in sources)

    async def _rehearse(self, batch: Batch) -> Resolution:
        def work(write: Write) -> None:
            raise _Undone(self._save(write, batch))

        try:
            await self._database.write(work)
        except _Undone as undone:
            return undone.resolution
        raise AssertionError("a rehearsal is always undone")

    def _save(self, write: Write, batch: Batch) -> Resolution:
        found = resolve(write, batch.rows, self._format.mapper_version)
        if self._dry_run:
            return found.add(resolve_claims(write, batch.claims, self._format.mapper_version))
        _save_changes(write, found)
        self._keep(write, found)
        spoken = resolve_claims(write, batch.claims, self._format.mapper_version)
        _save_changes(write, spoken)
        keep(write, spoken.claims, self._shared(write.at))
        return found.add(spoken)

    def _keep(self, write: Write, found: Resolution) -> None:
        created = {change.id for change in found.changes if change.before is None}
        replaced = [{"of": row.id} for row in found.kept if row.id not in created]
        if replaced:
            write.connection.execute(_FORGET, replaced)
        if found.kept:
            shared = self._shared(write.at)
            kept = [_source_row(row) | shared for row in found.kept]
            write.connection.execute(insert(source_rows), kept)

    def _shared(self, at: int) -> dict[str, Any]:
        return {
            "dataset": self._dataset,
            "format": self._format.name,
            "mapper_version": self._format.mapper_version,
            "imported_at": at,
        }


def _source_row(row: PreparedRow) -> dict[str, Any]:
    claims = {str(claim_id): claim for claim_id, claim in row.claims.items()}
    return {
        "event_id": row.id,
        "row_hash": row.digest,
        "row": row.text,
        "mapped": orjson.dumps({"event": row.event, "claims": claims}).decode(),
    }


def _save_changes(write: Write, found: Resolution) -> None:
    save_events(write, found.changes)
    end_waiting(write, found.attached)


def _attach(write: Write, event_ids: list[UUID]) -> None:
    _save_changes(write, resolve_waiting(write, event_ids))


_FORGET = delete(source_rows).where(source_rows.c.event_id == bindparam("of", type_=RecordId()))
