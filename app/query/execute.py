"""Putting a question to the database: a page, or a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.database import Database, Reads
from app.db.statements import Row
from app.query.compile import compile_count, compile_datasets, compile_page
from app.query.dense_areas import avoid_dense_cells
from app.query.record_query import PlannedQuery


@dataclass(frozen=True, slots=True)
class ResultPage:
    """The rows of one page, and the sort key that it ended with if there is more."""

    rows: list[Row]
    next_key: tuple[Any, ...] | None

    @property
    def documents(self) -> list[str]:
        """The stored documents."""
        return [row[0] for row in self.rows]


async def read_page(database: Database, question: PlannedQuery, limit: int) -> ResultPage:
    """One page of the answer, by the fastest way."""
    return await execute_page(database, await avoid_dense_cells(database, question, limit), limit)


async def execute_page(reads: Reads, question: PlannedQuery, limit: int) -> ResultPage:
    """One page of the answer, by the way that was chosen: on a snapshot that is done before."""
    values: Mapping[str, Any] = {**question.binds(), "limit": limit + 1}
    rows = await reads.fetch(compile_page(question), values)
    if len(rows) <= limit:
        return ResultPage(rows, None)
    keys = len(question.noun.sorts[question.order])
    return ResultPage(rows[:limit], tuple(rows[limit - 1][-keys:]))


async def read_count(reads: Reads, question: PlannedQuery) -> int:
    """How many records answer the question."""
    ((value,),) = await reads.fetch(compile_count(question), question.binds())
    return int(value)


async def read_datasets(database: Reads, question: PlannedQuery) -> list[str]:
    """The documents of the datasets that the answer has records of, by slug."""
    whole = question.from_start()
    rows = await database.fetch(compile_datasets(whole), whole.binds())
    return [document for _, document in rows]
