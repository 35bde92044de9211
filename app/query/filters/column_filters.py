"""The kinds of filter that any noun can have; each stands in a parameter's annotation."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import bindparam, or_

from app.db.sql.array_sql import any_of
from app.query.fields import TEXT, FilterField
from app.query.predicates import Predicate
from app.query.table_view import TableView


@dataclass(frozen=True)
class Equals:
    """The column equals the value, or one of the values."""

    column: str

    def field(self, name: str) -> FilterField:
        """The column, under the parameter's name."""
        return FilterField(name, TEXT, read=lambda view: view.column(self.column))

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """One value is compared, several travel as one list."""
        del query
        values = value if isinstance(value, list) else [value]
        if len(values) == 1:
            return Predicate(
                name, "one", {name: values[0]}, lambda view: self._match_one(view, name)
            )
        return Predicate(name, "many", {name: values}, lambda view: self._match_many(view, name))

    def _match_one(self, view: TableView, name: str) -> Any:
        column = view.column(self.column)
        return column == bindparam(name, type_=column.type, required=True)

    def _match_many(self, view: TableView, name: str) -> Any:
        return any_of(view.column(self.column), name)


@dataclass(frozen=True)
class Differs:
    """The column has another value."""

    column: str

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare."""
        del query

        def where(view: TableView) -> Any:
            column = view.column(self.column)
            return column != bindparam(name, type_=column.type, required=True)

        return Predicate(name, "", {name: value}, where)


@dataclass(frozen=True)
class AtLeast:
    """The column is the value or more."""

    column: str

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare."""
        del query

        def where(view: TableView) -> Any:
            column = view.column(self.column)
            return column >= bindparam(name, type_=column.type, required=True)

        return Predicate(name, "", {name: value}, where)


@dataclass(frozen=True)
class AtMost:
    """The column is the value or less, and known: `unknown` is what stands for "unknown"."""

    column: str
    unknown: int | None = None

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare, leaving out what is not known."""
        del query

        def where(view: TableView) -> Any:
            column = view.column(self.column)
            found = column <= bindparam(name, type_=column.type, required=True)
            return found if self.unknown is None else found & (column != self.unknown)

        return Predicate(name, "", {name: value}, where)


@dataclass(frozen=True)
class IsSet:
    """Whether a 0-or-1 column is 1."""

    column: str

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare with 0 or 1, which an index can use where a boolean could not."""
        del query
        wanted = int(value)
        return Predicate(name, wanted, {}, lambda view: view.column(self.column) == wanted)


@dataclass(frozen=True)
class LessThan:
    """The column is less than the value, and known: `unknown` is what stands for "unknown"."""

    column: str
    unknown: int | None = None

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """Compare."""
        del query

        def where(view: TableView) -> Any:
            column = view.column(self.column)
            found = column < bindparam(name, type_=column.type, required=True)
            return found if self.unknown is None else found & (column != self.unknown)

        return Predicate(name, "", {name: value}, where)


class NamesEvent:
    """One of the columns names one of the events, or an event that was merged into one of them."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns

    def lower(self, query: BaseModel, name: str, value: Any) -> Predicate:
        """The events merged into these are added when the question's moment is known."""
        del query
        return self._build_predicate(name, value if isinstance(value, list) else [value])

    def _build_predicate(self, name: str, values: list[Any]) -> Predicate:
        one = len(values) == 1

        def where(view: TableView) -> Any:
            columns = [view.column(each) for each in self.columns]
            if one:
                return or_(*(each == bindparam(name, type_=each.type) for each in columns))
            return or_(*(any_of(each, name) for each in columns))

        binds = {name: values[0] if one else values}
        return Predicate(
            name, (one, self.columns), binds, where, of_events=partial(self._build_predicate, name)
        )
