"""Flat rows of an aggregate: in order, with their gaps filled if that is asked for."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np
import orjson

from app.aggregate.dimensions import Dimension, Key
from app.aggregate.grouping import GroupCounts, Grouping
from app.aggregate.sql_counts import MOST_GROUPS, make_size_error
from app.aggregate.time_buckets import BUCKETS
from app.errors import Invalid

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
