"""Geometries prepared for point-in-polygon tests: their edges, and the cells that cover them.

Edges are straight lines between longitudes and latitudes, as in RFC 7946. All coordinates are whole
units of 10⁻⁷ degrees (a centimeter), the decimals of GeoJSON, so that the result is exact and the
same wherever it is computed.

A geometry may cross the antimeridian, 170 to 190: its edges are repeated at -360 and +360 degrees.
A box with west > east crosses it too. At a pole all longitudes are one point: a geometry that
reaches latitude 90 contains every event at the North Pole.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from typing import Any

import numpy as np
import shapely

from app.values.geo_grid import CELL_SIZES
from app.values.geometry import Geometry, GeometryError, LonLat, read_geojson, read_wkt
from app.values.strict_json import JsonError, load_json

LONGEST_AREA = 10_000
"""Characters of an area in a parameter."""

AREA_KINDS = ("Polygon", "MultiPolygon")

UNITS = 10_000_000
"""Units in a degree."""

RING_EDGE, LINE_EDGE, LINE_END = 1, 0, 2
"""Kinds of edge: of a ring, of a line or a lone point, and a line's end."""

FARTHEST_LONGITUDE = 360
POLES = (-90.0, 90.0)
MOST_CELLS = 64
MOST_CANDIDATES = 4096
_TOO_MANY = -1
_SLACK = 2 / UNITS
_HALF, _ROUND = 180 * UNITS, 360 * UNITS
_TOO_LONG = 2**63

GeometryEdge = tuple[int, int, int, int, int, int]
"""Part, kind, x and y of the lower end, x and y of the upper end, in units."""


@dataclass(frozen=True, slots=True)
class PreparedGeometry:
    """The edges of a geometry, in units, and the cells that cover it.

    `cell_size` is 0 if there would be too many cells. `poles` are the poles that the geometry
    reaches, `point_poles` those that are points of it; latitudes are degrees.
    """

    edges: tuple[GeometryEdge, ...]
    cell_size: int
    cells: tuple[int, ...]
    south: float
    north: float
    poles: tuple[float, ...]
    point_poles: tuple[float, ...]
    is_point: bool


def prepare_geometry(geometry: Geometry) -> PreparedGeometry:
    """Return a geometry prepared for tests; raise ValueError with the fault."""
    parts = list(_split_geometry(geometry))
    for part in parts:
        _check_part(part)
    latitudes = [latitude for part in parts for _, latitude in _list_points(part)]
    if any(abs(latitude) > 90 for latitude in latitudes):
        raise ValueError("latitudes lie between -90 and 90; a longitude comes before its latitude")
    dots = {part.coordinates[1] for part in parts if part.kind == "Point"}
    size, cells = _choose_cells(parts)
    return PreparedGeometry(
        edges=tuple(_make_edges(parts)),
        cell_size=size,
        cells=tuple(cells),
        south=min(latitudes) - _SLACK,
        north=max(latitudes) + _SLACK,
        poles=tuple(pole for pole in POLES if pole in latitudes),
        point_poles=tuple(pole for pole in POLES if pole in dots),
        is_point=len(
            {_convert_line(_list_points(part))[0] for part in parts if part.kind == "Point"}
        )
        == 1
        and all(part.kind == "Point" for part in parts),
    )


def parse_area(text: str) -> PreparedGeometry:
    """Parse a polygon or several, as WKT or GeoJSON; raise ValueError with the fault."""
    if len(text) > LONGEST_AREA:
        raise ValueError(f"{len(text)} characters are too many; the most is {LONGEST_AREA}")
    geometry = _read_json_area(text) if text.lstrip().startswith("{") else _read_wkt_area(text)
    if geometry.kind not in AREA_KINDS:
        raise ValueError(f"a {geometry.kind} has no inside; give a Polygon or a MultiPolygon")
    return prepare_geometry(geometry)


