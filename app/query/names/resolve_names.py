"""Resolution of the names in a query's parameters; an unknown name is an error."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel

from app.db.database import Database
from app.errors import Fault, Invalid
from app.query.names.find_records import FoundSlugs, SlugFinder
from app.query.names.suggest_names import suggest_names
from app.query.predicates import find_marks
from app.values.caller import Caller
from app.vocab.code_lookup import AmbiguousCode, UnknownCode, get_country, get_organization
from app.vocab.countries import get_countries
from app.vocab.organizations import get_organizations


@dataclass(frozen=True)
class RefersTo:
    """A mark in a parameter's annotation: its values name records of a kind.

    `rarest_first`: their order means nothing, and the first of them drives the query.
    `each_once`: no two of them may mean the same record.
    """

    kind: str
    rarest_first: bool = False
    each_once: bool = False


@dataclass(frozen=True, slots=True)
class _NamedValues:
    """Values of one parameter that name records of a kind; `places` are their places in it."""

    kind: str
    parameter: str
    values: Sequence[str]
    places: Mapping[str, str] = field(default_factory=dict)

    def fault(self, code: str, said: str, value: str | None = None) -> Invalid:
        """Make the error of one of the values, or of all of them."""
        place = self.places.get(value) if value is not None else None
        detail = f"{place}: {said}" if place else said
        return Invalid(detail, Fault(code=code, detail=detail, parameter=self.parameter))


QueryT = TypeVar("QueryT", bound=BaseModel)


async def resolve_names(
    database: Database, query: QueryT, caller: Caller, at: int | None = None
) -> QueryT:
    """Return the parameters with slugs for names, which no two names may share if so marked.

    `at` is the position of the query: names mean what they meant then.
    """
    named = await resolve_slugs(database, query, caller, at)
    refuse_same_record(query, named)
    return named


async def resolve_slugs(
    database: Database, query: QueryT, caller: Caller, at: int | None = None
) -> QueryT:
    """Return the parameters with slugs for names; raise Invalid for an unknown name."""
    model = type(query)
    direct = list(_list_direct(query))
    nested = {name: list(_list_nested(query, name)) for name in _get_nested_references(model)}
    finder = SlugFinder(database, caller, at)
    looked_up: dict[str, list[str]] = {}
    for named_values in (*direct, *(part for parts in nested.values() for part in parts)):
        open_values = (
            value
            for value in named_values.values
            if not _is_in_vocabulary(named_values.kind, value)
        )
        looked_up.setdefault(named_values.kind, []).extend(open_values)
    found = await finder.find(looked_up)
    named: dict[str, Any] = {}
    for part in direct:
        named[part.parameter] = await _resolve_slugs(finder, part, found)
    for name, parts in nested.items():
        meant = {
            (part.kind, value): slug
            for part in parts
            for value, slug in zip(
                part.values, await _resolve_slugs(finder, part, found), strict=True
            )
        }
        if meant:
            mark = _get_nested_references(model)[name]
            named[name] = mark.replace_references(model, getattr(query, name), meant)
    return query.model_copy(update=named) if named else query


def refuse_same_record(query: QueryT, named: QueryT) -> None:
    """Raise Invalid for two names of the same record, where they must differ."""
    for part in _list_direct(query):
        meant: dict[str, str] = {}
        if not get_references(type(query))[part.parameter].each_once:
            continue
        for value, slug in zip(part.values, getattr(named, part.parameter), strict=True):
            if slug in meant:
                said = f"{meant[slug]!r} and {value!r} are the same {part.kind}, {slug!r}"
                raise part.fault(f"same-{part.kind}", said)
            meant[slug] = value


def _list_direct(query: BaseModel) -> Iterator[_NamedValues]:
    for name, mark in get_references(type(query)).items():
        values: Sequence[str] | None = getattr(query, name)
        if values:
            yield _NamedValues(mark.kind, name, values)


def _list_nested(query: BaseModel, name: str) -> Iterator[_NamedValues]:
    """Yield the names inside a parameter such as `filter`, one part for each kind."""
    value = getattr(query, name)
    mark = _get_nested_references(type(query))[name]
    named: Iterable[tuple[str, str, str]] = (
        mark.list_references(type(query), value) if value is not None else ()
    )
    places: dict[str, dict[str, str]] = {}
    for kind, given, place in named:
        places.setdefault(kind, {}).setdefault(given, place)
    for kind, of_kind in places.items():
        yield _NamedValues(kind, name, list(of_kind), of_kind)


async def _resolve_slugs(finder: SlugFinder, named: _NamedValues, found: FoundSlugs) -> list[str]:
    slugs = []
    for value in named.values:
        slug = _find_in_vocabulary(named, value) or found.get((named.kind, value))
        if slug is None:
            hint = await suggest_names(finder.reads, finder.caller, named.kind, value, finder.at)
            then = "" if finder.at is None else " at that moment"
            said = f"unknown {named.kind} '{value[:80]}'{then}{hint}"
            raise named.fault(f"unknown-{named.kind}", said, value)
        slugs.append(slug)
    return slugs


def _is_in_vocabulary(kind: str, value: str) -> bool:
    """Return whether the vocabulary has the value, with one meaning or with several."""
    try:
        return kind == "actor" and _find_state_or_org(value) is not None
    except AmbiguousCode:
        return True


def _find_in_vocabulary(named: _NamedValues, value: str) -> str | None:
    if named.kind != "actor":
        return None
    try:
        return _find_state_or_org(value)
    except AmbiguousCode as wrong:
        raise named.fault("ambiguous-code", str(wrong), value) from None


@lru_cache(maxsize=16_384)
def _find_state_or_org(value: str) -> str | None:
    """Find the vocabulary's slug for a value; a miss takes milliseconds without the cache."""
    if value in get_countries() or value in get_organizations():
        return value
    with suppress(UnknownCode):
        return get_country(value).iso3
    with suppress(UnknownCode):
        return get_organization(value).slug
    return None


@cache
def get_references(model: type[BaseModel]) -> dict[str, RefersTo]:
    """Return the parameters of a query model that name records."""
    return find_marks(model, lambda mark: isinstance(mark, RefersTo))


def get_naming_parameters(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the parameters of a query model that name records, as values or inside them."""
    return (*get_references(model), *_get_nested_references(model))


@cache
def _get_nested_references(model: type[BaseModel]) -> dict[str, Any]:
    return find_marks(model, lambda mark: hasattr(mark, "replace_references"))
