"""What a record refers to must be there, and its author must be able to see it.

The rows found are locked against renaming and deletion until the transaction ends, so that a
document never carries a name that was changed meanwhile; writers do not hinder each other.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select

from app.db.functions import any_of
from app.db.writing import Write
from app.errors import Fault, Invalid
from app.models.actors import actors
from app.models.datasets import datasets
from app.models.sources import sources
from app.query.visibility import grants, visible
from app.record.adopting import adopt_actors, adopt_sources
from app.values.callers import ANONYMOUS, OPERATOR, Caller
from app.values.codes import did_you_mean
from app.vocab.countries import countries
from app.vocab.organisations import organisations
from app.vocab.resolve import resolve

MOST_HINTS = 5
MOST_NEIGHBOURS = 500
PREFIX = 2
AFTER_SLUGS = "~"
"""Sorts after every character that a slug has."""


def require_actors(
    write: Write, caller: Caller, slugs: Mapping[str, str], dataset: str | None
) -> None:
    """Refuse actors that the caller does not see; `slugs` has them by the pointer they stand at.

    They are about to be used in `dataset` (None is public): a public one adopts private actors.
    """
    owned = _require(write, caller, actors, slugs)
    if _takes_over(write, owned, dataset):
        adopt_actors(write, owned)


def require_sources(
    write: Write, caller: Caller, slugs: Mapping[str, str], dataset: str | None
) -> None:
    """Refuse sources that the caller does not see, as `require_actors` does actors."""
    owned = _require(write, caller, sources, slugs)
    if _takes_over(write, owned, dataset):
        adopt_sources(write, owned)


def require_dataset(
    write: Write, caller: Caller, slug: str, pointer: str | None = None
) -> Row[str, int, Any]:
    """The dataset's (slug, is_private, released_on); Invalid if the caller does not see it."""
    seen = visible(datasets, ("slug",), caller)
    columns = (datasets.c.slug, datasets.c.is_private, datasets.c.released_on)
    found = select(*columns).where(datasets.c.slug == slug, *seen)
    row = write.connection.execute(found, grants(caller)).one_or_none()
    if row is None:
        others = select(datasets.c.slug).where(*seen).limit(MOST_NEIGHBOURS)
        known = write.connection.scalars(others, grants(caller)).all()
        raise _unknown("dataset", {pointer or "": slug}, {slug: did_you_mean(slug, known)})
    return row


def likely_actor(text: str) -> str | None:
    """The country or organisation of the vocabulary that a text which is no slug may mean."""
    words = text.replace("-", " ")
    readings = resolve(words, "name") + resolve(words, "iso3") + resolve(words, "iso2")
    meant = {each.value for each in readings if each.kind in {"country", "organisation"}}
    return meant.pop() if len(meant) == 1 else None


def _require(write: Write, caller: Caller, table: Table, slugs: Mapping[str, str]) -> list[str]:
    """Check all in one statement, and return those that belong to a private dataset."""
    wanted = sorted(set(slugs.values()))
    if not wanted:
        return []
    values = {"slugs": wanted, **grants(caller)}
    rows = write.connection.execute(_lookup(table, caller.sees_all), values)
    found: dict[str, str | None] = {row.slug: row.dataset for row in rows}
    absent = {pointer: slug for pointer, slug in slugs.items() if slug not in found}
    if absent:
        raise _unknown(
            table.name.removesuffix("s"), absent, _hints(write, caller, table, absent.values())
        )
    return [slug for slug, dataset in found.items() if dataset is not None]


@cache
def _lookup(table: Table, sees_all: bool) -> Select[Any]:
    seen = visible(table, ("dataset",), OPERATOR if sees_all else ANONYMOUS)
    return (
        select(table.c.slug, table.c.dataset)
        .where(any_of(table.c.slug, "slugs"), *seen)
        .order_by(table.c.slug)
        .with_for_update(of=table, read=True, key_share=True)
    )


def _takes_over(write: Write, owned: list[str], dataset: str | None) -> bool:
    if not owned or dataset is None:
        return bool(owned)
    private = select(datasets.c.is_private).where(datasets.c.slug == dataset)
    return write.connection.scalar(private) == 0


def _hints(write: Write, caller: Caller, table: Table, absent: Iterable[str]) -> dict[str, str]:
    hints = {}
    for slug in list(dict.fromkeys(absent))[:MOST_HINTS]:
        meant = likely_actor(slug) if table is actors else None
        known = [meant] if meant else _neighbours(write.connection, caller, table, slug)
        hints[slug] = f"; did you mean {meant!r}?" if meant else did_you_mean(slug, known)
    return hints


def _neighbours(connection: Connection, caller: Caller, table: Table, slug: str) -> list[str]:
    """The slugs that begin alike and that the caller sees, and the vocabulary's."""
    start = slug[:PREFIX]
    near = (
        select(table.c.slug)
        .where(table.c.slug >= start, table.c.slug < start + AFTER_SLUGS)
        .where(*visible(table, ("dataset",), caller))
        .limit(MOST_NEIGHBOURS)
    )
    known = list(connection.scalars(near, grants(caller)))
    return [*known, *organisations(), *countries()] if table is actors else known


def _unknown(what: str, absent: Mapping[str, str], hints: Mapping[str, str]) -> Invalid:
    faults = [
        Fault(
            code=f"unknown-{what}",
            detail=f"unknown {what} {slug!r}{hints.get(slug, '')}",
            pointer=pointer or None,
        )
        for pointer, slug in absent.items()
    ]
    if len(faults) == 1:
        return Invalid(faults[0].detail, *faults)
    return Invalid(f"{len(faults)} {what}s are unknown; errors lists them", *faults)
