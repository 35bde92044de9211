"""SQL that the two databases spell differently, each as one construct with two renderings."""

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from sqlalchemy import BigInteger, BindParameter, ColumnElement, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement, GenericFunction
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from app.db.feed_positions import EPOCH_SHIFT, TRANSACTION_SHIFT

CONDITION = NullType()
"""The type of a condition of ours: as a Boolean it would be compared with 1 in SQLite."""


class ListType(TypeDecorator[list[Any]]):
    """Many values as one bind: an array in PostgreSQL, a JSON array in SQLite."""

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
        """What writes a list, if anything must; SQLite's JSON holds what its columns hold."""
        write = self.item.dialect_impl(dialect).bind_processor(dialect)
        if dialect.name != "postgresql":
            return partial(_json_list, write)
        return None if write is None else partial(_list, write)


def _list(write: Callable[[Any], Any] | None, values: list[Any] | None) -> list[Any] | None:
    return values if values is None or write is None else [write(value) for value in values]


def _json_list(write: Callable[[Any], Any] | None, values: list[Any] | None) -> str | None:
    return None if values is None else orjson.dumps(_list(write, values)).decode()


class any_of(FunctionElement[Any]):  # noqa: N801
    """`column` equals one of the values of a list bind."""

    type = CONDITION
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, BindParameter(name, type_=ListType(column.type), required=True))


@compiles(any_of, "postgresql")
def _any_of_postgresql(element: any_of, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(any_of, "sqlite")
def _any_of_sqlite(element: any_of, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    bound = compiler.process(values, **options)
    return f"{compiler.process(column, **options)} IN (SELECT value FROM json_each({bound}))"


class unindexed(FunctionElement[Any]):  # noqa: N801
    """A column for which SQLite looks into no index; PostgreSQL chooses by its statistics.

    SQLite does not plan by value, and prefers any index with `=` to the one that is short.
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed, "postgresql")
def _unindexed_postgresql(element: unindexed, compiler: Any, **options: Any) -> str:
    (column,) = element.clauses
    return str(compiler.process(column, **options))


@compiles(unindexed, "sqlite")
def _unindexed_sqlite(element: unindexed, compiler: Any, **options: Any) -> str:
    (column,) = element.clauses
    return f"+{compiler.process(column, **options)}"


class settled_before(GenericFunction[int]):  # noqa: N801
    """The first position that a transaction still open may write: all below it are settled.

    PostgreSQL: every transaction below the snapshot's xmin has ended (docs/design.md).
    SQLite has one writer, so all that is committed is settled.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(settled_before, "postgresql")
def _settled_postgresql(element: settled_before, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return _POSTGRESQL_BOUND.format("pg_snapshot_xmin")


@compiles(settled_before, "sqlite")
def _settled_sqlite(element: settled_before, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return _SQLITE_BOUND


class started_before(GenericFunction[int]):  # noqa: N801
    """The first position that no transaction has yet been given: what is open lies below it."""

    type = BigInteger()
    inherit_cache = True


@compiles(started_before, "postgresql")
def _started_postgresql(element: started_before, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return _POSTGRESQL_BOUND.format("pg_snapshot_xmax")


@compiles(started_before, "sqlite")
def _started_sqlite(element: started_before, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return _SQLITE_BOUND


_POSTGRESQL_BOUND = (
    f"(SELECT epoch << {EPOCH_SHIFT} FROM feed)"
    " + (CAST(CAST({}(pg_current_snapshot()) AS TEXT) AS BIGINT)"
    f" << {TRANSACTION_SHIFT})"
)
_SQLITE_BOUND = (
    f"(SELECT (epoch << {EPOCH_SHIFT})"
    f" + ((transaction_number + 1) << {TRANSACTION_SHIFT}) FROM feed)"
)
