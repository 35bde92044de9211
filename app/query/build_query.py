"""From the parameters of a list to the question that they ask."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid

from app.query.params import Query
from app.query.predicates import lower
from app.query.record_query import Question
from app.query.resource_type import Noun
from app.values.caller import Caller


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


@dataclass(frozen=True, slots=True)
class Start:
    """Where an answer begins: the position that it is of, and the sort key of the last page."""

    at: int | None
    keys: tuple[Any, ...] | None = None

    def question(self, question: Question) -> Question:
        """The question from there on."""
        begun = replace(question, as_of=self.at)
        if self.keys is None:
            return begun
        names = question.noun.sorts[question.order]
        after = tuple(
            _as_column(question.noun, name, key) for name, key in zip(names, self.keys, strict=True)
        )
        return replace(begun, after=after)


def _as_column(noun: Noun, name: str, key: Any) -> Any:
    column = noun.table.c.get(name)
    return UUID(key) if column is not None and isinstance(column.type, Uuid) else key
