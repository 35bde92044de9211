"""Results as they are answered: facets, the cells of a map, rows and histograms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import orjson

from app.aggregate.dimensions import Dimension, GridDimension, Key
from app.aggregate.grouping import GroupCounts, Grouping
from app.aggregate.sql_counts import MOST_GROUPS, make_size_error
from app.aggregate.time_buckets import BUCKETS
from app.errors import Fault, Invalid


def build_facet(grouping: Grouping, tally: GroupCounts, top: int) -> dict[str, Any]:
    """The `top` values with most events, then those without a value; and how much lies beyond.

    Gives `{"items": [{"value", "count"}], "rest": {"values", "count"} or None}`: what lies beyond
    the top is never a value, since any word for it could be one.
    """
    (dimension,) = grouping.dimensions
    ranked = sorted(
        ((value, numbers[0] or 0) for (value,), numbers in tally.items() if value is not None),
        key=lambda each: (-each[1], each[0]),
    )
    items: list[dict[str, Any]] = [
        {"value": dimension.written(value), "count": count} for value, count in ranked[:top]
    ]
    if (None,) in tally:
        items.append({"value": None, "count": tally[(None,)][0]})
    beyond = [count for _, count in ranked[top:]]
    return {
        "items": items,
        "rest": {"values": len(beyond), "count": sum(beyond)} if beyond else None,
    }


LARGEST_CELL = 45.0
MOST_ZOOM = 14
MOST_CELLS = 20_000


@dataclass(frozen=True)
class MapGrid:
    """Cells of `degrees` by `degrees`, counted from -180 and -90."""

    zoom: int

    @property
    def degrees(self) -> float:
        """The size of a cell: 45 degrees, halved with each zoom; an eighth of a map's tile."""
        return LARGEST_CELL / 2**self.zoom  # type: ignore[no-any-return]  # a power of an int

    @property
    def grouping(self) -> Grouping:
        """By column and row."""
        return Grouping(
            (
                GridDimension("longitude", start=-180, size=self.degrees),
                GridDimension("latitude", start=-90, size=self.degrees),
            )
        )

    def cells(self, tally: GroupCounts) -> dict[str, Any]:
        """Each cell that is not empty, by its middle, and how many events have no place."""
        unplaced = tally.get((None, None), (0,))[0]
        placed = [
            (int(column), int(row), numbers[0])
            for (column, row), numbers in tally.items()
            if column is not None and row is not None
        ]
        if len(placed) > MOST_CELLS:
            raise _make_size_error(len(placed))
        cells = [
            {
                "longitude": (column + 0.5) * self.degrees - 180,
                "latitude": (row + 0.5) * self.degrees - 90,
                "count": count,
            }
            for column, row, count in sorted(placed, key=lambda each: (each[1], each[0]))
        ]
        return {"cells": cells, "unplaced": unplaced, "degrees": self.degrees}


def _make_size_error(found: int) -> Invalid:
    detail = f"{found:,} cells are too many, the most is {MOST_CELLS:,}; zoom out, or give a bbox"
    return Invalid(detail, Fault(code="too-much", detail=detail, parameter="zoom"))


MOST_BARS = 10_000
"""Beyond this a histogram keeps its gaps, and says so."""

Group = tuple[Key, ...]


def format_rows(grouping: Grouping, tally: GroupCounts) -> orjson.Fragment:
    """One row a group, ordered by the dimensions in their order; null comes last.

    As JSON at once, and a column at a time: a step in Python for each of ten thousand rows would
    cost more than counting them.
    """
    columns = list(zip(*tally, strict=True))
    order = _compute_order(columns) if columns else range(len(tally))
    members = []
    for dimension, column in zip(grouping.dimensions, columns, strict=False):
        texts = {
            each: _format_member(dimension.name, dimension.written(each)) for each in set(column)
        }
        members.append([texts[column[place]] for place in order])
    for measure, numbers in zip(grouping.measures, zip(*tally.values(), strict=True), strict=False):
        known = ["null" if each is None else each for each in numbers]
        members.append([f'"{measure.name}":{known[place]}' for place in order])
    rows = map(",".join, zip(*members, strict=True))
    return orjson.Fragment(f"[{{{'},{'.join(rows)}}}]" if tally else "[]")


def _format_member(name: str, value: str | None) -> str:
    return f'"{name}":{orjson.dumps(value).decode()}'


def _compute_order(columns: Sequence[Sequence[Key]]) -> list[int]:
    """The places of the groups in order."""
    ranks = []
    for column in reversed(columns):
        values = sorted(set(column), key=_make_sort_key)
        rank = {value: number for number, value in enumerate(values)}
        ranks.append([rank[each] for each in column])
    return np.lexsort(ranks).tolist()  # type: ignore[no-any-return]  # of whole numbers


def fill_gaps(
    grouping: Grouping,
    tally: GroupCounts,
    since: int | None,
    until: int | None,
    most: int = MOST_GROUPS,
) -> GroupCounts:
    """The tally with every bucket from the first to the last, for every group of the rest.

    `since` and `until` (exclusive) are the days asked for: where given, buckets reach to them.
    Invalid if that makes more groups than `most`.
    """
    place = _get_time_place(grouping.dimensions)
    if place is None:
        return tally
    numbers = _compute_bucket_range(
        grouping.dimensions[place], [each[place] for each in tally], since, until
    )
    rest = {(*group[:place], *group[place + 1 :]) for group in tally}
    if len(grouping.dimensions) == 1:
        rest.add(())
    if len(numbers) * len(rest) > most:
        raise make_size_error(f"{len(numbers) * len(rest):,} rows, and the most is {most:,}")
    nothing = tuple(measure.of_none for measure in grouping.measures)
    filled = {
        (*other[:place], number, *other[place:]): nothing
        for number, other in product(numbers, rest)
    }
    return {**filled, **tally}


def build_histogram(
    grouping: Grouping, tally: GroupCounts, since: int | None, until: int | None
) -> dict[str, Any]:
    """The rows by time, with their gaps filled unless that makes more than can be looked at."""
    try:
        shown, filled = fill_gaps(grouping, tally, since, until, MOST_BARS), True
    except Invalid:
        shown, filled = tally, False
    (dimension,) = grouping.dimensions
    return {"bucket": dimension.name, "filled": filled, "data": format_rows(grouping, shown)}


def _get_time_place(dimensions: Sequence[Dimension]) -> int | None:
    return next((place for place, each in enumerate(dimensions) if each.name in BUCKETS), None)


def _compute_bucket_range(
    dimension: Dimension, found: Iterable[Key], since: int | None, until: int | None
) -> range:
    number = BUCKETS[dimension.name].number
    known = [int(each) for each in found if each is not None]
    first = [*known, *([] if since is None else [number(since)])]
    last = [*known, *([] if until is None or until < 2 else [number(until - 1)])]
    return range(min(first), max(last) + 1) if first and last else range(0)


def _make_sort_key(value: Key) -> tuple[bool, Any]:
    return value is None, "" if value is None else value
