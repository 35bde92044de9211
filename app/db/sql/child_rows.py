"""Rows of a child table as one text beside their parent."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class rows_as_json(FunctionElement[str]):  # noqa: N801
    """The rows of a select, each a JSON array of these columns, as one JSON array of no order."""

    type = Text()
    inherit_cache = True


@compiles(rows_as_json, "postgresql")
def _render_rows_postgresql(element: rows_as_json, compiler: Any, **options: Any) -> str:
    row = f"json_build_array({compiler.process(element.clauses, **options)})"
    return f"CAST(COALESCE(json_agg({row}), '[]') AS TEXT)"


@compiles(rows_as_json, "sqlite")
def _render_rows_sqlite(element: rows_as_json, compiler: Any, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"
