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


def build_facet(grouping: Grouping, counts: GroupCounts, top: int) -> dict[str, Any]:
    """Return the `top` values with most events, then null; and the numbers beyond the top.

    The result is `{"items": [{"value", "count"}], "rest": {"values", "count"} or None}`: the rest
    is not an item, since any word for it could be a value.
    """
    (dimension,) = grouping.dimensions
    ranked = sorted(
        ((value, numbers[0] or 0) for (value,), numbers in counts.items() if value is not None),
        key=lambda pair: (-pair[1], pair[0]),
    )
    items: list[dict[str, Any]] = [
        {"value": dimension.format(value), "count": count} for value, count in ranked[:top]
    ]
    if (None,) in counts:
        items.append({"value": None, "count": counts[(None,)][0]})
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
    """Cells of `degrees` by `degrees`, numbered from -180 and -90."""

    zoom: int

    @property
    def degrees(self) -> float:
        """The size of a cell: 45 degrees, halved with each zoom; an eighth of a map's tile."""
        return LARGEST_CELL / 2**self.zoom  # type: ignore[no-any-return]  # a power of an int

    @property
    def grouping(self) -> Grouping:
        """The grouping by column and row."""
        return Grouping(
            (
                GridDimension("longitude", start=-180, size=self.degrees),
                GridDimension("latitude", start=-90, size=self.degrees),
            )
        )

    def build_cells(self, counts: GroupCounts) -> dict[str, Any]:
        """Return each cell with events, by its center, and the number of events without a place."""
        unplaced = counts.get((None, None), (0,))[0]
        placed = [
            (int(column), int(row), numbers[0])
            for (column, row), numbers in counts.items()
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
            for column, row, count in sorted(placed, key=lambda cell: (cell[1], cell[0]))
        ]
        return {"cells": cells, "unplaced": unplaced, "degrees": self.degrees}


def _make_size_error(found: int) -> Invalid:
    detail = f"{found:,} cells are too many, the most is {MOST_CELLS:,}; zoom out, or give a bbox"
    return Invalid(detail, Fault(code="too-much", detail=detail, parameter="zoom"))


MOST_BARS = 10_000
"""Above this number of buckets a histogram keeps its gaps, and says so."""

Group = tuple[Key, ...]


def format_rows(grouping: Grouping, counts: GroupCounts) -> orjson.Fragment:
    """Return one row per group as JSON, sorted by the dimensions in their order; null comes last.

    It is written column by column: a Python step for each of ten thousand rows would cost more
    than counting them.
    """
    columns = list(zip(*counts, strict=True))
    order = _compute_order(columns) if columns else range(len(counts))
    members = []
    for dimension, column in zip(grouping.dimensions, columns, strict=False):
        texts = {
            value: _format_member(dimension.name, dimension.format(value)) for value in set(column)
        }
        members.append([texts[column[place]] for place in order])
    for measure, numbers in zip(
        grouping.measures, zip(*counts.values(), strict=True), strict=False
    ):
        known = ["null" if number is None else number for number in numbers]
        members.append([f'"{measure.name}":{known[place]}' for place in order])
    rows = map(",".join, zip(*members, strict=True))
    return orjson.Fragment(f"[{{{'},{'.join(rows)}}}]" if counts else "[]")


def _format_member(name: str, value: str | None) -> str:
    return f'"{name}":{orjson.dumps(value).decode()}'


def _compute_order(columns: Sequence[Sequence[Key]]) -> list[int]:
    """Return the indexes of the groups in their order."""
    ranks = []
    for column in reversed(columns):
        values = sorted(set(column), key=_make_sort_key)
        rank = {value: number for number, value in enumerate(values)}
        ranks.append([rank[value] for value in column])
    return np.lexsort(ranks).tolist()  # type: ignore[no-any-return]  # of whole numbers


def fill_gaps(
    grouping: Grouping,
    counts: GroupCounts,
    since: int | None,
    until: int | None,
    most: int = MOST_GROUPS,
) -> GroupCounts:
    """Return the counts with every bucket from first to last, for each combination of the rest.

    Buckets reach to the days `since` and `until` (exclusive), if these are given. Raise Invalid
    if that makes more groups than `most`.
    """
    place = _get_time_place(grouping.dimensions)
    if place is None:
        return counts
    numbers = _compute_bucket_range(
        grouping.dimensions[place], [group[place] for group in counts], since, until
    )
    rest = {(*group[:place], *group[place + 1 :]) for group in counts}
    if len(grouping.dimensions) == 1:
        rest.add(())
    if len(numbers) * len(rest) > most:
        raise make_size_error(f"{len(numbers) * len(rest):,} rows, and the most is {most:,}")
    nothing = tuple(measure.empty for measure in grouping.measures)
    filled = {
        (*other[:place], number, *other[place:]): nothing
        for number, other in product(numbers, rest)
    }
    return {**filled, **counts}


def build_histogram(
    grouping: Grouping, counts: GroupCounts, since: int | None, until: int | None
) -> dict[str, Any]:
    """Return the rows by time, with their gaps filled unless that makes too many rows."""
    try:
        shown, filled = fill_gaps(grouping, counts, since, until, MOST_BARS), True
    except Invalid:
        shown, filled = counts, False
    (dimension,) = grouping.dimensions
    return {"bucket": dimension.name, "filled": filled, "data": format_rows(grouping, shown)}


def _get_time_place(dimensions: Sequence[Dimension]) -> int | None:
    return next(
        (place for place, dimension in enumerate(dimensions) if dimension.name in BUCKETS), None
    )


def _compute_bucket_range(
    dimension: Dimension, found: Iterable[Key], since: int | None, until: int | None
) -> range:
    number = BUCKETS[dimension.name].compute_number
    known = [int(key) for key in found if key is not None]
    first = [*known, *([] if since is None else [number(since)])]
    last = [*known, *([] if until is None or until < 2 else [number(until - 1)])]
    return range(min(first), max(last) + 1) if first and last else range(0)


def _make_sort_key(value: Key) -> tuple[bool, Any]:
    return value is None, "" if value is None else value
