"""Values inside stored documents, by a path that is part of the SQL and never of a query."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine

JsonPath = Sequence[str]


class document_value(FunctionElement[Any]):  # noqa: N801
    """The text, number or truth value (1 or 0) at `path` of a JSON text; NULL for others."""

    inherit_cache = False
    kinds: tuple[tuple[str, ...], str]
    written: str

    def __init__(self, document: ColumnElement[Any], path: JsonPath) -> None:
        super().__init__(document)
        self.path = tuple(path)


class document_text(document_value):  # noqa: N801
    """A text of a document."""

    type: TypeEngine[Any] = Text()
    kinds = ("text",), "string"
    written = "item #>> '{}'"


class document_number(document_value):  # noqa: N801
    """A number of a document, as a floating-point number."""

    type: TypeEngine[Any] = Float(53)
    kinds = ("integer", "real"), "number"
    written = "CAST(item #>> '{}' AS DOUBLE PRECISION)"


class document_truth(document_value):  # noqa: N801
    """A truth value of a document: 1 for true, 0 for false."""

    type: TypeEngine[Any] = Integer()
    kinds = ("true", "false"), "boolean"
    written = "CASE WHEN item = 'true' THEN 1 ELSE 0 END"


class utf8_bytes(FunctionElement[bytes]):  # noqa: N801
    """The UTF-8 bytes of a text, so that a text which is only passed on is never decoded."""

    type: TypeEngine[Any] = NullType()
    inherit_cache = True


class document_items(FunctionElement[Any]):  # noqa: N801
    """The items of the list at `path`, each as a text: a table of the one column `value`."""

    inherit_cache = False

    def __init__(self, document: ColumnElement[Any], path: JsonPath) -> None:
        super().__init__(document)
        self.path = tuple(path)


@compiles(document_text, "postgresql")
@compiles(document_number, "postgresql")
@compiles(document_truth, "postgresql")
def _render_value_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    (document,) = element.clauses
    there = _render_path_postgresql(element, compiler.process(document, **options))
    return (
        f"(SELECT CASE WHEN jsonb_typeof(item) = '{element.kinds[1]}' THEN {element.written} END"
        f" FROM (SELECT {there} AS item) AS found)"
    )


@compiles(document_text, "sqlite")
@compiles(document_number, "sqlite")
@compiles(document_truth, "sqlite")
def _render_value_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    (document,) = element.clauses
    kinds = ", ".join(f"'{kind}'" for kind in element.kinds[0])
    return (
        f"(SELECT atom FROM json_each({compiler.process(document, **options)},"
        f" '{_render_path_sqlite(element)}') WHERE type IN ({kinds}))"
    )


@compiles(document_items, "postgresql")
def _render_items_postgresql(element: document_items, compiler: Any, **options: Any) -> str:
    (document,) = element.clauses
    listed = _render_path_postgresql(element, compiler.process(document, **options))
    return f"jsonb_array_elements_text(COALESCE({listed}, '[]'))"


@compiles(document_items, "sqlite")
def _render_items_sqlite(element: document_items, compiler: Any, **options: Any) -> str:
    (document,) = element.clauses
    return f"json_each({compiler.process(document, **options)}, '{_render_path_sqlite(element)}')"


@compiles(utf8_bytes, "postgresql")
def _render_bytes_postgresql(element: utf8_bytes, compiler: Any, **options: Any) -> str:
    (text,) = element.clauses
    return f"convert_to({compiler.process(text, **options)}, 'UTF8')"


@compiles(utf8_bytes, "sqlite")
def _render_bytes_sqlite(element: utf8_bytes, compiler: Any, **options: Any) -> str:
    (text,) = element.clauses
    return f"CAST({compiler.process(text, **options)} AS BLOB)"


def _render_path_postgresql(element: Any, document: str) -> str:
    return f"CAST({document} AS JSONB) #> '{{{','.join(element.path)}}}'"


def _render_path_sqlite(element: Any) -> str:
    return ".".join(("$", *element.path))


class rows_as_json(FunctionElement[str]):  # noqa: N801
    """The rows of a select, each a JSON array of these columns, as one unordered JSON array."""

    type = Text()
    inherit_cache = True


@compiles(rows_as_json, "postgresql")
def _render_rows_postgresql(element: rows_as_json, compiler: Any, **options: Any) -> str:
    row = f"json_build_array({compiler.process(element.clauses, **options)})"
    return f"CAST(COALESCE(json_agg({row}), '[]') AS TEXT)"


@compiles(rows_as_json, "sqlite")
def _render_rows_sqlite(element: rows_as_json, compiler: Any, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **options)}))"
