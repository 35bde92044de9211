"""Results: facets, rows and their gaps, and the cells of a map, from counts of groups."""

from typing import Any

import orjson
import pytest

from app.aggregate.dimensions import DIMENSIONS
from app.aggregate.grouping import GroupCounts, Grouping
from app.aggregate.results import MapGrid, build_facet, build_histogram, fill_gaps, format_rows
from app.errors import Invalid
from app.values.dates import parse_date

TYPE = Grouping((DIMENSIONS["type"],))
MONTH = Grouping((DIMENSIONS["month"],))
MONTH_AND_TYPE = Grouping((DIMENSIONS["month"], DIMENSIONS["type"]))
JUNE, AUGUST = 2024 * 12 + 5, 2024 * 12 + 7


@pytest.mark.parametrize(
    ("counts", "items", "rest"),
    [
        ({}, [], None),
        ({("a",): (1,), ("b",): (2,)}, [("b", 2), ("a", 1)], None),
        ({("b",): (1,), ("a",): (1,), (None,): (9,)}, [("a", 1), ("b", 1), (None, 9)], None),
        (
            {("a",): (5,), ("b",): (4,), ("c",): (3,), ("d",): (2,)},
            [("a", 5), ("b", 4)],
            {"values": 2, "count": 5},
        ),
    ],
)
def test_a_facet_has_the_top_values_then_null(
    counts: GroupCounts, items: list[tuple[str | None, int]], rest: dict[str, int] | None
) -> None:
    found = build_facet(TYPE, counts, top=2)
    assert [(item["value"], item["count"]) for item in found["items"]] == items
    assert found["rest"] == rest


def test_rows_are_sorted_by_their_dimensions_and_null_comes_last() -> None:
    counts: GroupCounts = {
        (None, "visit"): (1,),
        (AUGUST, None): (2,),
        (AUGUST, "summit"): (3,),
        (JUNE, "visit"): (4,),
    }
    assert rows_of(MONTH_AND_TYPE, counts) == [
        {"month": "2024-06", "type": "visit", "count": 4},
        {"month": "2024-08", "type": "summit", "count": 3},
        {"month": "2024-08", "type": None, "count": 2},
        {"month": None, "type": "visit", "count": 1},
    ]
    assert rows_of(TYPE, {}) == []


def rows_of(grouping: Grouping, counts: GroupCounts) -> list[dict[str, Any]]:
    """Return the rows as a client parses them."""
    return orjson.loads(orjson.dumps(format_rows(grouping, counts)))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        (None, None, [5, 6, 7]),
        ("2024-05-31", None, [4, 5, 6, 7]),
        (None, "2024-09-01", [5, 6, 7]),
        (None, "2024-09-02", [5, 6, 7, 8]),
    ],
)
def test_gaps_are_filled_up_to_the_days_asked_for(
    since: str | None, until: str | None, months: list[int]
) -> None:
    first, end = ((text and parse_date(text).earliest_day) or None for text in (since, until))
    found = fill_gaps(MONTH, {(JUNE,): (1,), (AUGUST,): (2,)}, first, end)
    assert sorted(found) == [(2024 * 12 + month,) for month in months]
    assert sum(count or 0 for (count,) in found.values()) == 3


def test_too_many_gaps_are_an_error_and_a_histogram_keeps_them() -> None:
    counts: GroupCounts = {(0,): (1,), (20_000,): (1,)}
    with pytest.raises(Invalid):
        fill_gaps(MONTH, counts, None, None, most=100)
    histogram = build_histogram(MONTH, counts, None, None)
    assert (histogram["bucket"], histogram["filled"]) == ("month", False)


def test_cells_are_named_by_their_centers_from_south_to_north() -> None:
    counts: GroupCounts = {(1, 0): (1,), (0, 1): (2,), (0, 0): (3,), (None, None): (4,)}
    assert MapGrid(0).build_cells(counts) == {
        "cells": [
            {"longitude": -157.5, "latitude": -67.5, "count": 3},
            {"longitude": -112.5, "latitude": -67.5, "count": 1},
            {"longitude": -157.5, "latitude": -22.5, "count": 2},
        ],
        "unplaced": 4,
        "degrees": 45.0,
    }
