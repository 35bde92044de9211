"""Planning: the only step between a query and its SQL that may read the database.

It resolves names to slugs, includes merged events, and chooses the fastest way to a page. Neither
database plans by the number of events that a value has: SQLite never does, and PostgreSQL stops
after some uses of a prepared statement. So these numbers are counted here and cached for some uses.
They may be out of date, since they change the time of an answer and never the answer.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, func, literal, select

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.db.statements import Statement
from app.models.events import events, participants
from app.query.names.resolve_names import (
    QueryT,
    get_naming_parameters,
    get_references,
    resolve_names,
)
from app.query.params import QueryModel
from app.query.predicates import CellArea, Filter, Predicate, get_filters
from app.query.record_query import PlannedQuery, RecordQuery
from app.query.redirects import widen_to_merged
from app.query.visibility import VisibleStatement, bind_grants, build_visibility
from app.values.caller import Caller
from app.values.geo_grid import CELL_SIZES

USES_PER_COUNT = 200
"""Uses of a cached count before it is counted again."""

MAX_CACHED_COUNTS = 20_000

MAX_ACTOR_COUNT = 20_000
"""Actors with more events than this are treated alike."""

DENSE_EVENTS = 5_000
"""Events from which an area is dense."""

MAX_WALK = 1_000
"""A larger page may hold every event there is, and the walk then goes on to the end."""

WALKABLE_FILTERS = frozenset({"since", "until"})
"""Filters that let a walk end soon; others may leave nothing to find."""


class CountCache:
    """The cached counts of one kind, by the values that were counted."""

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[Database, dict[Hashable, tuple[int, int]]] = (
            WeakKeyDictionary()
        )

    async def count(
        self, database: Database, key: Hashable, statement: Statement, values: Mapping[str, Any]
    ) -> int:
        """Return the count of a statement for these values, at most some uses old."""
        counts = self._counts.setdefault(database, {})
        number, uses = counts.get(key, (0, 0))
        if uses == 0:
            ((number,),) = await database.fetch(statement, values)
            uses = USES_PER_COUNT
            if len(counts) >= MAX_CACHED_COUNTS:
                counts.clear()
        counts[key] = (number, uses - 1)
        return number


async def plan(database: Database, query: RecordQuery, limit: int | None = None) -> PlannedQuery:
    """Plan a query: a page of `limit` records, or without a limit the whole answer.

    Raise Invalid for a name that no visible record has at the position of the query.
    """
    predicates = [*await _lower_parameters(database, query), *query.predicates]
    if any(predicate.of_events is not None for predicate in predicates):
        predicates = await widen_to_merged(database, query, predicates)
    is_by_area = limit is not None and any(predicate.area is not None for predicate in predicates)
    return PlannedQuery(
        query.resource_type,
        query.caller,
        predicates,
        query.sort,
        query.descending,
        query.after,
        query.as_of,
        query.known_day,
        query.as_bytes,
        limit,
        await _skip_dense_cells(database, query, predicates, limit or 0) if is_by_area else None,
    )


@dataclass(frozen=True, slots=True)
class _ModelParameters:
    """The parameters of a query model that name records, and those that filter."""

    naming: tuple[str, ...]
    filters: tuple[tuple[str, Filter], ...]


async def _lower_parameters(database: Database, query: RecordQuery) -> list[Predicate]:
    parameters = query.parameters
    if parameters is None:
        return []
    model = _read_model(type(parameters))
    if any(getattr(parameters, name) for name in model.naming):
        if not query.are_names_resolved:
            parameters = await resolve_names(database, parameters, query.caller, query.as_of)
        parameters = await _order_by_rarity(database, parameters)
    predicates: list[Predicate] = []
    for name, meaning in model.filters:
        value = getattr(parameters, name)
        if value is not None and value != []:
            lowered = meaning.lower(parameters, name, value)
            predicates += [lowered] if isinstance(lowered, Predicate) else lowered
    return predicates


@cache
def _read_model(model: type[QueryModel]) -> _ModelParameters:
    return _ModelParameters(get_naming_parameters(model), tuple(get_filters(model).items()))


async def _order_by_rarity(database: Database, named: QueryT) -> QueryT:
    """Put slugs in the order that is the fastest, where their order means nothing."""
    ordered = {
        name: await _order_rarest_first(database, getattr(named, name))
        for name, mark in get_references(type(named)).items()
        if mark.rarest_first and getattr(named, name)
    }
    return named.model_copy(update=ordered) if ordered else named


async def _order_rarest_first(database: Database, actors: Sequence[str]) -> list[str]:
    """Put actors with fewer events first: theirs are walked, the others' are looked up."""
    if len(actors) < 2:
        return list(actors)
    counts = {
        actor: await _ACTOR_COUNTS.count(database, actor, _ACTOR_STATEMENT, {"actor": actor})
        for actor in actors
    }
    return sorted(actors, key=lambda actor: counts[actor])


async def _skip_dense_cells(
    database: Database, query: RecordQuery, predicates: Sequence[Predicate], limit: int
) -> Sequence[Predicate] | None:
    """Return the conditions that fill a page of a dense area sooner; None for other queries.

    By its cells all events of an area are found and sorted, of which a page shows fifty. Where
    one event in a hundred lies in the area, fifty are met sooner by walking the order and looking
    at where each lies. Only events visible to the caller count: the walk would look for fifty of
    them.
    """
    areas = {predicate.name: predicate.area for predicate in predicates if predicate.area}
    others = {predicate.name for predicate in predicates} - areas.keys()
    is_present = query.as_of is None and query.known_day is None
    if len(areas) != 1 or others - WALKABLE_FILTERS or not is_present or limit > MAX_WALK:
        return None
    ((name, area),) = areas.items()
    if not await _is_dense(database, query.caller, area):
        return None
    return [
        area.without_cells() if predicate.name == name else predicate for predicate in predicates
    ]


async def _is_dense(database: Database, caller: Caller, area: CellArea) -> bool:
    statement = _AREA_STATEMENTS.get(area.cell_size)
    if statement is None:
        return False
    granted = bind_grants(caller)
    key = (area.cell_size, *area.cells, caller.sees_all, *granted.get("granted", ()))
    values = {"cells": area.cells, **granted}
    number = await _AREA_COUNTS.count(database, key, statement.get_for(caller), values)
    return number >= DENSE_EVENTS


def _build_capped_count(table: Table, condition: ColumnElement[bool], most: int) -> Select[int]:
    """Select how many rows meet a condition, counting no further than `most`."""
    some = select(literal(1).label("one")).select_from(table).where(condition).limit(most)
    return select(func.count().label("number")).select_from(some.subquery())


def _build_area_count(size: int, caller: Caller) -> Select[int]:
    in_cells = any_of(events.c[f"cell_{size}"], "cells")
    seen = build_visibility(events, ("dataset",), caller)
    return _build_capped_count(events, and_(in_cells, *seen), DENSE_EVENTS)


# An area may be a corner of its cells of one degree, with little of what is counted in them.
_AREA_STATEMENTS = {
    size: VisibleStatement(partial(_build_area_count, size)) for size in CELL_SIZES if size > 1
}
_AREA_COUNTS = CountCache()

_IS_ACTOR = participants.c.actor == bindparam("actor", type_=participants.c.actor.type)
_ACTOR_STATEMENT = Statement(_build_capped_count(participants, _IS_ACTOR, MAX_ACTOR_COUNT))
_ACTOR_COUNTS = CountCache()
