"""Whom the rows of an import name: the dataset, and actors and sources, made where there are none.

They are made before the rows, sorted by slug, in a short transaction of their own: two imports
at once never wait for each other's batches, and what both make, one makes (docs/design.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, select

from app.db.functions import any_of
from app.db.writing import Write
from app.errors import Conflict, NotFound
from app.ingest.format import ActorFacts, DatasetFacts, SourceFacts
from app.models.actors import actors
from app.models.datasets import datasets
from app.models.sources import sources
from app.record.adopting import adopt_actors, adopt_sources
from app.record.former import former_among
from app.record.slugged import make_all
from app.resources.actors import service as actors_service
from app.resources.actors.schemas import ActorCreate
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.sources import service as sources_service
from app.resources.sources.schemas import SourceCreate
from app.values.callers import Caller

Facts = TypeVar("Facts", ActorFacts, SourceFacts)


def find_dataset(connection: Connection, caller: Caller, slug: str) -> Row[str, int, Any] | None:
    """The dataset's (slug, is_private, released_on), None if it is still to be made.

    NotFound for one that the caller does not see.
    """
    columns = (datasets.c.slug, datasets.c.is_private, datasets.c.released_on)
    row = connection.execute(select(*columns).where(datasets.c.slug == slug)).one_or_none()
    if row is None or not row.is_private or caller.sees_all or slug in (caller.datasets or ()):
        return row
    raise NotFound(f"there is no dataset {slug!r} that the key may see")


def make_dataset(write: Write, caller: Caller, facts: DatasetFacts, slug: str) -> None:
    """Make the dataset unless it is there, with the provider's licence and citation."""
    if find_dataset(write.connection, caller, slug) is not None:
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
        # Another import has made it since: what it made is there, or hidden from the caller.
        if find_dataset(write.connection, caller, slug) is None:
            raise


def make_actors(write: Write, dataset: str, wanted: Sequence[ActorFacts]) -> None:
    """Make the actors that are not there; those of other private datasets become public."""
    owner = _owner(write, dataset)
    absent = _absent(write, actors, [each.slug for each in wanted], public=owner is None)
    contents = [
        actors_service.content_of(
            ActorCreate(
                slug=each.slug,
                kind=each.kind,
                name=each.name,
                aliases=list(each.aliases),
                codes=_by_scheme(each.codes),
                country=each.country,
            ),
            each.slug,
            owner,
        )
        for each in _by_slug(wanted)
        if each.slug in absent
    ]
    make_all(write, "actor", contents)


def make_sources(write: Write, dataset: str, wanted: Sequence[SourceFacts]) -> None:
    """Make the sources that are not there; who own one another in a circle have no owners."""
    owner = _owner(write, dataset)
    absent = _absent(write, sources, [each.slug for each in wanted], public=owner is None)
    contents = [
        sources_service.content_of(
            SourceCreate(
                slug=each.slug,
                kind=each.kind,
                name=each.name,
                reliability=each.reliability,
                owner=each.owner,
                speaks_for=each.speaks_for,
                country=each.country,
                language=each.language,
                url=each.url,
            ),
            each.slug,
            owner,
        )
        for each in _owners_first(_by_slug(wanted))
        if each.slug in absent
    ]
    make_all(write, "source", contents)


def _owner(write: Write, dataset: str) -> str | None:
    """Whose the records made for a dataset are: its own if it is private, else nobody's."""
    private = select(datasets.c.is_private).where(datasets.c.slug == dataset)
    return dataset if write.connection.scalar(private) else None


def _by_slug(facts: Iterable[Facts]) -> list[Facts]:
    return sorted(facts, key=lambda each: each.slug)


def _owners_first(facts: Iterable[SourceFacts]) -> list[SourceFacts]:
    waiting = {each.slug: each for each in facts}
    ordered: list[SourceFacts] = []
    while waiting:
        ready = [each for each in waiting.values() if each.owner not in waiting]
        # Who owns one another in a circle is made without owners.
        ready = ready or [replace(each, owner=None) for each in waiting.values()]
        ordered += ready
        for each in ready:
            del waiting[each.slug]
    return ordered


def _by_scheme(codes: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    found: dict[str, list[str]] = {}
    for scheme, code in codes:
        found.setdefault(scheme, []).append(code)
    return dict(found)


def _absent(write: Write, table: Table, slugs: Iterable[str], *, public: bool) -> set[str]:
    """Those of the slugs that are not there; a public dataset adopts the private ones that are."""
    wanted = sorted(slugs)
    rows = write.connection.execute(_THERE[table], {"slugs": wanted})
    found: dict[str, str | None] = dict(rows.all())
    owned = [slug for slug, owner in found.items() if owner is not None]
    if owned and public:
        _ADOPT[table](write, owned)
    former = former_among(write.connection, table.name.removesuffix("s"), wanted)
    return set(wanted) - set(found) - former


_ADOPT = {actors: adopt_actors, sources: adopt_sources}
_THERE: dict[Table, Select[Any]] = {
    table: select(table.c.slug, table.c.dataset).where(any_of(table.c.slug, "slugs"))
    for table in (actors, sources)
}
