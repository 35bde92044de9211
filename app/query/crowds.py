"""Boxes and circles with so many events that a page is sooner full without their cells.

By its cells all events of an area are found and put in order, of which a page shows fifty. Where
one event in a hundred lies in the area, fifty are met sooner by walking the order and looking at
where each lies. What counts is what the caller sees: the walk would look for fifty of them.
"""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel
from sqlalchemy import and_

from app.db.database import Database
from app.db.functions import any_of
from app.db.statements import Statement
from app.models.events import events
from app.query.counted import Numbers, counting
from app.query.place_filters import InBox, InCircle
from app.query.question import Question
from app.query.visibility import grants, visible
from app.values.callers import ANONYMOUS, OPERATOR, Caller
from app.values.places import CELL_SIZES, Box, Circle, covering_cells

CROWD = 5_000
"""So many events make one."""

WAYS: Mapping[str, InBox | InCircle] = {
    "bbox": InBox(by_cells=False),
    "near": InCircle(by_cells=False),
}
BESIDE = frozenset({"since", "until"})
"""Filters beside which a walk ends soon; others may leave it nothing to find."""


async def past_crowds(database: Database, query: BaseModel, question: Question) -> Question:
    """The question of a page as it is answered the fastest: without the cells of a crowded area."""
    names = {each.name for each in question.predicates}
    areas = names & WAYS.keys()
    is_of_now = question.as_of is None and question.known_day is None
    if len(areas) != 1 or names - areas - BESIDE or not is_of_now:
        return question
    (name,) = areas
    area = getattr(query, name)
    if not await _is_crowded(database, question.caller, area):
        return question
    walked = WAYS[name].lower(query, name, area)
    predicates = [walked if each.name == name else each for each in question.predicates]
    return replace(question, predicates=predicates)


async def _is_crowded(database: Database, caller: Caller, area: Box | Circle) -> bool:
    size, cells = covering_cells(area)
    statement = _COUNTS.get((size, caller.sees_all))
    if statement is None:
        return False
    granted = grants(caller)
    key = (size, *cells, caller.sees_all, *granted.get("granted", ()))
    return await _NUMBERS.number(database, key, statement, {"cells": cells, **granted}) >= CROWD


def _count(size: int, caller: Caller) -> Statement:
    in_cells = any_of(events.c[f"cell_{size}"], "cells")
    return counting(events, and_(in_cells, *visible(events, ("dataset",), caller)), CROWD)


# Of cells of one degree an area may be a corner, with little of what is counted in them.
_COUNTS = {
    (size, who.sees_all): _count(size, who)
    for size in CELL_SIZES
    if size > 1
    for who in (ANONYMOUS, OPERATOR)
}
_NUMBERS = Numbers()