def convert_to_units(degrees: float) -> int:
    """Return degrees in whole units; a half is rounded up."""
    return floor(degrees * UNITS + 4_000_000_000.5) - 4_000_000_000


def _split_geometry(geometry: Geometry) -> Iterator[Geometry]:
    """Yield the points, lines and polygons of a geometry."""
    if geometry.kind == "Box":
        yield _make_rectangle(geometry)
    elif geometry.parts:
        for part in geometry.parts:
            yield from _split_geometry(part)
    elif geometry.kind.startswith("Multi"):
        for coordinates in geometry.coordinates:
            yield Geometry(geometry.kind.removeprefix("Multi"), coordinates)
    else:
        yield geometry


def _make_rectangle(box: Geometry) -> Geometry:
    west, south, east, north = box.coordinates
    if abs(west) > 180 or abs(east) > 180:
        raise ValueError("a box lies between -180 and 180; where west > east it crosses 180")
    if south > north:
        raise ValueError(f"south ({south:g}) is above north ({north:g}): west, south, east, north")
    east += 360 if west > east else 0
    if west == east and south == north:
        return Geometry("Point", (west, south))
    if west == east or south == north:
        return Geometry("LineString", ((west, south), (east, north)))
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return Geometry("Polygon", (corners,))


def _list_points(part: Geometry) -> Sequence[LonLat]:
    if part.kind == "Point":
        longitude, latitude = part.coordinates
        return [(longitude, latitude)]
    if part.kind == "LineString":
        return part.coordinates
    return [point for ring in part.coordinates for point in ring]


def _check_part(part: Geometry) -> None:
    longitudes = [longitude for longitude, _ in _list_points(part)]
    if max(map(abs, longitudes)) > FARTHEST_LONGITUDE:
        raise ValueError(f"longitudes lie between -{FARTHEST_LONGITUDE} and {FARTHEST_LONGITUDE}")
    if max(longitudes) - min(longitudes) > 360:
        raise ValueError("a shape is at most 360 degrees wide")
    if part.kind == "LineString" and len(part.coordinates) < 2:
        raise ValueError("a line has at least two points")
    if part.kind == "Polygon":
        _check_polygon(part)


def _check_polygon(part: Geometry) -> None:
    for ring in part.coordinates:
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise ValueError("a ring has at least four points, and the last is the first again")
    polygon = shapely.Polygon(part.coordinates[0], part.coordinates[1:])
    if not polygon.is_valid:
        reason = str(shapely.is_valid_reason(polygon))
        raise ValueError(f"the polygon is not valid: {reason.replace('[', ' at ').rstrip(']')}")


def _make_edges(parts: Iterable[Geometry]) -> Iterator[GeometryEdge]:
    """Yield the edges of every part, at each shift that lies between -180 and 180."""
    number = 0
    for part in parts:
        lines = [_convert_line(line) for line in _list_lines(part)]
        kind = RING_EDGE if part.kind == "Polygon" else LINE_EDGE
        edges = [edge for line in lines for edge in _split_into_edges(line, kind)]
        for shift in (-_ROUND, 0, _ROUND):
            number += 1
            for kind, x1, y1, x2, y2 in edges:
                yield from _clip_edge((number, kind, x1 + shift, y1, x2 + shift, y2))


def _list_lines(part: Geometry) -> Sequence[Sequence[LonLat]]:
    return part.coordinates if part.kind == "Polygon" else [_list_points(part)]


def _convert_line(line: Sequence[LonLat]) -> list[tuple[int, int]]:
    return [
        (convert_to_units(longitude), convert_to_units(latitude)) for longitude, latitude in line
    ]


def _split_into_edges(
    line: Sequence[tuple[int, int]], kind: int
) -> Iterator[tuple[int, int, int, int, int]]:
    if len(line) == 1:
        yield kind, *line[0], *line[0]
    for start, end in pairwise(line):
        lower, upper = sorted((start, end), key=lambda point: (point[1], point[0]))
        yield kind, *lower, *upper
    if kind == LINE_EDGE and len(line) > 1 and line[0] != line[-1]:
        yield from ((LINE_END, *point, *point) for point in (line[0], line[-1]))


