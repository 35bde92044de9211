"""From the parameters of a list to the question that they ask."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid

from app.query.noun import Noun
from app.query.params import Query
from app.query.predicates import lower
from app.query.question import Question
from app.query.seal import Seal
from app.values.callers import Caller


def ask(noun: Noun, query: Query, caller: Caller) -> Question:
    """The question that a list's parameters ask, from its first page."""
    sort = str(getattr(query, "sort", noun.default_sort))
    return Question(
        noun=noun,
        caller=caller,
        predicates=lower(query),
        **order_of(sort),
    )


def order_of(sort: str) -> dict[str, Any]:
    """What a question says of its order, from the name of one, `-` for descending."""
    return {"sort": sort.removeprefix("-"), "descending": sort.startswith("-")}


def resume(question: Question, asked: str, cursor: str, seal: Seal) -> Question:
    """The question from where the cursor says, at the position that the walk is pinned to.

    `asked` is the text of the question that the cursor must belong to.
    """
    keys, as_of = seal.open_cursor(asked, cursor)
    after = tuple(
        _as_column(question.noun, name, key)
        for name, key in zip(question.noun.sorts[question.order], keys, strict=True)
    )
    return replace(question, after=after, as_of=as_of if as_of is not None else question.as_of)


def _as_column(noun: Noun, name: str, key: Any) -> Any:
    column = noun.table.c.get(name)
    return UUID(key) if column is not None and isinstance(column.type, Uuid) else key
