"""Putting a question to the database: a page, or a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.database import Database, Reads
from app.db.statements import Row
from app.query.compile import count_statement, datasets_statement, page_statement
from app.query.dense_areas import past_crowds
from app.query.record_query import Question


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and the sort key that it ended with if there is more."""

    rows: list[Row]
    next_key: tuple[Any, ...] | None

    @property
    def documents(self) -> list[str]:
        """The stored documents."""
        return [row[0] for row in self.rows]


async def read_page(database: Database, question: Question, limit: int) -> Page:
    """One page of the answer, by the fastest way."""
    return await read_planned(database, await past_crowds(database, question, limit), limit)


async def read_planned(reads: Reads, question: Question, limit: int) -> Page:
    """One page of the answer, by the way that was chosen: on a snapshot that is done before."""
    values: Mapping[str, Any] = {**question.binds(), "limit": limit + 1}
    rows = await reads.fetch(page_statement(question), values)
    if len(rows) <= limit:
        return Page(rows, None)
    keys = len(question.noun.sorts[question.order])
    return Page(rows[:limit], tuple(rows[limit - 1][-keys:]))


async def read_count(reads: Reads, question: Question) -> int:
    """How many records answer the question."""
    ((value,),) = await reads.fetch(count_statement(question), question.binds())
    return int(value)


async def read_datasets(database: Reads, question: Question) -> list[str]:
    """The documents of the datasets that the answer has records of, by slug."""
    whole = question.from_start()
    rows = await database.fetch(datasets_statement(whole), whole.binds())
    return [document for _, document in rows]
