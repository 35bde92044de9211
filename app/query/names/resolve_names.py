"""What a question's parameters name must be there: an unknown actor is an error, not no answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel

from app.db.database import Database
from app.errors import Fault, Invalid
from app.query.names.find_records import Finder, Found
from app.query.rarest_actor import rarest_first
from app.values.caller import Caller
from app.vocab.code_lookup import AmbiguousCode, UnknownCode, find_country, find_organisation
from app.vocab.countries import countries
from app.vocab.organisations import organisations


@dataclass(frozen=True)
class Refers:
    """Stands in a parameter's annotation: its values name records of this noun.

    `rarest_first`: their order means nothing, and the first of them drives the question.
    `each_once`: no two of them may mean the same record.
    """

    noun: str
    rarest_first: bool = False
    each_once: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """Values of one parameter that name records of a noun; `places` is where each stands in it."""

    noun: str
    parameter: str
    values: Sequence[str]
    places: Mapping[str, str] = field(default_factory=dict)

    def fault(self, code: str, said: str, value: str | None = None) -> Invalid:
        """The error of one of the values, or of all of them."""
        place = self.places.get(value) if value is not None else None
        detail = f"{place}: {said}" if place else said
        return Invalid(detail, Fault(code=code, detail=detail, parameter=self.parameter))


Asked = TypeVar("Asked", bound=BaseModel)


async def resolve_references(
    database: Database, query: Asked, caller: Caller, at: int | None = None
) -> Asked:
    """The query with the slugs that its names mean, as it is put to the database.

    `at` is the position that is asked about: its names mean what they meant then.
    """
    named = await name_by_slugs(database, query, caller, at)
    refuse_the_same(query, named)
    return await with_rarest_first(database, named)


async def name_by_slugs(
    database: Database, query: Asked, caller: Caller, at: int | None = None
) -> Asked:
    """The query as it was asked, with slugs for its names; Invalid for what is not there."""
    model = type(query)
    direct = list(_direct(query))
    nested = {name: list(_nested(query, name)) for name in _nested_references_of(model)}
    finder = Finder(database, caller, at)
    looked_up: dict[str, list[str]] = {}
    for each in (*direct, *(each for found in nested.values() for each in found)):
        open_values = (value for value in each.values if not _is_in_vocabulary(each.noun, value))
        looked_up.setdefault(each.noun, []).extend(open_values)
    found = await finder.find(looked_up)
    named: dict[str, Any] = {}
    for each in direct:
        named[each.parameter] = await _slugs(finder, each, found)
    for name, parts in nested.items():
        meant = {
            (each.noun, value): slug
            for each in parts
            for value, slug in zip(each.values, await _slugs(finder, each, found), strict=True)
        }
        if meant:
            mark = _nested_references_of(model)[name]
            named[name] = mark.renamed(model, getattr(query, name), meant)
    return query.model_copy(update=named) if named else query


def refuse_the_same(query: Asked, named: Asked) -> None:
    """Refuse names that turn out to mean the same record, where they must not."""
    for each in _direct(query):
        meant: dict[str, str] = {}
        if not references_of(type(query))[each.parameter].each_once:
            continue
        for value, slug in zip(each.values, getattr(named, each.parameter), strict=True):
            if slug in meant:
                said = f"{meant[slug]!r} and {value!r} are the same {each.noun}, {slug!r}"
                raise each.fault(f"same-{each.noun}", said)
            meant[slug] = value


async def with_rarest_first(database: Database, named: Asked) -> Asked:
    """The query with slugs in the order that is the fastest, where their order means nothing."""
    ordered = {
        name: await rarest_first(database, getattr(named, name))
        for name, mark in references_of(type(named)).items()
        if mark.rarest_first and getattr(named, name)
    }
    return named.model_copy(update=ordered) if ordered else named


def _direct(query: BaseModel) -> Iterator[_Named]:
    for name, mark in references_of(type(query)).items():
        values: Sequence[str] | None = getattr(query, name)
        if values:
            yield _Named(mark.noun, name, values)


def _nested(query: BaseModel, name: str) -> Iterator[_Named]:
    """What a parameter such as `filter` names inside it, one part for each noun."""
    value = getattr(query, name)
    mark = _nested_references_of(type(query))[name]
    named: Iterable[tuple[str, str, str]] = (
        mark.named(type(query), value) if value is not None else ()
    )
    places: dict[str, dict[str, str]] = {}
    for noun, each, place in named:
        places.setdefault(noun, {}).setdefault(each, place)
    for noun, of_noun in places.items():
        yield _Named(noun, name, list(of_noun), of_noun)


async def _slugs(finder: Finder, named: _Named, found: Found) -> list[str]:
    slugs = []
    for value in named.values:
        slug = _in_vocabulary(named, value) or found.get((named.noun, value))
        if slug is None:
            hint = await finder.hint(named.noun, value)
            then = "" if finder.at is None else " at that moment"
            said = f"unknown {named.noun} '{value[:80]}'{then}{hint}"
            raise named.fault(f"unknown-{named.noun}", said, value)
        slugs.append(slug)
    return slugs


def _is_in_vocabulary(noun: str, value: str) -> bool:
    """Whether the vocabulary knows it, by one meaning or by several."""
    try:
        return noun == "actor" and _state_or_organisation(value) is not None
    except AmbiguousCode:
        return True


def _in_vocabulary(named: _Named, value: str) -> str | None:
    if named.noun != "actor":
        return None
    try:
        return _state_or_organisation(value)
    except AmbiguousCode as wrong:
        raise named.fault("ambiguous-code", str(wrong), value) from None


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


_REFERENCES: dict[type[BaseModel], dict[str, Refers]] = {}
_NESTED: dict[type[BaseModel], dict[str, Any]] = {}
