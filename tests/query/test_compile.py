"""The selects of planned queries, by the properties that make them fast."""

import re
from typing import Any

import pytest
from sqlalchemy import create_engine

from app.db.statements import AnySelect
from app.query.compile import build_count, build_page
from app.query.filters.column_filters import AtLeast, Equals
from app.query.filters.event_filters import AllTakePart, HasTerm, TakesPart
from app.query.filters.time_filters import Since
from app.query.params import QueryModel
from app.query.predicates import Predicate
from app.query.record_query import PlannedQuery
from app.resources.events.resource_type import EVENTS
from app.values.caller import ANONYMOUS, OPERATOR

NO_PARAMETERS = QueryModel()
COUNTRY = Equals("country").lower(NO_PARAMETERS, "country", ["PRK"])
COUNTRIES = Equals("country").lower(NO_PARAMETERS, "country", ["PRK", "KOR"])
ACTOR = TakesPart().lower(NO_PARAMETERS, "actor", ["RUS"])
ACTORS = TakesPart().lower(NO_PARAMETERS, "actor", ["RUS", "PRK"])
DYAD = AllTakePart().lower(NO_PARAMETERS, "dyad", ["PRK", "RUS"])
TAG = HasTerm("tag").lower(NO_PARAMETERS, "tag", ["summit"])
SINCE = Since().lower(NO_PARAMETERS, "since", 738_000)
DEADLY = AtLeast("fatalities_best").lower(NO_PARAMETERS, "fatalities_min", 10)
SQLITE = create_engine("sqlite://").dialect
ONE_ID = Equals("id").lower(NO_PARAMETERS, "id", ["x"])


def plan_events(*predicates: Predicate, **options: Any) -> PlannedQuery:
    """Return a query of events as it would be planned."""
    return PlannedQuery(EVENTS, OPERATOR, predicates, limit=50, **options)


def write_page(planned: PlannedQuery) -> str:
    """Return the SQL of a query's page, on one line."""
    return write_sql(build_page(planned))


def write_sql(statement: AnySelect) -> str:
    """Return the SQL of a select for SQLite, on one line."""
    return " ".join(str(statement.compile(dialect=SQLITE)).split())


@pytest.mark.parametrize(
    ("predicates", "driver"),
    [
        ([COUNTRY], "events"),
        ([ACTOR], "participants"),
        ([ACTORS], "events"),
        ([DYAD], "participants"),
        ([TAG], "event_terms"),
        ([TAG, ACTOR], "participants"),
        ([COUNTRY, TAG], "event_terms"),
        ([ONE_ID, ACTOR], "events"),
    ],
)
def test_the_rarest_condition_drives_by_its_index(predicates: list[Predicate], driver: str) -> None:
    sql = write_page(plan_events(*predicates))
    (table,) = re.findall(r"(\w+?)(?:_\d+)?\.order_key AS key_0", sql)
    assert table == driver


@pytest.mark.parametrize(
    "options", [{}, {"as_of": 5}, {"known_day": 5}, {"known_day": 5, "as_of": 5}, {"sort": "title"}]
)
def test_only_the_past_reads_past_events(options: dict[str, Any]) -> None:
    sql = write_page(plan_events(COUNTRY, **options))
    assert ("FROM past_events" in sql) is ("as_of" in options)


def test_long_events_are_found_apart_where_days_are_the_order() -> None:
    assert "is_long" in write_page(plan_events(SINCE))
    assert "is_long" not in write_page(plan_events(SINCE, sort="title"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([COUNTRY], [Equals("country").lower(NO_PARAMETERS, "country", ["JPN"])], True),
        ([COUNTRY], [COUNTRIES], False),
        ([COUNTRY], [COUNTRY, DEADLY], False),
        ([COUNTRY], [ACTOR], False),
    ],
)
def test_queries_that_differ_in_values_alone_share_their_sql(
    one: list[Predicate], other: list[Predicate], same: bool
) -> None:
    first, second = plan_events(*one), plan_events(*other)
    assert (first.shape == second.shape) is same
    assert (write_page(first) == write_page(second)) is same


@pytest.mark.parametrize(
    "options",
    [
        {"sort": "title"},
        {"descending": False},
        {"after": (1,)},
        {"as_of": 3},
        {"known_day": 3},
        {"as_bytes": True},
    ],
)
def test_what_changes_the_sql_changes_the_shape(options: dict[str, Any]) -> None:
    plain, other = plan_events(COUNTRY), plan_events(COUNTRY, **options)
    assert plain.shape != other.shape
    assert write_page(plain) != write_page(other)


@pytest.mark.parametrize("caller", [ANONYMOUS, OPERATOR])
def test_hidden_datasets_are_left_out_for_all_but_those_who_see_all(caller: Any) -> None:
    planned = PlannedQuery(EVENTS, caller, [COUNTRY])
    assert ("is_private" in write_sql(build_count(planned))) is (caller is ANONYMOUS)
    assert ("granted" in planned.binds()) is (caller is ANONYMOUS)


def test_a_page_resumes_after_its_sort_key() -> None:
    resumed = plan_events(COUNTRY).resume_after((42,))
    assert resumed.binds()["after_0"] == 42
    assert resumed.from_start() == plan_events(COUNTRY)
