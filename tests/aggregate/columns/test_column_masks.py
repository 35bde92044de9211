"""Masks: which events meet a condition, and which parameters columns can evaluate."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.aggregate.columns.column_masks import evaluate, has_columns
from app.aggregate.columns.event_columns import EventColumns, make_event_columns
from app.query.column_conditions import (
    AllOf,
    AnyOf,
    ColumnCondition,
    Compares,
    HasBits,
    HasItem,
    IsAmong,
    NoMask,
)
from app.query.predicates import Predicate, get_filters
from app.resources.events.query import EventFilters
from tests.aggregate.columns.rows import a_row

PARAMETERS = {
    "id": "01902f4e-0000-7000-8000-000000000001",
    "q": "summit",
    "type": "summit",
    "category": "diplomacy",
    "country": "PRK",
    "actor": "PRK",
    "actor_all": "PRK,RUS",
    "role": "host",
    "dyad": "PRK,RUS",
    "since": "2024-06-18",
    "until": "2024-06-19",
    "bbox": "170,-20,-170,-10",
    "near": "125.75,39.03,50",
    "within": "POLYGON((124 37, 131 37, 131 43, 124 43, 124 37))",
    "lifecycle": "occurred",
    "verification": "confirmed",
    "dataset": "open",
    "source": "nhk",
    "tag": ["visit"],
    "code": "cameo:042",
    "fatalities_min": 1,
    "fatalities_max": 5,
    "updated_since": "2024-06-12T00:00:00Z",
    "external_id": ["1"],
    "filter": "tag = 'visit' AND NOT type = 'summit'",
}
COUNTED_BY_DATABASE = {
    "id": "no column",
    "external_id": "no column",
    "updated_since": "no column",
    "q": "columns hold no words",
    "near": "columns hold no unit vectors to measure distances by",
    "within": "columns are not tested against polygons",
    "filter": "columns evaluate an expression only where it equals a plain parameter",
}
"""Every other parameter is counted over columns."""


@pytest.mark.parametrize("name", get_filters(EventFilters))
def test_a_parameter_has_a_mask_or_the_reason_why_not(name: str) -> None:
    found = lower(EventFilters.model_validate({name: PARAMETERS[name]}), name)
    reasons = [explain(each) for each in found if not has_columns(each.mask)]
    assert [*reasons, None][0] == COUNTED_BY_DATABASE.get(name)


def lower(query: EventFilters, name: str) -> Sequence[Predicate]:
    """Return the predicates of one parameter."""
    found = get_filters(EventFilters)[name].lower(query, name, getattr(query, name))
    return [found] if isinstance(found, Predicate) else found


def explain(predicate: Predicate) -> str:
    """Return the reason why columns cannot evaluate a predicate."""
    return predicate.mask.reason if isinstance(predicate.mask, NoMask) else "no column"


def test_an_expression_of_plain_parameters_is_counted_over_columns() -> None:
    query = EventFilters.model_validate({"filter": "tag = 'visit' AND country IN ('PRK', 'RUS')"})
    assert [has_columns(each.mask) for each in lower(query, "filter")] == [True, True]


def test_with_known_by_the_sources_are_counted_by_the_database() -> None:
    (found,) = lower(EventFilters(source=["nhk"], known_by=738_000), "source")
    assert isinstance(found.mask, NoMask)


@pytest.fixture(scope="module")
def columns() -> EventColumns:
    """Three events: one in two countries' hands, one at the antimeridian, one without anything."""
    taking, terms = '[["PRK",5],["RUS",2]]', '[["tag","a"],["tag","b"]]'
    rows = [
        a_row(1, country="PRK", fatalities_best=3, roles=7, taking=taking, terms=terms),
        a_row(2, country="FJI", fatalities_best=-1, longitude=180.0, latitude=-16.5),
        a_row(3, country=None, longitude=np.nan, latitude=np.nan),
    ]
    return make_event_columns(rows)


@pytest.mark.parametrize(
    ("condition", "places"),
    [
        (IsAmong("country", ["PRK"]), [0]),
        (IsAmong("country", ["PRK", "FJI", "USA"]), [0, 1]),
        (IsAmong("country", ["USA"]), []),
        (Compares("fatalities_best", "<=", 3), [0, 1, 2]),
        (
            AllOf((Compares("fatalities_best", "<=", 3), Compares("fatalities_best", "!=", -1))),
            [0, 2],
        ),
        (Compares("longitude", ">=", -180), [0, 1]),
        (AnyOf((Compares("longitude", ">", 179), Compares("latitude", "=", 0))), [0, 1]),
        (HasBits("roles", 4), [0]),
        (HasItem("actor", ["PRK"]), [0]),
        (HasItem("actor", ["PRK"], 2), []),
        (HasItem("actor", ["PRK", "RUS"], 2), [0]),
        (HasItem("tag", ["b", "c"]), [0]),
        (HasItem("source", ["nhk"]), []),
        (AllOf((HasItem("actor", ["PRK"]), HasItem("actor", ["RUS"]))), [0]),
        (AllOf(()), [0, 1, 2]),
        (AnyOf(()), []),
    ],
)
def test_a_condition_holds_for_these_events(
    columns: EventColumns, condition: ColumnCondition, places: list[int]
) -> None:
    assert np.flatnonzero(evaluate(columns, condition)).tolist() == places
