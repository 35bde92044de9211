"""Counts of groups by SQL: all groupings of a query in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    literal_column,
    null,
    select,
    union_all,
)

from app.aggregate.grouping import GroupCounts, Grouping, fold_raw_keys
from app.aggregate.measures import FATALITIES
from app.db.database import Reads
from app.db.statements import AnySelect, Row, Statement
from app.errors import Fault, Invalid
from app.query.compile import select_matching
from app.query.execute import cache_statement
from app.query.record_query import PlannedQuery
from app.query.table_view import TableView

MOST_GROUPS = 100_000
"""More groups than this are an error; a result is never cut."""


async def count_with_sql(
    reads: Reads, query: PlannedQuery, groupings: Sequence[Grouping]
) -> list[GroupCounts]:
    """Count each grouping, all by one statement; raise Invalid if there are too many groups."""
    statement = build_count_statement(query, groupings)
    values = {**query.binds(), "most_groups": MOST_GROUPS + 1}
    rows = await reads.fetch(statement, values)
    if len(rows) > MOST_GROUPS:
        raise make_size_error(f"more than {MOST_GROUPS:,} groups")
    parts: list[list[Row]] = [[] for _ in groupings]
    for number, *row in rows:
        parts[number].append(tuple(row))
    width = compute_key_width(groupings)
    return [
        fold_raw_keys(grouping, (_split(grouping, row, width) for row in part))
        for grouping, part in zip(groupings, parts, strict=True)
    ]


def _split(grouping: Grouping, row: Row, width: int) -> tuple[Row, Row]:
    """Split a row of (`width` keys, measures …) into raw keys and measures."""
    return row[: len(grouping.dimensions)], row[width : width + len(grouping.measures)]


def make_size_error(size: str) -> Invalid:
    """Return the error for a result that would be too large."""
    detail = f"the answer would have {size}; ask for fewer dimensions, coarser ones, or less"
    return Invalid(detail, Fault(code="too-much", detail=detail, parameter="by"))


MOST_GROUPS_PARAMETER = bindparam("most_groups", type_=Integer, required=True)


def build_count_statement(query: PlannedQuery, groupings: Sequence[Grouping]) -> Statement:
    """Build the statement of (number of the grouping, raw keys as text …, measures …).

    Rows are padded to the keys and the measures of the grouping that has most.
    """
    shape = ("counts", tuple(groupings), query.shape)
    return cache_statement(shape, lambda: _select_groups(query, groupings))


def compute_key_width(groupings: Sequence[Grouping]) -> int:
    """Return the number of keys of each row."""
    return max(len(grouping.dimensions) for grouping in groupings)


def _select_groups(query: PlannedQuery, groupings: Sequence[Grouping]) -> AnySelect:
    events = _select_events(query, groupings)
    parts = [_select_part(query, events, groupings, number) for number in range(len(groupings))]
    whole = parts[0] if len(parts) == 1 else union_all(*parts)
    return whole.limit(MOST_GROUPS_PARAMETER)


def _select_events(query: PlannedQuery, groupings: Sequence[Grouping]) -> CTE:
    """Select the events of the query once, with the columns that the groupings need."""
    dimensions = {
        dimension.name: dimension for grouping in groupings for dimension in grouping.dimensions
    }
    measures = {measure.name: measure for grouping in groupings for measure in grouping.measures}

    def columns(view: TableView) -> list[ColumnElement[Any]]:
        own = [dimension for dimension in dimensions.values() if dimension.children is None]
        chosen: list[ColumnElement[Any]] = [
            dimension.select_key(view).label(dimension.name) for dimension in own
        ]
        if len(own) < len(dimensions) or not chosen:
            chosen.append(view.key.label("key"))
        if any(measure.reads_fatalities for measure in measures.values()):
            chosen.append(view.column(FATALITIES).label(FATALITIES))
        return chosen

    parts = select_matching(query, columns)
    whole = parts[0] if len(parts) == 1 else union_all(*parts)
    return whole.cte("found_events")


def _select_part(
    query: PlannedQuery, events: CTE, groupings: Sequence[Grouping], number: int
) -> Select[Any]:
    grouping = groupings[number]
    source: FromClause = events
    for dimension in grouping.dimensions:
        if dimension.children is not None:
            source = dimension.children.join_values(query, source, dimension.name)
    keys = [source.c[dimension.name] for dimension in grouping.dimensions]
    selected: list[ColumnElement[Any]] = [literal_column(str(number), Integer).label("part")]
    selected += [cast(key, Text) for key in _pad_columns(keys, compute_key_width(groupings))]
    measures = [measure.column(source) for measure in grouping.measures]
    most = max(len(grouping.measures) for grouping in groupings)
    selected += [cast(column, BigInteger) for column in _pad_columns(measures, most)]
    named = [each.label(f"column_{place}") for place, each in enumerate(selected)]
    return select(*named).select_from(source).group_by(*keys)


def _pad_columns(columns: Sequence[ColumnElement[Any]], width: int) -> list[ColumnElement[Any]]:
    return [*columns, *(null() for _ in range(width - len(columns)))]
