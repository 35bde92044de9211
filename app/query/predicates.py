"""A condition of a question, apart from its values, so that its SQL is made only once."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy import ColumnElement, FromClause

from app.query.column_conditions import ColumnCondition, NoMask
from app.query.table_view import TableView


@dataclass(frozen=True, slots=True)
class Driver:
    """A child table whose index yields the events of a condition in date order."""

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
    """One parameter's condition: `shape` tells conditions of different SQL apart.

    `rank` says how much a driver is worth: of several, the one with the lowest drives. `split`
    are conditions that exclude each other and together say what `where` says: the first is
    walked in date order by whatever index the question has, the second, if the present is asked,
    by an index of its own over the columns `walked`. `of_events`: its values are events, and mean
    what was merged into them as well; it makes the same condition of more of them. `area`: it is
    found by cells. `mask` is the same condition on columns, or the reason why there is none.
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
    """What a parameter of a query model means; it stands in the parameter's annotation."""

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate | Sequence[Predicate]:
        """The condition, or conditions, for this value; other parameters may change its meaning."""
        ...


def get_filters(model: type[BaseModel]) -> dict[str, Filter]:
    """The parameters of a query model that filter, with what they mean."""
    known = _FILTERS.get(model)
    if known is None:
        known = _FILTERS[model] = {
            name: meaning
            for name, field in model.model_fields.items()
            for meaning in field.metadata
            if hasattr(meaning, "lower")
        }
    return known


_FILTERS: dict[type[BaseModel], dict[str, Filter]] = {}
