"""Cells of 1, 5 and 20 degrees, boxes, circles, and distances on a sphere.

Longitudes and latitudes are degrees, distances are kilometers on a sphere of the Earth's mean
radius (6371.0088 km). Longitude 180 is the same meridian as -180.
"""

import re
from dataclasses import dataclass
from math import asin, cos, degrees, floor, isfinite, pi, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
FARTHEST_KM = 20_038
CELL_SIZES = (1, 5, 20)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_SLACK_DEGREES = 1e-5
_VECTOR_DECIMALS = 12
_VECTOR_SLACK = 2e-12
"""Change in the distance of two unit vectors that rounding may cause, in Earth radii."""


@dataclass(frozen=True, slots=True)
class Box:
    """A range of longitudes and latitudes; it crosses the antimeridian if west > east."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Circle:
    """All points within `km` of a point."""

    longitude: float
    latitude: float
    km: float


def parse_box(text: str) -> Box:
    """Parse `west,south,east,north`; raise ValueError with the name of the wrong number."""
    west, south, east, north = _parse_numbers(text, ("west", "south", "east", "north"))
    for name, longitude in (("west", west), ("east", east)):
        _check_degrees(name, longitude, 180)
    for name, latitude in (("south", south), ("north", north)):
        _check_degrees(name, latitude, 90)
    if south > north:
        raise ValueError(f"south ({south:g}) is above north ({north:g}): west,south,east,north")
    return Box(west, south, east, north)


def parse_circle(text: str) -> Circle:
    """Parse `lon,lat,km`; raise ValueError with the name of the wrong number."""
    longitude, latitude, km = _parse_numbers(text, ("lon", "lat", "km"))
    _check_degrees("lon", longitude, 180)
    _check_degrees("lat", latitude, 90)
    if not 0 < km <= FARTHEST_KM:
        raise ValueError(f"km must be above 0 and at most {FARTHEST_KM}, and is {km:g}")
    return Circle(longitude, latitude, km)


def compute_cell(longitude: float, latitude: float, size: int) -> int:
    """Return the number of the cell of `size` degrees (1, 5 or 20) that contains a point.

    Cells are numbered eastwards from -180, row by row northwards from the South Pole; latitude 90
    belongs to the top row.
    """
    columns = 360 // size
    return _compute_row(latitude, size) * columns + _compute_column(longitude, size) % columns


def list_covering_cells(area: Box | Circle, max_cells: int = 64) -> tuple[int, list[int]]:
    """Return the smallest cell size that covers the area with at most `max_cells`, and the cells.

    Return (0, []) if even cells of 20 degrees are too many.
    """
    box = area if isinstance(area, Box) else _make_bounding_box(area)
    for size in CELL_SIZES:
        columns = 360 // size
        first, last = _compute_column(box.west, size), _compute_column(box.east, size)
        if box.west > box.east:
            last += columns
        across = sorted(
            {column % columns for column in range(first, min(last, first + columns) + 1)}
        )
        rows = range(_compute_row(box.south, size), _compute_row(box.north, size) + 1)
        if len(rows) * len(across) <= max_cells:
            return size, [row * columns + column for row in rows for column in across]
    return 0, []


def is_inside_box(box: Box, longitude: float, latitude: float) -> bool:
    """Return whether a point lies in the box, its edges included."""
    if not box.south <= latitude <= box.north:
        return False
    meridians = (-180.0, 180.0) if abs(longitude) == 180 else (longitude,)
    if box.west <= box.east:
        return any(box.west <= meridian <= box.east for meridian in meridians)
    return any(meridian >= box.west or meridian <= box.east for meridian in meridians)


def make_unit_vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    """Return a point on a sphere of radius 1, each coordinate rounded to 12 decimals."""
    along, up = radians(longitude), radians(latitude)
    x, y, z = cos(up) * cos(along), cos(up) * sin(along), sin(up)
    return round(x, _VECTOR_DECIMALS), round(y, _VECTOR_DECIMALS), round(z, _VECTOR_DECIMALS)


def compute_chord_squared(km: float) -> float:
    """Return the squared distance of two unit vectors whose points lie `km` apart.

    Points lie within `km` of each other if the squared distance of their vectors is at most this;
    it includes the tolerance that rounding the vectors needs (13 µm).
    """
    angle = min(km / EARTH_RADIUS_KM, pi)
    return (2 * sin(angle / 2) + _VECTOR_SLACK) ** 2


def compute_distance_km(
    longitude: float, latitude: float, other_longitude: float, other_latitude: float
) -> float:
    """Return the great-circle distance of two points, by the haversine formula."""
    up, other_up = radians(latitude), radians(other_latitude)
    between = sin((other_up - up) / 2) ** 2
    along = sin(radians(other_longitude - longitude) / 2) ** 2
    haversine = between + cos(up) * cos(other_up) * along
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(haversine)))


def _compute_column(longitude: float, size: int) -> int:
    return floor((longitude + 180) / size)


def _compute_row(latitude: float, size: int) -> int:
    return min(floor((latitude + 90) / size), 180 // size - 1)


def _make_bounding_box(circle: Circle) -> Box:
    """Return the box around a circle; all longitudes if it contains a pole."""
    angle = circle.km / EARTH_RADIUS_KM
    reach = degrees(angle) + _SLACK_DEGREES
    south, north = circle.latitude - reach, circle.latitude + reach
    if south <= -90 or north >= 90:
        return Box(-180, max(south, -90), 180, min(north, 90))
    width = degrees(asin(min(1.0, sin(angle) / cos(radians(circle.latitude))))) + _SLACK_DEGREES
    west, east = circle.longitude - width, circle.longitude + width
    return Box(_wrap_longitude(west), south, _wrap_longitude(east), north)


def _wrap_longitude(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def _parse_numbers(text: str, names: tuple[str, ...]) -> list[float]:
    parts = text.split(",")
    if len(parts) != len(names):
        raise ValueError(f"{','.join(names)} needs {len(names)} numbers, and has {len(parts)}")
    return [_parse_number(part.strip(), name) for part, name in zip(parts, names, strict=True)]


def _parse_number(text: str, name: str) -> float:
    if not _NUMBER.fullmatch(text) or not isfinite(float(text)):
        raise ValueError(f"{name} is not a number: {text[:40]!r}")
    return float(text)


def _check_degrees(name: str, value: float, most: int) -> None:
    if abs(value) > most:
        raise ValueError(f"{name} must lie between -{most} and {most}, and is {value:g}")