def _clip_edge(edge: GeometryEdge) -> Iterator[GeometryEdge]:
    """Yield the edge unless no point between -180 and 180 can meet it; move eastern ones nearer.

    A ray eastwards from a point crosses such an edge of a ring wherever it lies. After the move,
    the products that decide the side of a point fit into 64 bits.
    """
    part, kind, x1, y1, x2, y2 = edge
    if max(x1, x2) < -_HALF or (min(x1, x2) > _HALF and kind != RING_EDGE):
        return
    if min(x1, x2) > _HALF:
        x1 = x2 = _HALF + 1
    if (max(abs(x1), abs(x2)) + _HALF) * (y2 - y1) >= _TOO_LONG:
        raise ValueError("an edge is too long; put another point on it")
    yield part, kind, x1, y1, x2, y2


def _choose_cells(parts: Sequence[Geometry]) -> tuple[int, list[int]]:
    """Return the smallest cells of which at most 64 cover the parts."""
    for size in CELL_SIZES:
        found: set[int] = set()
        for part in parts:
            found |= _list_touched_cells(part, size)
            if len(found) > MOST_CELLS or _TOO_MANY in found:
                break
        if 0 < len(found) <= MOST_CELLS and _TOO_MANY not in found:
            return size, sorted(found)
    return 0, []


def _list_touched_cells(part: Geometry, size: int) -> set[int]:
    """Return the cells that a part touches, and those of the poles that it reaches."""
    figure = _make_shapely(part)
    west, south, east, north = figure.bounds
    across, up = 360 // size, 180 // size
    columns = range(
        _count_cells(west + 180 - _SLACK, size), _count_cells(east + 180 + _SLACK, size) + 1
    )
    lowest = max(_count_cells(south + 90 - _SLACK, size), 0)
    rows = range(lowest, min(_count_cells(north + 90 + _SLACK, size), up - 1) + 1)
    if len(columns) * len(rows) > MOST_CANDIDATES:
        return {_TOO_MANY}
    up_to, along = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    x, y = along * size - 180, up_to * size - 90
    squares = shapely.box(x - _SLACK, y - _SLACK, x + size + _SLACK, y + size + _SLACK)
    met = shapely.intersects(figure, squares)
    found = set((up_to * across + along % across)[met].tolist())
    for latitude, row in ((-90, 0), (90, up - 1)):
        if latitude in (south, north):
            found.update(range(row * across, (row + 1) * across))
    return found


def _count_cells(degrees: float, size: int) -> int:
    return floor(degrees / size)


def _make_shapely(part: Geometry) -> Any:
    if part.kind == "Polygon":
        return shapely.Polygon(part.coordinates[0], part.coordinates[1:])
    if part.kind == "LineString":
        return shapely.LineString(part.coordinates)
    return shapely.Point(part.coordinates)


def _read_wkt_area(text: str) -> Geometry:
    try:
        geometry, end = read_wkt(text)
    except GeometryError as wrong:
        raise ValueError(f"character {int(str(wrong.place)) + 1}: {wrong}") from None
    if text[end:].strip():
        raise ValueError(f"character {end + 1}: unexpected text after the geometry")
    return geometry


def _read_json_area(text: str) -> Geometry:
    try:
        return read_geojson(load_json(text))
    except JsonError as wrong:
        where = "" if wrong.start is None else f"character {wrong.start + 1}: "
        raise ValueError(f"{where}{wrong}") from None
    except GeometryError as wrong:
        steps = wrong.place if isinstance(wrong.place, tuple) else ()
        raise ValueError(f"/{'/'.join(map(str, steps))}: {wrong}") from None
