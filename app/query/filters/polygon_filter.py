"""Tests of an event's place against a geometry: by cells first, then by its edges."""

from typing import Any

from sqlalchemy import ColumnElement, Float, bindparam, case, null, or_

from app.db.sql.array_sql import any_of
from app.db.sql.polygon_sql import point_in_polygon
from app.query.table_view import TableView
from app.values.polygons import PreparedGeometry


def bind_shape(shape: PreparedGeometry, name: str) -> dict[str, Any]:
    """Return the values that conditions on a shape bind; their names begin with `name`."""
    return {
        f"{name}_edges": shape.edges,
        f"{name}_cells": list(shape.cells),
        f"{name}_south": shape.south,
        f"{name}_north": shape.north,
    }


def is_near_shape(view: TableView, name: str, size: int) -> ColumnElement[bool]:
    """Test what an index can: the cell and the latitude of places in the shape."""
    latitude = view.column("latitude")
    south, north = (bindparam(f"{name}_{end}", type_=_FLOAT, required=True) for end in _ENDS)
    between = latitude.between(south, north)
    return any_of(view.column(f"cell_{size}"), f"{name}_cells") & between if size else between


def is_in_shape(
    view: TableView, name: str, poles: tuple[float, ...], *, inside: bool
) -> ColumnElement[bool]:
    """Test whether the place is in the shape; NULL for an event without coordinates.

    `poles` are the latitudes of the poles in it, which match whatever the longitude.
    """
    longitude, latitude = view.column("longitude"), view.column("latitude")
    found: Any = point_in_polygon(longitude, latitude, f"{name}_edges", inside=inside)
    if poles:
        found = or_(found, *(latitude == pole for pole in poles))
    return case((longitude.is_(None), null()), else_=found)


_FLOAT = Float(53)
_ENDS = ("south", "north")
