"""One batch into the database: whom it names first, then its rows in one transaction."""

from dataclasses import replace
from functools import partial
from operator import attrgetter
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
from app.ingest.prepare import Batch, Named, PreparedRow
from app.ingest.references import make_actors, make_dataset, make_sources
from app.ingest.relations import attach_relations
from app.ingest.resolve import Resolution, resolve
from app.ingest.strangers import without_foreign, without_strangers
from app.models.imports import source_rows
from app.record.save import save_events
from app.values.callers import Caller

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
        self, database: Database, format: Format, dataset: str, caller: Caller, *, dry_run: bool
    ) -> None:
        self._database = database
        self._format = format
        self._dataset = dataset
        self._dry_run = dry_run
        self._caller = caller
        self._by = caller.key_id
        self._datasets = {dataset}
        self._actors: set[Named] = set()
        self._sources: set[Named] = set()

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
        datasets = [each for slug, each in batch.datasets.items() if slug not in self._datasets]
        actors = [each for name, each in batch.actors.items() if name not in self._actors]
        sources = [each for name, each in batch.sources.items() if name not in self._sources]
        if not datasets and not actors and not sources:
            return

        def work(write: Write) -> None:
            for each in sorted(datasets, key=attrgetter("slug")):
                make_dataset(write, self._seeing, each, each.slug, None)
            named = (*batch.actors, *batch.sources)
            for slug in sorted({dataset or self._dataset for dataset, _ in named}):
                mine = (None, slug) if slug == self._dataset else (slug,)
                make_actors(write, slug, [each for each in actors if each.dataset in mine])
                make_sources(write, slug, [each for each in sources if each.dataset in mine])

        await self._database.write(work, by=self._by)
        self._datasets.update(batch.datasets)
        self._actors.update(batch.actors)
        self._sources.update(batch.sources)

    async def _rehearse(self, batch: Batch) -> Resolution:
        def work(write: Write) -> None:
            raise _Undone(self._save(write, batch))

        try:
            await self._database.write(work)
        except _Undone as undone:
            return undone.resolution
        raise AssertionError("a rehearsal is always undone")

    def _save(self, write: Write, batch: Batch) -> Resolution:
        batch, refused = without_strangers(write, self._seeing, batch)
        found = resolve(write, batch.rows, self._format.mapper_version).add(refused)
        if self._dry_run:
            return found.add(resolve_claims(write, batch.claims, self._format.mapper_version))
        _save_changes(write, found)
        self._keep(write, found)
        attach_relations(write, self._seeing, batch.rows)
        spoken = resolve_claims(write, batch.claims, self._format.mapper_version)
        _save_changes(write, spoken)
        keep(write, spoken.claims, self._shared(write.at))
        return found.add(spoken)

    @property
    def _seeing(self) -> Caller:
        """The caller, who sees the datasets that this import has made as well."""
        datasets = self._caller.datasets
        return replace(
            self._caller, datasets=None if datasets is None else datasets | self._datasets
        )

    def _keep(self, write: Write, found: Resolution) -> None:
        found.kept = without_foreign(write, self._format.name, found.kept)
        created = {change.id for change in found.changes if change.before is None}
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
    claims = {str(claim_id): claim for claim_id, claim in row.claims.items()}
    return {
        "event_id": row.id,
        "dataset": row.event["dataset"],
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
