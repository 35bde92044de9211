"""Execution of planned queries: a page, a count, or the whole answer piece by piece."""

from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from app.db.database import Database, Reads
from app.db.statements import Row, Statement
from app.query.compile import build_count, build_datasets, build_documents, build_page
from app.query.planning import plan
from app.query.record_query import PlannedQuery, RecordQuery

MAX_SHAPES = 4096
MAX_SHAPE_WEIGHT = 300


@dataclass(frozen=True, slots=True)
class ResultPage:
    """The rows of one page, and the sort key that it ended with if there is more."""

    rows: list[Row]
    next_key: tuple[Any, ...] | None

    @property
    def documents(self) -> list[str]:
        """The stored documents."""
        return [row[0] for row in self.rows]


async def fetch_first(database: Database, query: RecordQuery, limit: int) -> ResultPage:
    """Plan a query and fetch its first `limit` records."""
    return await fetch_page(database, await plan(database, query, limit))


async def fetch_page(reads: Reads, planned: PlannedQuery) -> ResultPage:
    """Fetch the page of a query that was planned with a limit.

    Rows are (document, fields known by a day …, sort key …).
    """
    limit = planned.limit
    assert limit is not None, "a page has a limit"
    if planned.page_predicates is not None:
        planned = replace(planned, predicates=planned.page_predicates)
    statement = cache_statement(
        ("page", planned.shape),
        lambda: build_page(planned),
        lambda: build_page(planned, merging=True),
    )
    rows = await reads.fetch(statement, {**planned.binds(), "limit": limit + 1})
    if len(rows) <= limit:
        return ResultPage(rows, None)
    keys = len(planned.resource_type.sorts[planned.order])
    return ResultPage(rows[:limit], tuple(rows[limit - 1][-keys:]))


async def count(reads: Reads, planned: PlannedQuery) -> int:
    """Count the records of a query."""
    statement = cache_statement(("count", planned.shape), lambda: build_count(planned))
    ((value,),) = await reads.fetch(statement, planned.binds())
    return int(value)


async def fetch_datasets(reads: Reads, planned: PlannedQuery) -> list[str]:
    """Fetch the documents of the datasets of a query's records, by slug."""
    whole = planned.from_start()
    statement = cache_statement(("datasets", whole.shape), lambda: build_datasets(whole))
    return [document for _, document in await reads.fetch(statement, whole.binds())]


def stream_lines(
    database: Database, planned: PlannedQuery
) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
    """Open all stored documents of a query, in its order, as chunks of lines of JSON."""
    statement = cache_statement(
        ("documents", planned.shape),
        lambda: build_documents(planned),
        lambda: build_documents(planned, merging=True),
    )
    return database.stream_lines(statement, planned.binds())


def stream_rows(
    database: Database, planned: PlannedQuery
) -> AbstractAsyncContextManager[AsyncIterator[list[Row]]]:
    """Open all rows of a query, in its order, in batches; they are as those of a page."""
    statement = cache_statement(
        ("rows", planned.shape),
        lambda: build_page(planned, limited=False),
        lambda: build_page(planned, limited=False, merging=True),
    )
    return database.stream(statement, planned.binds())


def cache_statement(
    shape: Hashable, make: Callable[[], Any], merging: Callable[[], Any] | None = None
) -> Statement:
    """Return the statement of a shape of query, made at its first use.

    Heavy shapes are not kept: a filter of many parts comes once, and would only fill the memory.
    """
    statement = _STATEMENTS.get(shape)
    if statement is None and _weigh(shape) > MAX_SHAPE_WEIGHT:
        return Statement(make, merging)
    if statement is None:
        if len(_STATEMENTS) >= MAX_SHAPES:
            _STATEMENTS.clear()
        statement = _STATEMENTS[shape] = Statement(make, merging)
    return statement


def _weigh(shape: Hashable) -> int:
    """Count the parts that a shape is made of."""
    return sum(map(_weigh, shape), 1) if isinstance(shape, tuple) else 1


_STATEMENTS: dict[Hashable, Statement] = {}
