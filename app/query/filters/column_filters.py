"""Filters on columns, for any resource type; parameters have them in their annotation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import ge, le, lt
from typing import Any

from pydantic import BaseModel
from sqlalchemy import bindparam, or_

from app.db.sql.array_sql import any_of
from app.query.column_conditions import (
    NOT_OF_EVENTS,
    AllOf,
    Compares,
    IsAmong,
    NoMask,
    Operator,
)
from app.query.fields import TEXT, FilterField
from app.query.predicates import Predicate
from app.query.table_view import TableView

_NOT_ASKED = NoMask("no count is asked with it")


_ORDERINGS: Mapping[Operator, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">=": ge}


def _lower_comparison(
    column: str, sign: Operator, name: str, value: Any, unknown: int | None = None
) -> Predicate:
    """Return the predicate of an ordering; it excludes events whose value is `unknown`."""
    compare = _ORDERINGS[sign]

    def where(view: TableView) -> Any:
        selected = view.column(column)
        found = compare(selected, bindparam(name, type_=selected.type, required=True))
        return found if unknown is None else found & (selected != unknown)

    compared = Compares(column, sign, value)
    known = AllOf((compared, Compares(column, "!=", unknown))) if unknown is not None else compared
    return Predicate(name, "", {name: value}, where, mask=known)


@dataclass(frozen=True)
class Equals:
    """A filter on a column that equals the value, or one of the values."""

    column: str

    def field(self, name: str) -> FilterField:
        """Return the column as a field."""
        return FilterField(name, TEXT, read=lambda view: view.column(self.column))

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare with one value, or with several as one list."""
        del query
        values = value if isinstance(value, list) else [value]
        several = len(values) > 1
        match = self._match_many if several else self._match_one
        return Predicate(
            name,
            "many" if several else "one",
            {name: values if several else values[0]},
            lambda view: match(view, name),
            mask=IsAmong(self.column, values),
        )

    def _match_one(self, view: TableView, name: str) -> Any:
        column = view.column(self.column)
        return column == bindparam(name, type_=column.type, required=True)

    def _match_many(self, view: TableView, name: str) -> Any:
        return any_of(view.column(self.column), name)


@dataclass(frozen=True)
class Differs:
    """A filter on a column that does not equal the value."""

    column: str

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare."""
        del query

        def where(view: TableView) -> Any:
            column = view.column(self.column)
            return column != bindparam(name, type_=column.type, required=True)

        return Predicate(name, "", {name: value}, where, mask=_NOT_ASKED)


@dataclass(frozen=True)
class AtLeast:
    """A filter on a column that is the value or more."""

    column: str

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare."""
        del query
        return _lower_comparison(self.column, ">=", name, value)


@dataclass(frozen=True)
class AtMost:
    """A filter on a column that is the value or less; `unknown` is the sentinel of no value."""

    column: str
    unknown: int | None = None

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare, without unknown values."""
        del query
        return _lower_comparison(self.column, "<=", name, value, self.unknown)


@dataclass(frozen=True)
class IsSet:
    """A filter on a column of 0 or 1."""

    column: str

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare with 0 or 1, which an index can use where a boolean could not."""
        del query
        wanted = int(value)
        mask = Compares(self.column, "=", wanted)
        return Predicate(
            name, wanted, {}, lambda view: view.column(self.column) == wanted, mask=mask
        )


@dataclass(frozen=True)
class LessThan:
    """A filter on a column that is less than the value; `unknown` is the sentinel of no value."""

    column: str
    unknown: int | None = None

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare."""
        del query
        return _lower_comparison(self.column, "<", name, value, self.unknown)


class NamesEvent:
    """A filter on columns that name one of the events, or an event merged into one of them."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare; `plan` adds the events that were merged into these at the query's position."""
        del query
        return self._build_predicate(name, value if isinstance(value, list) else [value])

    def _build_predicate(self, name: str, values: list[Any]) -> Predicate:
        one = len(values) == 1

        def where(view: TableView) -> Any:
            columns = [view.column(named) for named in self.columns]
            if one:
                return or_(*(column == bindparam(name, type_=column.type) for column in columns))
            return or_(*(any_of(column, name) for column in columns))

        return Predicate(
            name,
            (one, self.columns),
            {name: values[0] if one else values},
            where,
            of_events=partial(self._build_predicate, name),
            mask=NOT_OF_EVENTS,
        )
