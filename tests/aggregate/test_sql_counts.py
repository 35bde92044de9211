"""Aggregates in SQLite find an event's rows by an index, whatever moment is asked for.

Without statistics SQLite plans alike for any number of rows, so that an empty file shows it.
"""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from app.aggregate.dimensions import DIMENSIONS
from app.aggregate.grouping import TOTAL, Grouping
from app.aggregate.network import build_network_statement
from app.aggregate.sql_counts import build_count_statement
from app.db.drivers.engines import make_sqlite_engine
from app.db.migrations import migrate
from app.db.statements import Statement, get_driver
from app.query.record_query import PlannedQuery
from app.resources.events.resource_type import EVENTS
from app.values.caller import ANONYMOUS

MANY = [name for name, each in DIMENSIONS.items() if each.children is not None]
MOMENTS = {"now": (None, None), "then": (1, None), "known": (None, 1), "known then": (1, 1)}


@pytest.fixture
def connection(empty_sqlite_url: str) -> Iterator[Connection]:
    migrate(empty_sqlite_url)
    engine = make_sqlite_engine(empty_sqlite_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_table_is_walked_for_each_row_of_another(connection: Connection, moment: str) -> None:
    as_of, known_day = MOMENTS[moment]
    question = PlannedQuery(EVENTS, ANONYMOUS, [], as_of=as_of, known_day=known_day)
    groupings = [[name] for name in MANY] + [["tag", "actor"], ["month", "source"]]
    statements = {
        " and ".join(names): build_count_statement(
            question, [TOTAL, Grouping(tuple(DIMENSIONS[name] for name in names))]
        )
        for names in groupings
    }
    statements["network"] = build_network_statement(question, of_kinds=False)
    walked = {name: walked_again(connection, each) for name, each in statements.items()}
    assert walked == {name: [] for name in statements}


def walked_again(connection: Connection, statement: Statement) -> list[str]:
    """The loops of a plan that have no index and lie inside another loop."""
    sql = statement.compile_for(connection.dialect).sql
    loops = defaultdict(list)
    for _, parent, _, told in get_driver(connection).execute(
        f"EXPLAIN QUERY PLAN {sql}", defaultdict(int)
    ):
        if told.startswith(("SCAN", "SEARCH")):
            loops[parent].append(told)
    return [told for inside in loops.values() for told in inside[1:] if told.startswith("SCAN")]
