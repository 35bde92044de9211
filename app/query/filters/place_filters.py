"""Filters on the place of an event: a box, a circle or a geometry; all by cells first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Float, bindparam, literal_column

from app.db.sql.array_sql import any_of
from app.query.column_conditions import AllOf, AnyOf, ColumnCondition, Compares, NoMask
from app.query.filters.polygon_filter import bind_shape, is_in_shape, is_near_shape
from app.query.predicates import CellArea, Predicate
from app.query.table_view import TableView
from app.values.geo_grid import (
    Box,
    Circle,
    compute_chord_squared,
    list_covering_cells,
    make_unit_vector,
)
from app.values.polygons import PreparedGeometry

MERIDIAN = -180.0
"""The longitude under which the index rows keep both 180 and -180."""

NO_CELLS: tuple[int, list[int]] = (0, [])

_NO_DISTANCES = NoMask("columns hold no unit vectors to measure distances by")
_NO_POLYGONS = NoMask("columns are not tested against polygons")

ANTIMERIDIAN: Any = literal_column(f"{MERIDIAN}")


@dataclass(frozen=True)
class InBox:
    """A filter on events inside a box, found `by_cells` or not."""

    by_cells: bool = True

    def lower(self, query: BaseModel, name: str, value: Box) -> Predicate:
        """Compare cells that cover the box, then its edges; it may cross the antimeridian."""
        size, cells = list_covering_cells(value) if self.by_cells else NO_CELLS
        crosses, to_the_end = value.west > value.east, value.east == 180
        binds = {
            "box_cells": cells,
            "box_west": value.west,
            "box_south": value.south,
            "box_east": value.east,
            "box_north": value.north,
        }

        def where(view: TableView) -> Any:
            longitude, latitude = view.column("longitude"), view.column("latitude")
            east_of, west_of = (
                longitude >= _bind_number("box_west"),
                longitude <= _bind_number("box_east"),
            )
            across = (east_of | west_of) if crosses else (east_of & west_of)
            if to_the_end:
                across = across | (longitude == ANTIMERIDIAN)
            inside = (
                across
                & (latitude >= _bind_number("box_south"))
                & (latitude <= _bind_number("box_north"))
            )
            return _is_in_cells(view, size, "box_cells") & inside if size else inside

        area = CellArea(size, cells, partial(InBox(by_cells=False).lower, query, name, value))
        shape = (size, crosses, to_the_end)
        return Predicate(name, shape, binds, where, area=area, mask=_make_box_condition(value))


@dataclass(frozen=True)
class InCircle:
    """A filter on events within some kilometers of a point, found `by_cells` or not."""

    by_cells: bool = True

    def lower(self, query: BaseModel, name: str, value: Circle) -> Predicate:
        """Compare cells that cover the circle, then the chord between unit vectors."""
        size, cells = list_covering_cells(value) if self.by_cells else NO_CELLS
        x, y, z = make_unit_vector(value.longitude, value.latitude)
        chord = compute_chord_squared(value.km)
        binds = {"near_cells": cells, "near_x": x, "near_y": y, "near_z": z, "near_chord": chord}

        def where(view: TableView) -> Any:
            offsets = [view.column(axis) - _bind_number(f"near_{axis}") for axis in ("x", "y", "z")]
            inside = _sum_squares(offsets) <= _bind_number("near_chord")
            return _is_in_cells(view, size, "near_cells") & inside if size else inside

        area = CellArea(size, cells, partial(InCircle(by_cells=False).lower, query, name, value))
        return Predicate(name, size, binds, where, area=area, mask=_NO_DISTANCES)


@dataclass(frozen=True)
class InGeometry:
    """A filter on events in a geometry or on its edge."""

    def lower(self, query: BaseModel, name: str, value: PreparedGeometry) -> Predicate:
        """Compare cells that cover the geometry, then its edges."""
        del query
        size, poles = value.cell_size, value.poles

        def where(view: TableView) -> Any:
            return is_near_shape(view, name, size) & is_in_shape(view, name, poles, inside=False)

        return Predicate(name, (size, poles), bind_shape(value, name), where, mask=_NO_POLYGONS)


def _make_box_condition(box: Box) -> ColumnCondition:
    """Return the condition on the edges of the box."""
    east_of = Compares("longitude", ">=", box.west)
    west_of = Compares("longitude", "<=", box.east)
    across = AnyOf((east_of, west_of)) if box.west > box.east else AllOf((east_of, west_of))
    if box.east == 180:
        across = AnyOf((across, Compares("longitude", "=", MERIDIAN)))
    inside = Compares("latitude", ">=", box.south), Compares("latitude", "<=", box.north)
    return AllOf((across, *inside))


def _bind_number(name: str) -> Any:
    return bindparam(name, type_=Float(53), required=True)


def _is_in_cells(view: TableView, size: int, name: str) -> Any:
    return any_of(view.column(f"cell_{size}"), name)


def _sum_squares(offsets: Sequence[Any]) -> Any:
    x, y, z = offsets
    return x * x + y * y + z * z
