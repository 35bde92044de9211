"""What a question's parameters name must be there: an unknown actor is an error, not no answer."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pydantic import BaseModel
from sqlalchemy import Select, select

from app.db.database import Database
from app.db.functions import any_of
from app.db.statements import Statement
from app.errors import Fault, Invalid
from app.models.actors import actor_names, actors
from app.query.candidates import NOUNS, neighbours_of, text_values
from app.query.former import TABLES as FORMER
from app.query.former import select_answering, select_merged_into
from app.query.names import folded_name
from app.query.rarity import rarest_first
from app.query.visibility import grants, visible
from app.values.callers import ANONYMOUS, OPERATOR, Caller
from app.values.codes import did_you_mean
from app.vocab.countries import countries
from app.vocab.organisations import organisations
from app.vocab.resolve import AmbiguousCode, UnknownCode, find_country, find_organisation

MOST_REMEMBERED = 50_000


@dataclass(frozen=True)
class Refers:
    """Stands in a parameter's annotation: its values name records of this noun.

    `rarest_first`: their order means nothing, and the first of them drives the question.
    `each_once`: no two of them may mean the same record.
    """

    noun: str
    rarest_first: bool = False
    each_once: bool = False


ANY_OF = {"actor", "source"}
"""Parameters of which any value will do: of the past they also ask for what was merged since."""

Asked = TypeVar("Asked", bound=BaseModel)


async def resolve_references(database: Database, query: Asked, caller: Caller) -> Asked:
    """The query with the slugs that its names mean, as it is put to the database."""
    named = await name_by_slugs(database, query, caller)
    refuse_the_same(query, named)
    return await with_rarest_first(database, named)


async def name_by_slugs(database: Database, query: Asked, caller: Caller) -> Asked:
    """The query as it was asked, with slugs for its names; Invalid for what is not there."""
    named: dict[str, Any] = {}
    for name, mark in references_of(type(query)).items():
        values: Sequence[str] | None = getattr(query, name)
        if values:
            slugs = await _resolve(database, caller, mark.noun, name, values)
            if getattr(query, "as_of", None) is not None and name in ANY_OF:
                slugs += await _merged_into(database, caller, mark.noun, slugs)
            named[name] = slugs
    for name, mark in _nested_references_of(type(query)).items():
        value = getattr(query, name)
        if value is not None:
            found = await _resolve_nested(database, caller, name, mark.named(type(query), value))
            named[name] = mark.renamed(type(query), value, found)
    return query.model_copy(update=named) if named else query


def refuse_the_same(query: Asked, named: Asked) -> None:
    """Refuse names that turn out to mean the same record, where they must not."""
    for name, mark in references_of(type(query)).items():
        meant: dict[str, str] = {}
        if not mark.each_once or not getattr(query, name):
            continue
        for value, slug in zip(getattr(query, name), getattr(named, name), strict=True):
            if slug in meant:
                detail = f"{meant[slug]!r} and {value!r} are the same {mark.noun}, {slug!r}"
                raise _fault(name, f"same-{mark.noun}", detail, None)
            meant[slug] = value


async def with_rarest_first(database: Database, named: Asked) -> Asked:
    """The query with slugs in the order that is the fastest, where their order means nothing."""
    ordered = {
        name: await rarest_first(database, getattr(named, name))
        for name, mark in references_of(type(named)).items()
        if mark.rarest_first and getattr(named, name)
    }
    return named.model_copy(update=ordered) if ordered else named


async def _resolve_nested(
    database: Database, caller: Caller, parameter: str, named: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str], str]:
    """The slugs of (noun, value, place), by noun and value; a place is where the value stands."""
    slugs = {}
    for noun in dict.fromkeys(noun for noun, _, _ in named):
        places = {value: place for each, value, place in reversed(named) if each == noun}
        found = await _resolve(database, caller, noun, parameter, list(places), places)
        slugs.update({(noun, value): slug for value, slug in zip(places, found, strict=True)})
    return slugs


async def _resolve(
    database: Database,
    caller: Caller,
    noun: str,
    parameter: str,
    values: Sequence[str],
    places: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    meant = [_in_vocabulary(noun, parameter, value, places.get(value)) for value in values]
    remembered = _REMEMBERED.setdefault(database, set())
    open_values = [
        value
        for value, slug in zip(values, meant, strict=True)
        if slug is None and (noun, value) not in remembered
    ]
    found = await _find(database, caller, noun, open_values) if open_values else {}
    slugs = []
    for value, slug in zip(values, meant, strict=True):
        there = slug or (value if (noun, value) in remembered else found.get(value))
        if there is None:
            hint = await _nearest(database, caller, noun, value)
            detail = f"unknown {noun} '{value[:80]}'{hint}"
            raise _fault(parameter, f"unknown-{noun}", detail, places.get(value))
        slugs.append(there)
    return slugs


def _in_vocabulary(noun: str, parameter: str, value: str, place: str | None) -> str | None:
    if noun != "actor":
        return None
    try:
        return _state_or_organisation(value)
    except AmbiguousCode as wrong:
        raise _fault(parameter, "ambiguous-code", str(wrong), place) from None


@lru_cache(maxsize=16_384)
def _state_or_organisation(value: str) -> str | None:
    """The slug in the vocabulary that a value means; that it has none takes milliseconds to see."""
    if value in countries() or value in organisations():
        return value
    with suppress(UnknownCode):
        return find_country(value).iso3
    with suppress(UnknownCode):
        return find_organisation(value).slug
    return None


async def _find(
    database: Database, caller: Caller, noun: str, values: Sequence[str]
) -> dict[str, str]:
    """The slugs that these values are or, for actors, are a name or alias of."""
    rows = await database.fetch(
        _BY_SLUG[noun, caller.sees_all], {"slugs": list(values), **grants(caller)}
    )
    found = {slug: slug for slug, _ in rows}
    remembered = _REMEMBERED.setdefault(database, set())
    if noun != "dataset" and len(remembered) < MOST_REMEMBERED:
        # A public actor or source stays public; nothing else may be remembered.
        remembered.update((noun, slug) for slug, owner in rows if owner is None)
    if noun in FORMER and len(found) < len(values):
        former = {"slugs": list(values), **grants(caller)}
        found |= dict(await database.fetch(_ANSWERING[noun, caller.sees_all], former))
    named = {folded_name(value): value for value in values if value not in found}
    if noun == "actor" and named:
        names = {"folded": list(named), **grants(caller)}
        by_name: dict[str, set[str]] = {}
        for folded, slug in await database.fetch(_BY_NAME[caller.sees_all], names):
            by_name.setdefault(folded, set()).add(slug)
        found |= {
            named[folded]: next(iter(slugs)) for folded, slugs in by_name.items() if len(slugs) == 1
        }
    return found


async def _merged_into(
    database: Database, caller: Caller, noun: str, slugs: Sequence[str]
) -> list[str]:
    values = {"slugs": list(slugs), **grants(caller)}
    rows = await database.fetch(_MERGED_INTO[noun, caller.sees_all], values)
    return [slug for (slug,) in rows]


def forget_references(database: Database) -> None:
    """Look up again what was there: an actor or a source was merged into another."""
    _REMEMBERED.pop(database, None)


async def _nearest(database: Database, caller: Caller, noun: str, value: str) -> str:
    neighbours = neighbours_of(noun, sees_all=caller.sees_all)
    rows = await database.fetch(neighbours, text_values(value, caller))
    known: Iterable[str] = [slug for (slug,) in rows]
    if noun == "actor":
        known = [*known, *countries(), *organisations()]
    return did_you_mean(value, known)


def _fault(parameter: str, code: str, said: str, place: str | None) -> Invalid:
    detail = f"{place}: {said}" if place else said
    return Invalid(detail, Fault(code=code, detail=detail, parameter=parameter))


def references_of(model: type[BaseModel]) -> dict[str, Refers]:
    """The parameters of a query model that name records."""
    known = _REFERENCES.get(model)
    if known is None:
        known = _REFERENCES[model] = {
            name: mark
            for name, field in model.model_fields.items()
            for mark in field.metadata
            if isinstance(mark, Refers)
        }
    return known


def _nested_references_of(model: type[BaseModel]) -> dict[str, Any]:
    known = _NESTED.get(model)
    if known is None:
        known = _NESTED[model] = {
            name: mark
            for name, field in model.model_fields.items()
            for mark in field.metadata
            if hasattr(mark, "renamed")
        }
    return known


def _seen(noun: str, caller: Caller, *columns: str) -> Select[Any]:
    table, owner = NOUNS[noun]
    chosen = [table.c[name] for name in columns]
    return select(*chosen).where(*visible(table, (owner,), caller))


def _by_slug(noun: str, caller: Caller) -> Statement:
    table, owner = NOUNS[noun]
    return Statement(_seen(noun, caller, "slug", owner).where(any_of(table.c.slug, "slugs")))


def _by_name(caller: Caller) -> Statement:
    named = select(actor_names.c.folded, actor_names.c.actor)
    seen = visible(actors, ("dataset",), caller)
    joined = named.join(actors, actors.c.slug == actor_names.c.actor)
    return Statement(joined.where(any_of(actor_names.c.folded, "folded"), *seen))


_REMEMBERED: WeakKeyDictionary[Database, set[tuple[str, str]]] = WeakKeyDictionary()
_REFERENCES: dict[type[BaseModel], dict[str, Refers]] = {}
_NESTED: dict[type[BaseModel], dict[str, Any]] = {}
_ASKERS = {False: ANONYMOUS, True: OPERATOR}
_BY_SLUG = {(noun, all_): _by_slug(noun, who) for noun in NOUNS for all_, who in _ASKERS.items()}
_ANSWERING = {
    (noun, all_): Statement(select_answering(noun, who))
    for noun in FORMER
    for all_, who in _ASKERS.items()
}
_MERGED_INTO = {
    (noun, all_): Statement(select_merged_into(noun, who))
    for noun in FORMER
    for all_, who in _ASKERS.items()
}
_BY_NAME = {all_: _by_name(who) for all_, who in _ASKERS.items()}
