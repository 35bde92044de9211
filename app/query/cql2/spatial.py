"""Spatial functions: an event's place is a point, compared with a geometry."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, case, not_, null

from app.query.cql2.ast import Call, FilterError, GeometryLiteral, Property, quote_word
from app.query.cql2.condition import FilterCondition, LoweringContext
from app.query.fields import PLACE
from app.query.filters.polygon_filter import bind_shape, is_in_shape, is_near_shape
from app.query.table_view import TableView
from app.values.polygons import PreparedGeometry, prepare_geometry

REVERSED_SPATIAL_OPS = {"s_within": "s_contains", "s_contains": "s_within"}


def compare_places(lowering: LoweringContext, call: Call) -> FilterCondition:
    """Apply a spatial function to a place; the result of an unknown place is unknown."""
    left, right = call.args if len(call.args) == 2 else (call, call)
    name = call.name
    if isinstance(left, GeometryLiteral) and isinstance(right, Property):
        left, right, name = right, left, REVERSED_SPATIAL_OPS.get(name, name)
    if not isinstance(left, Property) or not isinstance(right, GeometryLiteral):
        raise FilterError(
            call.place, f"{call.name} takes a place and a geometry, such as location, BBOX(…)"
        )
    field = lowering.get_field(left)
    if field.kind != PLACE:
        raise FilterError(left.place, f"{quote_word(field.name)} is not a place; location is one")
    try:
        shape = prepare_geometry(right.geometry)
    except ValueError as wrong:
        raise FilterError(right.place, str(wrong)) from None
    bound = f"filter_{len(lowering.values) + 1}"
    lowering.values |= bind_shape(shape, bound)
    tests = _ShapeTests(shape, bound)
    key = (name, shape.cell_size, shape.poles, shape.point_poles, shape.is_point)
    return FilterCondition(key, lambda view: _FUNCTIONS[name](tests, view))


class _ShapeTests:
    """Tests of a place against one shape."""

    def __init__(self, shape: PreparedGeometry, name: str) -> None:
        self.shape = shape
        self.name = name

    def is_touching(self, view: TableView) -> ColumnElement[bool]:
        """Test whether the place is in the shape or on its edge."""
        near = is_near_shape(view, self.name, self.shape.cell_size)
        return and_(near, is_in_shape(view, self.name, self.shape.poles, inside=False))

    def is_inside(self, view: TableView) -> ColumnElement[bool]:
        """Test whether the place is in the shape and not on its edge."""
        near = is_near_shape(view, self.name, self.shape.cell_size)
        return and_(near, is_in_shape(view, self.name, self.shape.point_poles, inside=True))

    def is_same_point(self, view: TableView) -> ColumnElement[bool]:
        """Test whether the shape is the same point as the place."""
        return self.is_touching(view) if self.shape.is_point else self.is_false(view)

    def is_false(self, view: TableView) -> ColumnElement[bool]:
        """Return false for a known place, and unknown otherwise."""
        missing = view.column("longitude").is_(None)
        return case((missing, null()), else_=missing)


_FUNCTIONS: dict[str, Callable[[_ShapeTests, TableView], ColumnElement[bool]]] = {
    "s_intersects": lambda tests, view: tests.is_touching(view),
    "s_disjoint": lambda tests, view: not_(tests.is_touching(view)),
    "s_within": lambda tests, view: tests.is_inside(view),
    "s_touches": lambda tests, view: and_(tests.is_touching(view), not_(tests.is_inside(view))),
    "s_contains": lambda tests, view: tests.is_same_point(view),
    "s_equals": lambda tests, view: tests.is_same_point(view),
    "s_crosses": lambda tests, view: tests.is_false(view),
    "s_overlaps": lambda tests, view: tests.is_false(view),
}
