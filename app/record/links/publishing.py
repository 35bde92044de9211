"""What a private dataset made first becomes public once something public rests on it.

Publishing is an act of somebody who sees what is published: whatever the caller does not see
stays as it is.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    bindparam,
    exists,
    literal,
    or_,
    select,
    update,
)

from app.db.sql.array_sql import any_of
from app.db.transaction import Write
from app.models.actors import actors
from app.models.claims import claims, past_claims
from app.models.events import event_documents, participants, past_event_documents, past_participants
from app.models.imports import PUBLIC, claim_rows, import_slugs
from app.models.sources import sources
from app.query.slug_redirects import MERGEABLE_TABLES
from app.query.visibility import bind_grants, build_visibility
from app.record.reference_records.save_reference_record import (
    Slugged,
    SluggedChange,
    save_slugged,
    select_slugged,
    stored,
    unstamped,
)
from app.values.caller import Caller


class Published(NamedTuple):
    """A record that was private and is public now."""

    noun: str
    slug: str


def adopt_actors(write: Write, caller: Caller, slugs: Iterable[str]) -> list[Published]:
    """Make those of the actors public that are not."""
    return _publish(write, caller, "actor", slugs)


def adopt_sources(write: Write, caller: Caller, slugs: Iterable[str]) -> list[Published]:
    """Make the sources public, and with each what its document names: owner and actor."""
    behind = _behind(write, caller, slugs)
    found = _publish(write, caller, "source", behind.sources)
    return found + adopt_actors(write, caller, behind.actors)


def becoming_public(write: Write, caller: Caller, slugs: Iterable[str]) -> list[Published]:
    """What would become public with the sources, themselves included."""
    behind = _behind(write, caller, slugs)
    found = [Published("source", slug) for slug, row in behind.sources.items() if row.dataset]
    return found + [Published("actor", slug) for slug, of in behind.actors.items() if of]


def seen_whole(write: Write, caller: Caller, slugs: Iterable[str]) -> set[str]:
    """Those of the sources that the caller sees with all that would become public with them."""
    behind = _behind(write, caller, slugs)
    heard = {None, *behind.actors}
    whole = {slug for slug, row in behind.sources.items() if row.speaks_for in heard}
    while fallen := {slug for slug in whole if behind.sources[slug].owner not in {None, *whole}}:
        whole -= fallen
    return whole & set(slugs)


def adopt_all_of(write: Write, caller: Caller, dataset: str) -> None:
    """Make public what belongs to a dataset or is named in it, which itself becomes public."""
    of = {"of": dataset}
    for table, used, adopt in (
        (actors, _ACTORS_USED, adopt_actors),
        (sources, _SOURCES_USED, adopt_sources),
    ):
        held = select(table.c.slug).where(table.c.dataset.is_not(None))
        concerned = or_(table.c.dataset == bindparam("of"), *used)
        adopt(write, caller, write.connection.scalars(held.where(concerned), of).all())
    write.connection.execute(_SHARE_SLUGS, of)


class _Named(NamedTuple):
    """What a source's document names, and the private dataset that it belongs to."""

    dataset: str | None
    owner: str | None
    speaks_for: str | None


class _Behind(NamedTuple):
    """Sources with their owners, and for whom they speak, as far as the caller sees them."""

    sources: dict[str, _Named]
    actors: dict[str, str | None]


def _behind(write: Write, caller: Caller, slugs: Iterable[str]) -> _Behind:
    granted = bind_grants(caller)
    named: dict[str, _Named] = {}
    pending = set(slugs)
    asked = _seen(sources, caller, "slug", "dataset", "owner", "speaks_for")
    while pending:
        rows = write.connection.execute(asked, {"slugs": sorted(pending), **granted})
        found = {slug: _Named(*row) for slug, *row in rows}
        named |= found
        pending = {row.owner for row in found.values() if row.owner} - named.keys()
    speaking = {row.speaks_for for row in named.values() if row.speaks_for}
    asked = _seen(actors, caller, "slug", "dataset")
    heard = write.connection.execute(asked, {"slugs": sorted(speaking), **granted})
    return _Behind(named, dict(heard.all()))


def _seen(table: Table, caller: Caller, *columns: str) -> Select[Any]:
    found = select(*(table.c[name] for name in columns))
    return found.where(
        any_of(table.c.slug, "slugs"), *build_visibility(table, ("dataset",), caller)
    )


def _publish(write: Write, caller: Caller, noun: str, slugs: Iterable[str]) -> list[Published]:
    """Make those public that were private, by the next revision."""
    wanted = sorted(set(slugs))
    if not wanted:
        return []
    table = MERGEABLE_TABLES[noun]
    seen = any_of(table.c.slug, "slugs"), *build_visibility(table, ("dataset",), caller)
    held = select_slugged(noun, key_share=True).where(table.c.dataset.is_not(None), *seen)
    rows = write.connection.execute(held, {"slugs": wanted, **bind_grants(caller)})
    made = save_slugged(write, noun, [_publishing(stored(row)) for row in rows])
    return [Published(noun, each.slug) for each in made]


def _publishing(private: Slugged) -> SluggedChange:
    content = {**unstamped(private.document), "dataset": None}
    return SluggedChange("updated", private.slug, private, content, same_names=True)


def _used(naming: Sequence[ColumnElement[str]], noun: Table) -> list[ColumnElement[bool]]:
    """Whether records of the dataset name it in one of these columns, now or in the past."""
    return [
        exists().where(column == noun.c.slug, column.table.c.dataset == bindparam("of"))
        for column in naming
    ]


def _takes_part(taking: Table, held: Table) -> ColumnElement[bool]:
    joined = taking.join(held, held.c.id == taking.c.event_id)
    found = select(literal(1)).select_from(joined)
    return found.where(taking.c.actor == actors.c.slug, held.c.dataset == bindparam("of")).exists()


_CLAIMS = (claims, past_claims)
_ACTORS_USED = [
    *_used([each.c[name] for each in _CLAIMS for name in ("speaker", "speaks_for")], actors),
    _takes_part(participants, event_documents),
    _takes_part(past_participants, past_event_documents),
]
_SOURCES_USED = _used(
    [each.c[name] for each in (*_CLAIMS, claim_rows) for name in ("source", "origin")], sources
)

# What an import made beside something hidden is from now on what every public dataset finds.
_SHARED = import_slugs.alias()
_SHARE_SLUGS = (
    update(import_slugs)
    .where(import_slugs.c.owner == bindparam("of"))
    .where(
        ~exists().where(
            _SHARED.c.noun == import_slugs.c.noun,
            _SHARED.c.named == import_slugs.c.named,
            _SHARED.c.owner == PUBLIC,
        )
    )
    .values(owner=PUBLIC)
)
