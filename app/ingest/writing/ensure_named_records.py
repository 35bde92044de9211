"""Whom the rows of an import name, made sure of before the rows are written.

What is not there is made in a short transaction of its own, sorted by slug: two imports at once
never wait for each other's batches, and what both make, one makes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from sqlalchemy import Connection, select

from app.db.database import Database
from app.db.transaction import Write
from app.ingest.mapping.map_rows import Batch
from app.ingest.mapping.mapping_process import REMEMBERED, Known, Named
from app.ingest.mapping.merged_names import AS_SAID, Meaning, rename_batch
from app.ingest.reading.import_format import ActorFacts, DatasetFacts, SourceFacts
from app.ingest.report import WARNING, Finding
from app.ingest.writing.create_named_records import (
    find_dataset,
    make_actors,
    make_dataset,
    make_sources,
)
from app.ingest.writing.find_named_records import (
    Meanings,
    Meant,
    Target,
    find_meanings,
    publish,
    to_publish,
)
from app.models.datasets import datasets
from app.record.claim_statements import load_source_profiles
from app.record.document_names import load_actor_names
from app.record.links.publishing import PublishedSlug
from app.values.caller import Caller

APART = "the {} slug is taken: the rows mean {!r}"

NotePublished = Callable[[Write, Sequence[PublishedSlug]], None]

Owned = tuple[str, str]
"""The dataset of the rows that name somebody, and the slug."""


@dataclass(frozen=True, slots=True)
class Importing:
    """Who imports into which dataset; a dry run makes nothing.

    `note` keeps what is published, and raises where the import is not to go on: nothing is made
    for one that is cancelled.
    """

    dataset: DatasetFacts
    caller: Caller
    is_dry: bool
    note: NotePublished


@dataclass(slots=True)
class _New:
    """What was not asked before, and what it was found to mean."""

    datasets: list[DatasetFacts]
    actors: list[ActorFacts]
    sources: list[SourceFacts]
    found: list[Meanings] = field(default_factory=list)
    published: list[PublishedSlug] = field(default_factory=list)


class Naming:
    """What the slugs of one import mean, as far as its rows have named any.

    `published` are the private records that the import has made public.
    """

    def __init__(self, database: Database, importing: Importing) -> None:
        self.published: list[PublishedSlug] = []
        self._database = database
        self._importing = importing
        self._dataset = importing.dataset.slug
        self._datasets: dict[str, DatasetFacts] = {}
        self._meant: dict[str, dict[Owned, Meant]] = {"actor": {}, "source": {}}
        self._others: dict[str, Meaning] = {}
        self._told: set[tuple[str, Owned]] = set()

    async def settle(self, batch: Batch, accepted: Batch) -> Batch:
        """Make whom the accepted rows of a batch name and who is not there.

        Returns the batch whose rows name them as they are called here.
        """
        if accepted.accepted:
            actors, sources = accepted.actors.values(), accepted.sources.values()
            await self._make(self._new(accepted.datasets.values(), actors, sources), None)
        return batch if batch.is_settled else rename_batch(batch, self._meaning_in)

    async def answer(self, named: Named) -> Known:
        """Make those that are named and are not there; what all are called and how judged."""
        known = None
        if named.actors or named.sources:
            known = await self._make(self._new((), named.actors, named.sources), named)
        if known is not None:
            return known
        return await self._database.read(lambda read: self._known(read, named, ()))

    def tell_apart(self, batch: Batch) -> list[Finding]:
        """A warning for each that the rows mean apart from a hidden one, at its first row."""
        told = []
        for (noun, (dataset, slug)), (line, member) in batch.lines.items():
            owned = (dataset or self._dataset, slug)
            meant = self._meant[noun].get(owned)
            if meant is not None and meant.is_apart and (noun, owned) not in self._told:
                self._told.add((noun, owned))
                where = f"{member}: " if member else ""
                reason = where + APART.format(noun, meant.slug)
                told.append(Finding(WARNING, line, None, slug, reason))
        return told

    def _new(
        self,
        facts: Iterable[DatasetFacts],
        actors: Iterable[ActorFacts],
        sources: Iterable[SourceFacts],
    ) -> _New:
        # Rows that name no dataset of their own are of the import's.
        of_rows = list(facts) or [self._importing.dataset]
        new_datasets = [each for each in of_rows if each.slug not in self._datasets]
        return _New(
            sorted(new_datasets, key=attrgetter("slug")),
            [each for each in actors if self._owned(each) not in self._meant["actor"]],
            [each for each in sources if self._owned(each) not in self._meant["source"]],
        )

    async def _make(self, new: _New, named: Named | None) -> Known | None:
        """Find or make what is new; what is then known of the `named`, None if nothing is new."""
        if not new.datasets and not new.actors and not new.sources:
            return None

        def work(write: Write) -> Known:
            new.found, new.published = [], []
            self._make_in(write, new)
            self._importing.note(write, new.published)
            return self._known(write.connection, named, new.found) if named else Known()

        known = await self._database.write(work, by=self._importing.caller.key_id, is_batch=True)
        self._datasets.update((each.slug, each) for each in new.datasets)
        self.published += new.published
        if sum(map(len, self._meant.values())) > REMEMBERED:
            self._forget()
        for means in new.found:
            self._remember(means)
        return known

    def _make_in(self, write: Write, new: _New) -> None:
        caller, is_dry = self._importing.caller, self._importing.is_dry
        for facts in new.datasets:
            if is_dry:
                find_dataset(write.connection, caller, facts.slug)
            else:
                make_dataset(write, caller, facts, facts.slug)
        for target in self._targets(write.connection, new):
            actors = [each for each in new.actors if self._is_of(target, each)]
            sources = [each for each in new.sources if self._is_of(target, each)]
            who = find_meanings(write, caller, "actor", target, (each.slug for each in actors))
            what = find_meanings(write, caller, "source", target, (each.slug for each in sources))
            for means in (who, what):
                new.found.append(means)
                told = (to_publish if is_dry else publish)(write, caller, means)
                new.published += [each for each in told if each not in new.published]
            if not is_dry:
                make_actors(write, who, actors)
                make_sources(write, what, [self._named_here(each, new.found) for each in sources])

    def _targets(self, connection: Connection, new: _New) -> Iterator[Target]:
        """The datasets of whom is new; one that a dry run does not make is as it would be made."""
        facts = self._datasets | {each.slug: each for each in new.datasets}
        named: list[ActorFacts | SourceFacts] = [*new.actors, *new.sources]
        for slug in sorted({self._owned(each)[0] for each in named}):
            private = select(datasets.c.is_private).where(datasets.c.slug == slug)
            is_private = connection.scalar(private)
            yield Target(slug, not (facts[slug].is_private if is_private is None else is_private))

    def _owned(self, named: ActorFacts | SourceFacts) -> Owned:
        return named.dataset or self._dataset, named.slug

    def _is_of(self, target: Target, named: ActorFacts | SourceFacts) -> bool:
        return self._owned(named)[0] == target.dataset

    def _named_here(self, source: SourceFacts, found: Sequence[Meanings]) -> SourceFacts:
        """The source with its owner and actor as they are called here."""
        dataset = self._owned(source)[0]
        meaning = _meaning(self._meaning_in(dataset), found, dataset)
        return replace(
            source,
            owner=source.owner and meaning.sources.get(source.owner, source.owner),
            speaks_for=source.speaks_for
            and meaning.actors.get(source.speaks_for, source.speaks_for),
        )

    def _known(self, connection: Connection, named: Named, found: Sequence[Meanings]) -> Known:
        """What is known of those named, as they are called here."""
        meaning = _meaning(self._meaning_in(self._dataset), found, self._dataset)
        actors = [meaning.actors.get(slug, slug) for slug in named.actor_slugs]
        sources = [meaning.sources.get(slug, slug) for slug in named.source_slugs]
        return Known(
            load_actor_names(connection, actors), load_source_profiles(connection, sources), meaning
        )

    def _remember(self, means: Meanings) -> None:
        dataset = means.target.dataset
        for slug, meant in means.of.items():
            self._meant[means.noun][dataset, slug] = meant
        self._others[dataset] = _meaning(self._meaning_in(dataset), [means], dataset)

    def _forget(self) -> None:
        """Ask anew for whom the rows call as they are called here, who are most of them."""
        for noun, meant in self._meant.items():
            self._meant[noun] = {
                owned: each
                for owned, each in meant.items()
                if each.is_apart or each.slug != owned[1]
            }

    def _meaning_in(self, dataset: str) -> Meaning:
        """Whom the rows of a dataset mean, where that is another than they say."""
        return self._others.get(dataset, AS_SAID)


def _meaning(known: Meaning, found: Iterable[Meanings], dataset: str) -> Meaning:
    """What is known, and what was found for the dataset."""
    actors, sources = dict(known.actors), dict(known.sources)
    for means in found:
        if means.target.dataset == dataset:
            others = actors if means.noun == "actor" else sources
            others.update({slug: m.slug for slug, m in means.of.items() if m.slug != slug})
    return Meaning(actors, sources)
