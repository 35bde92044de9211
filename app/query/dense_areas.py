"""Boxes and circles with so many events that a page is sooner full without their cells.

By its cells all events of an area are found and put in order, of which a page shows fifty. Where
one event in a hundred lies in the area, fifty are met sooner by walking the order and looking at
where each lies. What counts is what the caller sees: the walk would look for fifty of them.
"""

from dataclasses import replace
from functools import partial

from sqlalchemy import Select, and_

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.models.events import events
from app.query.predicates import CellArea
from app.query.record_query import PlannedQuery
from app.query.remembered_counts import CountCache, build_capped_count
from app.query.visibility import VisibleStatement, bind_grants, build_visibility
from app.values.caller import Caller
from app.values.geo_grid import CELL_SIZES

DENSE_EVENTS = 5_000
"""So many events make one."""

MAX_WALK = 1_000
"""A page of more events may be all that there are, and the walk then goes on to the end."""

WALKABLE_FILTERS = frozenset({"since", "until"})
"""Filters beside which a walk ends soon; others may leave it nothing to find."""


async def avoid_dense_cells(database: Database, question: PlannedQuery, limit: int) -> PlannedQuery:
    """The question of a page as it is answered the fastest: without the cells of a crowded area."""
    areas = {each.name: each.area for each in question.predicates if each.area}
    others = {each.name for each in question.predicates} - areas.keys()
    is_of_now = question.as_of is None and question.known_day is None
    if len(areas) != 1 or others - WALKABLE_FILTERS or not is_of_now or limit > MAX_WALK:
        return question
    ((name, area),) = areas.items()
    if not await _is_dense(database, question.caller, area):
        return question
    predicates = [area.walked() if each.name == name else each for each in question.predicates]
    return replace(question, predicates=predicates)


async def _is_dense(database: Database, caller: Caller, area: CellArea) -> bool:
    statement = _AREA_STATEMENTS.get(area.cell_size)
    if statement is None:
        return False
    granted = bind_grants(caller)
    key = (area.cell_size, *area.cells, caller.sees_all, *granted.get("granted", ()))
    values = {"cells": area.cells, **granted}
    return (
        await _AREA_COUNTS.number(database, key, statement.get_for(caller), values) >= DENSE_EVENTS
    )


def _build_area_count(size: int, caller: Caller) -> Select[int]:
    in_cells = any_of(events.c[f"cell_{size}"], "cells")
    return build_capped_count(
        events, and_(in_cells, *build_visibility(events, ("dataset",), caller)), DENSE_EVENTS
    )


# Of cells of one degree an area may be a corner, with little of what is counted in them.
_AREA_STATEMENTS = {
    size: VisibleStatement(partial(_build_area_count, size)) for size in CELL_SIZES if size > 1
}
_AREA_COUNTS = CountCache()
