"""Predicates: conditions apart from their values, so that their SQL is made only once."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy import ColumnElement, FromClause

from app.query.column_conditions import ColumnCondition, NoMask
from app.query.table_view import TableView


@dataclass(frozen=True, slots=True)
class Driver:
    """A child table whose index gives the events of a condition in date order."""

    table: FromClause
    condition: ColumnElement[bool]
    event_id: ColumnElement[Any]
    order_key: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class CellArea:
    """The cells by which the events of an area are found, and its condition without them."""

    cell_size: int
    cells: Sequence[int]
    without_cells: "Callable[[], Predicate]"


@dataclass(frozen=True, slots=True)
class Predicate:
    """The condition of one parameter; conditions of the same `shape` have the same SQL.

    `rank` orders drivers: of several, the lowest drives. `split` are conditions that exclude each
    other and together equal `where`: the first is walked in date order by any index of the query,
    the second, in the present, by an index of its own over the columns `walked`. `of_events`: the
    values are events, and include the events merged into them; it makes the same condition of
    more of them. `area`: events are found by cells. `mask` is the same condition on columns, or
    the reason why columns do not have it.
    """

    name: str
    shape: Hashable
    binds: Mapping[str, Any]
    where: Callable[[TableView], ColumnElement[bool]]
    drive: Callable[[], Driver] | None = None
    rank: int = 0
    split: tuple[Callable[[TableView], ColumnElement[bool]], ...] = ()
    walked: frozenset[str] | None = None
    of_events: "Callable[[list[Any]], Predicate] | None" = None
    area: CellArea | None = None
    mask: ColumnCondition | NoMask = field(kw_only=True)


class Filter(Protocol):
    """The meaning of a parameter of a query model, in its annotation."""

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate | Sequence[Predicate]:
        """Return the predicates of a value; other parameters may change its meaning."""
        ...


def find_marks(model: type[BaseModel], accepts: Callable[[Any], bool]) -> dict[str, Any]:
    """Return the parameters of a query model whose annotation has an accepted mark, with it."""
    return {
        name: mark
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if accepts(mark)
    }


@cache
def get_filters(model: type[BaseModel]) -> dict[str, Filter]:
    """Return the parameters of a query model that filter, with their filters."""
    return find_marks(model, lambda mark: hasattr(mark, "lower"))
