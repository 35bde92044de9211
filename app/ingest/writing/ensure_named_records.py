"""The records that an import's rows name, found or created before the rows are written.

Missing records are created in a short transaction, sorted by slug: two imports never wait for each
other's batches, and a record that both name is created once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from sqlalchemy import Connection, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.ingest.mapping.map_rows import MappedBatch
from app.ingest.mapping.mapping_process import MOST_REMEMBERED_SLUGS, NameRequest, ResolvedNames
from app.ingest.mapping.merged_names import NO_REPLACEMENTS, SlugReplacements, replace_batch_slugs
from app.ingest.reading.import_format import ActorFacts, DatasetFacts, SourceFacts
from app.ingest.report import WARNING, RowFinding
from app.ingest.writing.create_named_records import (
    create_missing_actors,
    create_missing_sources,
    ensure_dataset,
    find_import_dataset,
)
from app.ingest.writing.find_named_records import (
    ResolvedSlug,
    SlugResolution,
    TargetDataset,
    find_owned_to_publish,
    load_slug_resolution,
    publish_owned,
)
from app.models.datasets import datasets
from app.record.links.publishing import PublishedSlug
from app.record.prefetch import load_actor_names, load_source_profiles
from app.values.caller import Caller

SLUG_TAKEN = "the {} slug is taken: the rows refer to {!r}"

RecordPublished = Callable[[Transaction, Sequence[PublishedSlug]], None]

OwnedSlug = tuple[str, str]
"""The dataset of the rows that use a slug, and the slug."""


@dataclass(frozen=True, slots=True)
class ImportScope:
    """The dataset and the caller of an import; a dry run creates nothing.

    `note` records published slugs and raises if the import must not continue, so that nothing is
    created for a cancelled one.
    """

    dataset: DatasetFacts
    caller: Caller
    is_dry: bool
    note: RecordPublished


@dataclass(slots=True)
class _NewNames:
    """Names not looked up before, and their resolution."""

    datasets: list[DatasetFacts]
    actors: list[ActorFacts]
    sources: list[SourceFacts]
    found: list[SlugResolution] = field(default_factory=list)
    published: list[PublishedSlug] = field(default_factory=list)


class NamedRecords:
    """The resolution of all slugs that the rows of one import have named so far.

    `published` lists the private records that the import has made public.
    """

    def __init__(self, database: Database, importing: ImportScope) -> None:
        self.published: list[PublishedSlug] = []
        self._database = database
        self._importing = importing
        self._dataset = importing.dataset.slug
        self._datasets: dict[str, DatasetFacts] = {}
        self._resolved: dict[str, dict[OwnedSlug, ResolvedSlug]] = {"actor": {}, "source": {}}
        self._replacements: dict[str, SlugReplacements] = {}
        self._warned: set[tuple[str, OwnedSlug]] = set()

    async def ensure(self, batch: MappedBatch, accepted: MappedBatch) -> MappedBatch:
        """Create the missing records that a batch's accepted rows name.

        Returns the batch with the slugs of stored records.
        """
        if accepted.accepted:
            actors, sources = accepted.actors.values(), accepted.sources.values()
            await self._ensure_records(
                self._select_new(accepted.datasets.values(), actors, sources), None
            )
        return (
            batch if batch.has_final_names else replace_batch_slugs(batch, self._get_replacements)
        )

    async def resolve(self, named: NameRequest) -> ResolvedNames:
        """Create the missing records, and return names, profiles and replacements for all slugs."""
        known = None
        if named.actors or named.sources:
            known = await self._ensure_records(
                self._select_new((), named.actors, named.sources), named
            )
        if known is not None:
            return known
        return await self._database.read(lambda read: self._load_known(read, named, ()))

    def list_slug_warnings(self, batch: MappedBatch) -> list[RowFinding]:
        """Return a warning for each slug that a hidden record has taken, at its first row."""
        told = []
        for (noun, (dataset, slug)), (line, member) in batch.lines.items():
            owned = (dataset or self._dataset, slug)
            meant = self._resolved[noun].get(owned)
            if meant is not None and meant.is_separate and (noun, owned) not in self._warned:
                self._warned.add((noun, owned))
                where = f"{member}: " if member else ""
                reason = where + SLUG_TAKEN.format(noun, meant.slug)
                told.append(RowFinding(WARNING, line, None, slug, reason))
        return told

    def _select_new(
        self,
        facts: Iterable[DatasetFacts],
        actors: Iterable[ActorFacts],
        sources: Iterable[SourceFacts],
    ) -> _NewNames:
        # Rows without a dataset of their own belong to the import's dataset.
        of_rows = list(facts) or [self._importing.dataset]
        new_datasets = [dataset for dataset in of_rows if dataset.slug not in self._datasets]
        return _NewNames(
            sorted(new_datasets, key=attrgetter("slug")),
            [
                actor
                for actor in actors
                if self._get_owned_slug(actor) not in self._resolved["actor"]
            ],
            [
                source
                for source in sources
                if self._get_owned_slug(source) not in self._resolved["source"]
            ],
        )

    async def _ensure_records(
        self, new: _NewNames, named: NameRequest | None
    ) -> ResolvedNames | None:
        """Find or create new records; return the resolved names, or None if nothing is new."""
        if not new.datasets and not new.actors and not new.sources:
            return None

        def work(write: Transaction) -> ResolvedNames:
            new.found, new.published = [], []
            self._ensure_in_transaction(write, new)
            self._importing.note(write, new.published)
            return (
                self._load_known(write.connection, named, new.found) if named else ResolvedNames()
            )

        known = await self._database.write(work, by=self._importing.caller.key_id, is_batch=True)
        self._datasets.update((dataset.slug, dataset) for dataset in new.datasets)
        self.published += new.published
        if sum(map(len, self._resolved.values())) > MOST_REMEMBERED_SLUGS:
            self._forget_unchanged()
        for means in new.found:
            self._remember_slugs(means)
        return known

    def _ensure_in_transaction(self, write: Transaction, new: _NewNames) -> None:
        caller, is_dry = self._importing.caller, self._importing.is_dry
        for facts in new.datasets:
            if is_dry:
                find_import_dataset(write.connection, caller, facts.slug)
            else:
                ensure_dataset(write, caller, facts, facts.slug)
        for target in self._load_targets(write.connection, new):
            actors = [actor for actor in new.actors if self._is_in_dataset(target, actor)]
            sources = [source for source in new.sources if self._is_in_dataset(target, source)]
            who = load_slug_resolution(
                write, caller, "actor", target, (actor.slug for actor in actors)
            )
            what = load_slug_resolution(
                write, caller, "source", target, (source.slug for source in sources)
            )
            for means in (who, what):
                new.found.append(means)
                told = (find_owned_to_publish if is_dry else publish_owned)(write, caller, means)
                new.published += [record for record in told if record not in new.published]
            if not is_dry:
                create_missing_actors(write, who, actors)
                create_missing_sources(
                    write,
                    what,
                    [self._replace_source_slugs(source, new.found) for source in sources],
                )

    def _load_targets(self, connection: Connection, new: _NewNames) -> Iterator[TargetDataset]:
        """Load the datasets of new names; in a dry run, a missing one as it would be created."""
        facts = self._datasets | {dataset.slug: dataset for dataset in new.datasets}
        named: list[ActorFacts | SourceFacts] = [*new.actors, *new.sources]
        for slug in sorted({self._get_owned_slug(record)[0] for record in named}):
            private = select(datasets.c.is_private).where(datasets.c.slug == slug)
            is_private = connection.scalar(private)
            yield TargetDataset(
                slug, not (facts[slug].is_private if is_private is None else is_private)
            )

    def _get_owned_slug(self, named: ActorFacts | SourceFacts) -> OwnedSlug:
        return named.dataset or self._dataset, named.slug

    def _is_in_dataset(self, target: TargetDataset, named: ActorFacts | SourceFacts) -> bool:
        return self._get_owned_slug(named)[0] == target.dataset

    def _replace_source_slugs(
        self, source: SourceFacts, found: Sequence[SlugResolution]
    ) -> SourceFacts:
        """Return the source with the current slugs of its owner and actor."""
        dataset = self._get_owned_slug(source)[0]
        meaning = _merge_replacements(self._get_replacements(dataset), found, dataset)
        return replace(
            source,
            owner=source.owner and meaning.sources.get(source.owner, source.owner),
            speaks_for=source.speaks_for
            and meaning.actors.get(source.speaks_for, source.speaks_for),
        )

    def _load_known(
        self, connection: Connection, named: NameRequest, found: Sequence[SlugResolution]
    ) -> ResolvedNames:
        """Load the names and profiles for a request, by current slugs."""
        meaning = _merge_replacements(self._get_replacements(self._dataset), found, self._dataset)
        actors = [meaning.actors.get(slug, slug) for slug in named.actor_slugs]
        sources = [meaning.sources.get(slug, slug) for slug in named.source_slugs]
        return ResolvedNames(
            load_actor_names(connection, actors), load_source_profiles(connection, sources), meaning
        )

    def _remember_slugs(self, means: SlugResolution) -> None:
        dataset = means.target.dataset
        for slug, meant in means.by_slug.items():
            self._resolved[means.noun][dataset, slug] = meant
        self._replacements[dataset] = _merge_replacements(
            self._get_replacements(dataset), [means], dataset
        )

    def _forget_unchanged(self) -> None:
        """Forget the slugs that need no replacement, which are most of them."""
        for noun, meant in self._resolved.items():
            self._resolved[noun] = {
                owned: resolved
                for owned, resolved in meant.items()
                if resolved.is_separate or resolved.slug != owned[1]
            }

    def _get_replacements(self, dataset: str) -> SlugReplacements:
        """Return the replacements of slugs in the rows of a dataset."""
        return self._replacements.get(dataset, NO_REPLACEMENTS)


def _merge_replacements(
    known: SlugReplacements, found: Iterable[SlugResolution], dataset: str
) -> SlugReplacements:
    """Return known replacements with those just resolved for the dataset."""
    actors, sources = dict(known.actors), dict(known.sources)
    for means in found:
        if means.target.dataset == dataset:
            others = actors if means.noun == "actor" else sources
            others.update({slug: m.slug for slug, m in means.by_slug.items() if m.slug != slug})
    return SlugReplacements(actors, sources)
