"""Points in polygons, decided by an exact count of the edges that a ray eastwards crosses."""

from typing import Any

import orjson
from sqlalchemy import BigInteger, BindParameter, ColumnElement, Dialect, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.db.sql.array_sql import CONDITION_TYPE
from app.values.polygons import LINE_EDGE, RING_EDGE, UNITS, GeometryEdge

NUMBERS_PER_EDGE = 6
"""The numbers of an edge: its part, its kind, and its two ends."""


class EdgesType(TypeDecorator[tuple[GeometryEdge, ...]]):
    """The edges of a shape as one bind: one flat array in PostgreSQL, JSON lists in SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the bind's type."""
        flat = ARRAY(BigInteger())
        return dialect.type_descriptor(flat if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: tuple[GeometryEdge, ...] | None, dialect: Dialect) -> Any:
        """Write the edges."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return [number for edge in value for number in edge]
        return orjson.dumps(value).decode()


class point_in_polygon(FunctionElement[Any]):  # noqa: N801
    """The condition that a point lies in the shape whose edges are bound as `name`.

    With `inside`, the point lies in the interior of a part: not on the ring of a polygon, not on
    the ends of a line. Otherwise a point on the edge counts too.
    """

    type = CONDITION_TYPE
    inherit_cache = True

    def __init__(
        self,
        longitude: ColumnElement[Any],
        latitude: ColumnElement[Any],
        name: str,
        *,
        inside: bool,
    ) -> None:
        edges = BindParameter(name, type_=EdgesType(), required=True)
        super().__init__(longitude, latitude, edges)
        self.inside = inside


_ALONG = "(x2 - x1) * (y - y1)"
_ACROSS = "(x - x1) * (y2 - y1)"
_IS_ON = f"{_ALONG} = {_ACROSS} AND (x BETWEEN x1 AND x2 OR x BETWEEN x2 AND x1)"
_CROSSED = (
    f"sum(CASE WHEN kind = {RING_EDGE} AND y < y2 AND {_ALONG} > {_ACROSS} THEN 1 ELSE 0 END)"
)


def _count_edges(condition: str) -> str:
    return f"sum(CASE WHEN {condition}{_IS_ON} THEN 1 ELSE 0 END)"


_TOUCHED = f"{_count_edges('')} > 0 OR {_CROSSED} % 2 = 1"
_OFF_THE_EDGE = f"{_count_edges(f'kind <> {LINE_EDGE} AND ')} = 0"
_ON_A_LINE = f"{_count_edges(f'kind = {LINE_EDGE} AND ')} > 0"
_INSIDE = f"{_OFF_THE_EDGE} AND ({_CROSSED} % 2 = 1 OR {_ON_A_LINE})"


@compiles(point_in_polygon, "postgresql")
def _render_postgresql(element: point_in_polygon, compiler: Any, **options: Any) -> str:
    longitude, latitude, edges = (compiler.process(part, **options) for part in element.clauses)
    columns = ("part", "kind", "x1", "y1", "x2", "y2")
    numbers = ", ".join(f"e[n + {place}] AS {name}" for place, name in enumerate(columns))
    lines = (
        f"(SELECT {numbers} FROM (SELECT CAST({edges} AS BIGINT[]) AS e) AS given,"
        f" generate_series(1, cardinality(e), {NUMBERS_PER_EDGE}) AS n) AS line"
    )
    return _render_point_in_polygon(element, lines, _POSTGRESQL_UNITS, (longitude, latitude))


@compiles(point_in_polygon, "sqlite")
def _render_sqlite(element: point_in_polygon, compiler: Any, **options: Any) -> str:
    longitude, latitude, edges = (compiler.process(part, **options) for part in element.clauses)
    columns = ("part", "kind", "x1", "y1", "x2", "y2")
    numbers = ", ".join(
        f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns)
    )
    lines = f"(SELECT {numbers} FROM json_each({edges})) AS line"
    return _render_point_in_polygon(element, lines, _SQLITE_UNITS, (longitude, latitude))


def _render_point_in_polygon(
    element: point_in_polygon, lines: str, units: str, point: tuple[str, str]
) -> str:
    x, y = (units.format(degrees) for degrees in point)
    condition = _INSIDE if element.inside else _TOUCHED
    return (
        f"EXISTS (SELECT 1 FROM (SELECT {x} AS x, {y} AS y) AS dot, {lines}"
        f" WHERE y BETWEEN y1 AND y2 GROUP BY part HAVING {condition})"
    )


# The same floating-point sum in both databases, above zero, where truncation rounds down.
_SHIFT = 4_000_000_000
_POSTGRESQL_UNITS = f"CAST(floor({{}} * {UNITS}.0 + {_SHIFT}.5) AS BIGINT) - {_SHIFT}"
_SQLITE_UNITS = f"CAST({{}} * {UNITS}.0 + {_SHIFT}.5 AS INTEGER) - {_SHIFT}"
