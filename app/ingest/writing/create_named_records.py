"""The creation of datasets, actors and sources that the rows of an import name.

They are created before the rows, sorted by slug, in a short transaction: two imports never wait for
each other's batches, and a record that both name is created once (docs/design.md).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Select, bindparam, select

from app.auth.permissions import require_right, require_unrestricted
from app.db.transaction import Transaction
from app.errors import Conflict
from app.ingest.reading.import_format import ActorFacts, DatasetFacts, SourceFacts
from app.ingest.writing.find_named_records import SlugResolution, store_import_slugs
from app.models.datasets import datasets
from app.query.visibility import VisibleStatement, build_visibility
from app.record.links.reference_record_changes import create_reference_records
from app.resources.actors import service as actors_service
from app.resources.actors.schemas import ActorCreate
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.sources import service as sources_service
from app.resources.sources.schemas import SourceCreate
from app.values.caller import Caller

NamedFacts = TypeVar("NamedFacts", ActorFacts, SourceFacts)


class ImportDataset(NamedTuple):
    """A dataset to import into."""

    slug: str
    is_private: int
    released_on: date | None


def find_import_dataset(connection: Connection, caller: Caller, slug: str) -> ImportDataset | None:
    """Find the dataset to import into; return None if it is to be created.

    Raises NotGranted for a dataset that the caller may not write, or does not see: only callers who
    see everything create datasets, so that hidden slugs stay secret.
    """
    rows = _DATASET.fetch_within(connection, caller, {"slug": slug})
    if not rows:
        require_unrestricted(caller, "make datasets")
        return None
    require_right(caller, slug)
    return ImportDataset(*rows[0])


def ensure_dataset(write: Transaction, caller: Caller, facts: DatasetFacts, slug: str) -> None:
    """Create the dataset if it is missing, with the provider's license and citation."""
    if find_import_dataset(write.connection, caller, slug) is not None:
        return
    body = DatasetCreate(
        slug=slug,
        title=facts.title,
        description=facts.description,
        licence=facts.licence,
        citation=facts.citation,
        url=facts.url,
        version=facts.version,
        released_on=facts.released_on,
        visibility="private" if facts.is_private else "public",
    )
    try:
        create_dataset(write, caller, body)
    except Conflict:
        # Another import has created it meanwhile.
        if find_import_dataset(write.connection, caller, slug) is None:
            raise


def create_missing_actors(
    write: Transaction, means: SlugResolution, wanted: Iterable[ActorFacts]
) -> None:
    """Create the missing actors."""
    contents = [
        actors_service.make_actor_content(
            ActorCreate(
                slug=means.by_slug[actor.slug].slug,
                kind=actor.kind,
                name=actor.name,
                aliases=list(actor.aliases),
                codes=_group_by_scheme(actor.codes),
                country=actor.country,
            ),
            means.by_slug[actor.slug].slug,
            means.target.owner or None,
        )
        for actor in _select_missing(means, wanted)
    ]
    create_reference_records(write, "actor", contents)
    store_import_slugs(write, means)


def create_missing_sources(
    write: Transaction, means: SlugResolution, wanted: Iterable[SourceFacts]
) -> None:
    """Create the missing sources, with the current slugs of their owners and actors.

    Sources that own each other in a circle get no owners.
    """
    contents = [
        sources_service.make_source_content(
            SourceCreate(
                slug=source.slug,
                kind=source.kind,
                name=source.name,
                reliability=source.reliability,
                owner=source.owner,
                speaks_for=source.speaks_for,
                country=source.country,
                language=source.language,
                url=source.url,
            ),
            source.slug,
            means.target.owner or None,
        )
        for source in _sort_owners_first(
            replace(source, slug=means.by_slug[source.slug].slug)
            for source in _select_missing(means, wanted)
        )
    ]
    create_reference_records(write, "source", contents)
    store_import_slugs(write, means)


def _select_missing(means: SlugResolution, wanted: Iterable[NamedFacts]) -> list[NamedFacts]:
    return sorted(
        (record for record in wanted if record.slug in means.absent),
        key=lambda record: means.by_slug[record.slug].slug,
    )


def _sort_owners_first(facts: Iterable[SourceFacts]) -> list[SourceFacts]:
    waiting = {source.slug: source for source in facts}
    ordered: list[SourceFacts] = []
    while waiting:
        ready = [source for source in waiting.values() if source.owner not in waiting]
        # Sources that own each other in a circle are created without owners.
        ready = ready or [replace(source, owner=None) for source in waiting.values()]
        ordered += ready
        for source in ready:
            del waiting[source.slug]
    return ordered


def _group_by_scheme(codes: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    found: dict[str, list[str]] = {}
    for scheme, code in codes:
        found.setdefault(scheme, []).append(code)
    return dict(found)


def _select_dataset(caller: Caller) -> Select[Any]:
    columns = (datasets.c.slug, datasets.c.is_private, datasets.c.released_on)
    seen = build_visibility(datasets, ("slug",), caller)
    return select(*columns).where(datasets.c.slug == bindparam("slug"), *seen)


_DATASET = VisibleStatement(_select_dataset)
