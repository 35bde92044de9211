"""Counting the events of a question in groups, several ways at once and of one moment."""

from collections.abc import Sequence

from app.aggregate.grouping import Grouping, Tally, fold
from app.aggregate.sql_groups import tally_statement, width_of
from app.db.database import Reads
from app.db.statements import Row
from app.errors import Fault, Invalid
from app.query.record_query import PlannedQuery

MOST_GROUPS = 100_000
"""More groups than this are an error, never a part of the answer."""


async def tally(reads: Reads, question: PlannedQuery, groupings: Sequence[Grouping]) -> list[Tally]:
    """One tally a grouping, all by one statement; Invalid if there are too many groups."""
    statement = tally_statement(question, groupings)
    values = {**question.binds(), "most_groups": MOST_GROUPS + 1}
    rows = await reads.fetch(statement, values)
    if len(rows) > MOST_GROUPS:
        raise too_much(f"more than {MOST_GROUPS:,} groups")
    parts: list[list[Row]] = [[] for _ in groupings]
    for number, *row in rows:
        parts[number].append(tuple(row))
    width = width_of(groupings)
    return [
        fold(grouping, (_split(grouping, row, width) for row in part))
        for grouping, part in zip(groupings, parts, strict=True)
    ]


def _split(grouping: Grouping, row: Row, width: int) -> tuple[Row, Row]:
    """The raw keys and the measures of a row of (`width` keys, measures …)."""
    return row[: len(grouping.dimensions)], row[width : width + len(grouping.measures)]


def too_much(what: str) -> Invalid:
    """The error for an answer that would be too large."""
    detail = f"the answer would have {what}; ask for fewer dimensions, coarser ones, or less"
    return Invalid(detail, Fault(code="too-much", detail=detail, parameter="by"))
