"""Lists of values in SQL, and other constructs that each database renders in its own way."""

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from sqlalchemy import BindParameter, ColumnElement, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

CONDITION_TYPE = NullType()
"""The type of our own conditions: SQLite would compare a Boolean with 1."""


class ListType(TypeDecorator[list[Any]]):
    """A list of values as one bind: an array in PostgreSQL, a JSON array in SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Any) -> TypeEngine[Any]:
        """Choose the bind's type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(self.item))  # type: ignore[no-any-return]
        return dialect.type_descriptor(Text())  # type: ignore[no-any-return]

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any] | None:
        """Return the function that converts a list, or None; SQLite takes JSON of stored values."""
        write = self.item.dialect_impl(dialect).bind_processor(dialect)
        if dialect.name != "postgresql":
            return partial(_dump_items, write)
        return None if write is None else partial(_convert_items, write)


def _convert_items(
    write: Callable[[Any], Any] | None, values: list[Any] | None
) -> list[Any] | None:
    return values if values is None or write is None else [write(value) for value in values]


def _dump_items(write: Callable[[Any], Any] | None, values: list[Any] | None) -> str | None:
    return None if values is None else orjson.dumps(_convert_items(write, values)).decode()


class any_of(FunctionElement[Any]):  # noqa: N801
    """The condition that `column` equals one of the values of a list bind."""

    type = CONDITION_TYPE
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, BindParameter(name, type_=ListType(column.type), required=True))


@compiles(any_of, "postgresql")
def _render_any_of_postgresql(element: any_of, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(any_of, "sqlite")
def _render_any_of_sqlite(element: any_of, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    bound = compiler.process(values, **options)
    return f"{compiler.process(column, **options)} IN (SELECT value FROM json_each({bound}))"


class without_index(FunctionElement[Any]):  # noqa: N801
    """A column for which SQLite uses no index; PostgreSQL chooses by its statistics.

    SQLite does not plan by value, and prefers any index with `=` to the selective one.
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(without_index, "postgresql")
def _render_plain_postgresql(element: without_index, compiler: Any, **options: Any) -> str:
    (column,) = element.clauses
    return str(compiler.process(column, **options))


@compiles(without_index, "sqlite")
def _render_plain_sqlite(element: without_index, compiler: Any, **options: Any) -> str:
    (column,) = element.clauses
    return f"+{compiler.process(column, **options)}"
