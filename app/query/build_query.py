"""From the parameters of a list to the question that they ask."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid

from app.query.params import QueryModel
from app.query.predicates import lower_query
from app.query.record_query import PlannedQuery
from app.query.resource_type import ResourceType
from app.values.caller import Caller


def build_query(noun: ResourceType, query: QueryModel, caller: Caller) -> PlannedQuery:
    """The question that a list's parameters ask, from its first page."""
    sort = str(getattr(query, "sort", noun.default_sort))
    return PlannedQuery(
        noun=noun,
        caller=caller,
        predicates=lower_query(query),
        **parse_sort(sort),
    )


def parse_sort(sort: str) -> dict[str, Any]:
    """What a question says of its order, from the name of one, `-` for descending."""
    return {"sort": sort.removeprefix("-"), "descending": sort.startswith("-")}


@dataclass(frozen=True, slots=True)
class PageStart:
    """Where an answer begins: the position that it is of, and the sort key of the last page."""

    at: int | None
    keys: tuple[Any, ...] | None = None

    def question(self, question: PlannedQuery) -> PlannedQuery:
        """The question from there on."""
        begun = replace(question, as_of=self.at)
        if self.keys is None:
            return begun
        names = question.noun.sorts[question.order]
        after = tuple(
            _convert_key(question.noun, name, key)
            for name, key in zip(names, self.keys, strict=True)
        )
        return replace(begun, after=after)


def _convert_key(noun: ResourceType, name: str, key: Any) -> Any:
    column = noun.table.c.get(name)
    return UUID(key) if column is not None and isinstance(column.type, Uuid) else key
