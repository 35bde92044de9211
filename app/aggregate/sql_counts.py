"""Counting the events of a question in groups, several ways at once and of one moment."""

from collections.abc import Sequence

from app.aggregate.grouping import GroupCounts, Grouping, fold_raw_keys
from app.aggregate.sql_groups import build_count_statement, compute_key_width
from app.db.database import Reads
from app.db.statements import Row
from app.errors import Fault, Invalid
from app.query.record_query import PlannedQuery

MOST_GROUPS = 100_000
"""More groups than this are an error, never a part of the answer."""


async def count_with_sql(
    reads: Reads, question: PlannedQuery, groupings: Sequence[Grouping]
) -> list[GroupCounts]:
    """One tally a grouping, all by one statement; Invalid if there are too many groups."""
    statement = build_count_statement(question, groupings)
    values = {**question.binds(), "most_groups": MOST_GROUPS + 1}
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
    """The raw keys and the measures of a row of (`width` keys, measures …)."""
    return row[: len(grouping.dimensions)], row[width : width + len(grouping.measures)]


def make_size_error(what: str) -> Invalid:
    """The error for an answer that would be too large."""
    detail = f"the answer would have {what}; ask for fewer dimensions, coarser ones, or less"
    return Invalid(detail, Fault(code="too-much", detail=detail, parameter="by"))
