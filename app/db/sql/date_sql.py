"""Arithmetic on days and coordinates that each database writes in its own way."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_DAYS_BEFORE_JULIAN = 1721424.5
"""The difference between SQLite's Julian day and an ordinal day."""


class month_number(FunctionElement[int]):  # noqa: N801
    """The month of an ordinal day, counted from the year 0: year * 12 + month - 1."""

    type = Integer()
    inherit_cache = True

    def __init__(self, day: ColumnElement[Any]) -> None:
        super().__init__(day)


@compiles(month_number, "postgresql")
def _render_month_postgresql(element: month_number, compiler: Any, **options: Any) -> str:
    (day,) = element.clauses
    date = f"(DATE '0001-01-01' + CAST(({compiler.process(day, **options)}) - 1 AS INTEGER))"
    year, month = (f"EXTRACT({part} FROM {date})" for part in ("YEAR", "MONTH"))
    return f"CAST({year} * 12 + {month} - 1 AS INTEGER)"


@compiles(month_number, "sqlite")
def _render_month_sqlite(element: month_number, compiler: Any, **options: Any) -> str:
    (day,) = element.clauses
    julian = f"({compiler.process(day, **options)}) + {_DAYS_BEFORE_JULIAN}"
    year, month = (f"CAST(strftime('%{part}', {julian}) AS INTEGER)" for part in ("Y", "m"))
    return f"({year} * 12 + {month} - 1)"


class grid_step(FunctionElement[int]):  # noqa: N801
    """The number of the step of `size` degrees that holds a coordinate, counted from `start`."""

    type = BigInteger()
    inherit_cache = True

    def __init__(self, coordinate: ColumnElement[Any], start: int, size: float) -> None:
        literal_size: ColumnElement[Any] = literal_column(f"{size!r}")
        super().__init__((coordinate - literal_column(f"({start}.0)")) / literal_size)


@compiles(grid_step, "postgresql")
def _render_step_postgresql(element: grid_step, compiler: Any, **options: Any) -> str:
    (quotient,) = element.clauses
    return f"CAST(floor({compiler.process(quotient, **options)}) AS BIGINT)"


@compiles(grid_step, "sqlite")
def _render_step_sqlite(element: grid_step, compiler: Any, **options: Any) -> str:
    (quotient,) = element.clauses
    return f"CAST({compiler.process(quotient, **options)} AS INTEGER)"
