"""Statements that are compiled once and run on the driver, with no work in between."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.util import await_only

from app.db.sql.text_sql import TRANSLATE_FUNCTION

Row = tuple[Any, ...]
AnySelect = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
AnyChange = Insert | Update | Delete
Processor = Callable[[Any], Any]

_MERGING_DIALECTS = {"sqlite"}


class CompiledStatement:
    """SQL text, with the conversions of its values on their way in and out."""

    def __init__(self, statement: AnySelect | AnyChange, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.calls_python = TRANSLATE_FUNCTION in self.sql
        """True if SQLite calls functions of ours for each row."""
        self._positions: tuple[str, ...] = tuple(getattr(compiled, "positiontup", None) or ())
        named = {name: bind for bind, name in compiled.bind_names.items()}
        self._defaults = {name: bind.effective_value for name, bind in named.items()}
        self._writers = {
            name: writer
            for name, bind in named.items()
            if (writer := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        readers: list[Processor | None] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in _list_columns(statement)
        ]
        self._readers = readers if any(readers) else None

    def bind_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values by name, as the driver takes them."""
        bound = {**self._defaults, **values}
        for name, write in self._writers.items():
            bound[name] = write(bound[name])
        return bound

    def list_arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values in the order of the SQL's placeholders."""
        bound = self.bind_values(values)
        return [bound[name] for name in self._positions]

    def read_rows(self, fetched: Sequence[Any]) -> list[Row]:
        """Return the rows with their values converted to Python's types."""
        readers = self._readers
        if readers is None:
            return list(fetched)
        return [
            tuple(
                read(value) if read is not None else value
                for read, value in zip(readers, row, strict=True)
            )
            for row in fetched
        ]


class Statement:
    """A select or change with named binds, compiled at its first use.

    Given a function that makes the select, it keeps only the compiled form: the select of a query
    takes some ninety kilobytes, its SQL five. `merging` makes the same select for a database that
    merges the parts of a union in their common order by itself, without a limit on each part.
    """

    def __init__(
        self,
        select: AnySelect | AnyChange | Callable[[], AnySelect],
        merging: Callable[[], AnySelect] | None = None,
    ) -> None:
        self._select = select
        self._merging = merging
        self._compiled: dict[str, CompiledStatement] = {}
        self._has_been_short = False
        self._in_doubt_until = 0.0

    def is_short(self, now: float) -> bool:
        """Return whether it was fast before, and has not been slow for a while."""
        return self._has_been_short and now >= self._in_doubt_until

    def mark_short(self) -> None:
        """Remember that it was fast."""
        self._has_been_short = True

    def mark_long(self, until: float) -> None:
        """Remember, until then, that it was slow."""
        self._in_doubt_until = until

    def compile_for(self, dialect: Dialect) -> CompiledStatement:
        """Return the compiled form for this database."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            select = self._make_for(dialect)
            compiled = self._compiled[dialect.name] = CompiledStatement(select, dialect)
        return compiled

    def _make_for(self, dialect: Dialect) -> AnySelect | AnyChange:
        if self._merging is not None and dialect.name in _MERGING_DIALECTS:
            return self._merging()
        return self._select() if callable(self._select) else self._select


def fetch(connection: Connection, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
    """Run one statement in the open transaction of a connection of SQLAlchemy's.

    The driver's errors are raised unchanged.
    """
    compiled, driver = statement.compile_for(connection.dialect), get_driver(connection)
    if connection.dialect.is_async:
        return compiled.read_rows(
            await_only(driver.fetch(compiled.sql, *compiled.list_arguments(values)))
        )
    return compiled.read_rows(driver.execute(compiled.sql, compiled.bind_values(values)).fetchall())


def run_many(
    connection: Connection, statement: Statement, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run a change once for each row of values, on a synchronous driver."""
    compiled = statement.compile_for(connection.dialect)
    get_driver(connection).executemany(compiled.sql, [compiled.bind_values(row) for row in rows])


def get_driver(connection: Connection) -> Any:
    """Return the driver's own connection."""
    return connection.connection.driver_connection


def _list_columns(statement: AnySelect | AnyChange) -> Sequence[Any]:
    return () if isinstance(statement, AnyChange) else list(statement.selected_columns)
