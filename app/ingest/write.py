"""One batch into the database: whom it names first, then its rows in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, insert

from app.db.database import Database
from app.db.types import RecordId
from app.db.writing import Write
from app.ingest.ahead import REMEMBERED, Known, Named
from app.ingest.attach import resolve_claims, resolve_waiting
from app.ingest.claim_rows import end_waiting, find_awaited, keep
from app.ingest.format import ActorFacts, DatasetFacts, Format, SourceFacts
from app.ingest.load import load_new
from app.ingest.prepare import Batch, PreparedRow, mapped_text
from app.ingest.references import Facts, make_actors, make_dataset, make_sources
from app.ingest.relations import attach_relations
from app.ingest.resolve import Resolution, resolve
from app.ingest.strangers import accepted_of, without_foreign, without_strangers
from app.models.imports import source_rows
from app.record.names import load_actor_names
from app.record.relating import restore_relations
from app.record.save import save_events
from app.record.statements import load_source_facts
from app.values.callers import Caller

SWEPT_EVENTS = 200
"""How many events get the claims that waited for them in one transaction."""


Note = Callable[[Write, Resolution], None]


class _Undone(Exception):
    """Ends a dry run's transaction; nothing of it stays."""

    def __init__(self, resolution: Resolution) -> None:
        super().__init__()
        self.resolution = resolution


class BatchWriter:
    """Writes the batches of one import; remembers which actors and sources it has made sure of.

    `check` raises where the import is not to go on: nothing is made for one that is cancelled.
    """

    def __init__(
        self,
        database: Database,
        format: Format,
        dataset: str,
        caller: Caller,
        *,
        dry_run: bool,
        check: Callable[[Write], None],
    ) -> None:
        self._check = check
        self._database = database
        self._format = format
        self._dataset = dataset
        self._dry_run = dry_run
        self._caller = caller
        self._by = caller.key_id
        self._datasets: set[str] = set()
        self._actors: set[tuple[str, str]] = set()
        self._sources: set[tuple[str, str]] = set()

    async def write(self, batch: Batch, note: Note) -> Resolution:
        """Write one batch, noted in its transaction, and say what became of its rows.

        A dry run only says it, and notes it apart.
        """
        if self._dry_run:
            found = await self._rehearse(batch)
            await self._database.write(lambda opened: note(opened, found))
            return found
        named = batch
        if self._format.rows_have_origin:
            named = await self._database.read(lambda read: accepted_of(read, self._seeing, batch))
        if named.accepted:
            actors, sources = named.actors.values(), named.sources.values()
            await self._make_named(named.datasets.values(), actors, sources, None)

        def work(write: Write) -> Resolution:
            found = self._save(write, batch)
            note(write, found)
            return found

        return await self._database.write(work, by=self._by)

    async def attach_waiting(self) -> None:
        """Put the claims that wait for events which are there into them."""
        while not self._dry_run:
            awaited = await self._database.read(
                lambda read: find_awaited(read, self._dataset, SWEPT_EVENTS)
            )
            if not awaited:
                return
            await self._database.write(partial(_attach, event_ids=awaited), by=self._by)

    async def answer(self, named: Named) -> Known:
        """Make those that are named and are not there; what all are called and how judged."""
        made = None
        if named.actors or named.sources:
            made = await self._make_named((), named.actors, named.sources, named)
        if made is not None:
            return made
        return await self._database.read(lambda read: _known(read, named))

    async def _make_named(
        self,
        datasets: Iterable[DatasetFacts],
        actors: Iterable[ActorFacts],
        sources: Iterable[SourceFacts],
        named: Named | None,
    ) -> Known | None:
        """What is known of the `named` once those are there that are not; None if all were.

        Rows that name no dataset of their own are of the import's.
        """
        own = replace(self._format.dataset, slug=self._dataset, released_on=None)
        of_rows = list(datasets) or [own]
        new_datasets = [each for each in of_rows if each.slug not in self._datasets]
        new_actors = [each for each in actors if self._owned(each) not in self._actors]
        new_sources = [each for each in sources if self._owned(each) not in self._sources]
        if not new_datasets and not new_actors and not new_sources:
            return None

        def work(write: Write) -> Known:
            self._check(write)
            for each in sorted(new_datasets, key=attrgetter("slug")):
                make_dataset(write, self._seeing, each, each.slug)
            for dataset, actors_there in self._by_dataset(new_actors):
                make_actors(write, dataset, actors_there)
            for dataset, sources_there in self._by_dataset(new_sources):
                make_sources(write, dataset, sources_there)
            return _known(write.connection, named) if named else Known()

        known = await self._database.write(work, by=self._by)
        self._datasets.update(each.slug for each in new_datasets)
        if len(self._actors) + len(self._sources) > REMEMBERED:
            self._actors.clear()
            self._sources.clear()
        self._actors.update(self._owned(each) for each in new_actors)
        self._sources.update(self._owned(each) for each in new_sources)
        return known

    def _owned(self, named: ActorFacts | SourceFacts) -> tuple[str, str]:
        """The dataset of the rows that name somebody, and the slug."""
        return named.dataset or self._dataset, named.slug

    def _by_dataset(self, named: Sequence[Facts]) -> list[tuple[str, list[Facts]]]:
        found: dict[str, list[Facts]] = {}
        for each in named:
            found.setdefault(self._owned(each)[0], []).append(each)
        return sorted(found.items())

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
        rows: Sequence[PreparedRow] = batch.rows
        loaded = 0
        if batch.rendered is not None:
            rows = load_new(write, batch.rendered)
            loaded = len(batch.rendered.ids) - len(rows)
        found = resolve(write, rows, self._format.mapper_version).add(refused)
        found.counts.count("created", loaded)
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


def _known(connection: Connection, named: Named) -> Known:
    return Known(
        load_actor_names(connection, named.actor_slugs),
        load_source_facts(connection, named.source_slugs),
    )


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
