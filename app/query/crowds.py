"""Boxes and circles with so many events that a page is sooner full without their cells.

By its cells all events of an area are found and put in order, of which a page shows fifty. Where
one event in a hundred lies in the area, fifty are met sooner by walking the order and looking at
where each lies.
"""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel

from app.db.database import Database
from app.db.functions import any_of
from app.models.events import events
from app.query.counted import Numbers, counting
from app.query.place_filters import InBox, InCircle
from app.query.question import Question
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
    if not await _is_crowded(database, area):
        return question
    walked = WAYS[name].lower(query, name, area)
    predicates = [walked if each.name == name else each for each in question.predicates]
    return replace(question, predicates=predicates)


async def _is_crowded(database: Database, area: Box | Circle) -> bool:
    size, cells = covering_cells(area)
    if size not in _COUNTS:
        return False
    key = (size, *cells)
    return await _NUMBERS.number(database, key, _COUNTS[size], {"cells": cells}) >= CROWD


# Of cells of one degree an area may be a corner, with little of what is counted in them.
_COUNTS = {
    size: counting(events, any_of(events.c[f"cell_{size}"], "cells"), CROWD)
    for size in CELL_SIZES
    if size > 1
}
_NUMBERS = Numbers()
