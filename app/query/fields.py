"""Fields of filters: their kinds of value, and their SQL.

A field has the name of its parameter. The parameter's filter makes the field (`field`), so that
CQL2 has every parameter of a column or a list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, get_args
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from sqlalchemy import ColumnElement, Table

from app.query.names.resolve_names import RefersTo
from app.query.predicates import Filter, get_filters
from app.query.table_view import RowCondition, TableView

ColumnReader = Callable[[TableView], ColumnElement[Any]]
ItemTest = Callable[[ColumnElement[Any]], ColumnElement[bool]]

TEXT, NUMBER, TRUTH, ID = "text", "number", "truth", "id"
DAY, INSTANT, SPAN = "day", "instant", "span"
PLACE, LIST = "place", "list"


class FieldItems(Protocol):
    """The items of a list, such as an event's tags."""

    def any(self, view: TableView, test: ItemTest) -> ColumnElement[bool]:
        """Test whether one item passes."""
        ...


@dataclass(frozen=True)
class ChildItems:
    """Items that are rows of a child table: `column`, where `condition` holds."""

    table: Table
    column: str
    condition: RowCondition | None = None

    def any(self, view: TableView, test: ItemTest) -> ColumnElement[bool]:
        """Test the event's rows."""

        def holds(table: Any) -> ColumnElement[bool]:
            found = test(table.c[self.column])
            return found if self.condition is None else self.condition(table) & found

        return view.has_child(self.table, holds)


@dataclass(frozen=True)
class FilterField:
    """A field that a filter can name.

    `read` gives a value, NULL if unknown; spans and places have no `read`. `ends` gives the first
    and last day of a span, with sentinels for open ends. `values` parses values compared with `=`
    or `IN`; `refers` is the kind of record that they name; `filter` is the parameter's own, which
    may be driven by an index. `words` are all values that a list can have.
    """

    name: str
    kind: str
    read: ColumnReader | None = None
    items: FieldItems | None = None
    ends: tuple[ColumnReader, ColumnReader] | None = None
    words: Sequence[str] = ()
    values: TypeAdapter[Any] | None = None
    refers: str | None = None
    filter: Filter | None = field(default=None, compare=False)


def get_fields(
    model: type[BaseModel], others: Mapping[str, FilterField]
) -> Mapping[str, FilterField]:
    """Return the fields of a query model's parameters, and others that have no parameter."""
    known = _FIELDS.get(model)
    if known is None:
        found = dict(others)
        for name, meaning in get_filters(model).items():
            of_parameter = getattr(meaning, "field", None)
            if of_parameter is not None:
                info = model.model_fields[name]
                found[name] = _add_values(of_parameter(name), info, meaning)
        known = _FIELDS[model] = found
    return known


def _add_values(found: FilterField, info: FieldInfo, meaning: Filter) -> FilterField:
    refers = next((mark.kind for mark in info.metadata if isinstance(mark, RefersTo)), None)
    annotation: Any = info.annotation
    kind = ID if _has_ids(annotation) else found.kind
    values: TypeAdapter[Any] = TypeAdapter(annotation)
    return replace(found, kind=kind, values=values, refers=refers, filter=meaning)


def _has_ids(annotation: Any) -> bool:
    return annotation is UUID or any(_has_ids(part) for part in get_args(annotation))


_FIELDS: dict[type[BaseModel], Mapping[str, FilterField]] = {}
