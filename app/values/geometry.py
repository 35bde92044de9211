"""Geometries as written: WKT, GeoJSON and boxes; `polygons` prepares them for comparison."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

LonLat = tuple[float, float]
Coordinates = tuple[Any, ...]
"""A point, or a tuple of coordinates one level less deep."""

MOST_POINTS = 2000
_DEPTHS = {
    "Point": 0,
    "LineString": 1,
    "MultiPoint": 1,
    "Polygon": 2,
    "MultiLineString": 2,
    "MultiPolygon": 3,
}
_COLLECTION = "GeometryCollection"
GEOMETRY_KINDS = (*_DEPTHS, _COLLECTION)
_BY_KEYWORD = {kind.upper(): kind for kind in GEOMETRY_KINDS}

_KEYWORD = re.compile(rf"\s*({'|'.join(_BY_KEYWORD)})(?:\s*(?:ZM|Z|M))?\s*(?=\()", re.IGNORECASE)
_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)(?![\w.])")
_OPEN, _CLOSE, _COMMA = (re.compile(rf"\s*\{sign}") for sign in "(),")
_ORDINATES = (2, 3, 4)
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry of one of the kinds of GeoJSON, or a `Box`; a collection has `parts` instead.

    Coordinates are longitudes and latitudes as written, without heights. A `Box` is west, south,
    east, north.
    """

    kind: str
    coordinates: Coordinates = ()
    parts: tuple["Geometry", ...] = ()


class GeometryError(ValueError):
    """A fault of a geometry; `place` is an index into the text, or the steps into the JSON."""

    def __init__(self, said: str, place: int | tuple[str | int, ...]) -> None:
        super().__init__(said)
        self.place = place


def starts_geometry(text: str, start: int = 0) -> bool:
    """Return whether WKT begins at an index."""
    return _KEYWORD.match(text, start) is not None


def read_wkt(text: str, start: int = 0) -> tuple[Geometry, int]:
    """Return the geometry that begins at `start`, and its end; raise GeometryError."""
    return _WktReader(text).read_geometry(start, 0)


class _WktReader:
    """A reader of WKT; each method takes a start and returns a value and its end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.points = 0

    def read_geometry(self, start: int, depth: int) -> tuple[Geometry, int]:
        found = _KEYWORD.match(self.text, start)
        if found is None:
            raise GeometryError(f"expected a geometry: {', '.join(_BY_KEYWORD)}", start)
        kind = _BY_KEYWORD[found[1].upper()]
        if kind != _COLLECTION:
            coordinates, end = self.read_nested(found.end(), _DEPTHS[kind], kind)
            return Geometry(kind, coordinates), end
        if depth == _DEEPEST:
            raise GeometryError("geometry collections are nested too deep", start)
        parts = []
        place = self.expect_sign(_OPEN, found.end())
        while True:
            part, place = self.read_geometry(place, depth + 1)
            parts.append(part)
            following = _COMMA.match(self.text, place)
            if following is None:
                return Geometry(kind, parts=tuple(parts)), self.expect_sign(_CLOSE, place)
            place = following.end()

    def read_nested(self, start: int, depth: int, kind: str) -> tuple[Coordinates, int]:
        """Return coordinates in parentheses, `depth` levels above a point."""
        place = self.expect_sign(_OPEN, start)
        if depth == 0:
            point, place = self.read_point(place)
            return point, self.expect_sign(_CLOSE, place)
        found = []
        while True:
            bare = depth == 1 and (kind != "MultiPoint" or not _OPEN.match(self.text, place))
            part, place = (
                self.read_point(place) if bare else self.read_nested(place, depth - 1, kind)
            )
            found.append(part)
            following = _COMMA.match(self.text, place)
            if following is None:
                return tuple(found), self.expect_sign(_CLOSE, place)
            place = following.end()

    def read_point(self, start: int) -> tuple[LonLat, int]:
        numbers: list[float] = []
        place = start
        while found := _NUMBER.match(self.text, place):
            numbers.append(float(found[1]))
            place = found.end()
        self.points += 1
        if len(numbers) not in _ORDINATES or not all(map(isfinite, numbers)):
            raise GeometryError("expected a longitude and a latitude, such as 125.75 39.03", start)
        if self.points > MOST_POINTS:
            raise GeometryError(f"a geometry has at most {MOST_POINTS} points", start)
        return (numbers[0], numbers[1]), place

    def expect_sign(self, sign: re.Pattern[str], start: int) -> int:
        found = sign.match(self.text, start)
        if found is None:
            raise GeometryError(f"expected {sign.pattern[-1]!r}", start)
        return found.end()


def read_geojson(given: object) -> Geometry:
    """Return a GeoJSON geometry (RFC 7946); raise GeometryError with the fault and its place."""
    return _GeoJsonReader().read_geometry(given, (), 0)


class _GeoJsonReader:
    """A reader of GeoJSON that counts points."""

    def __init__(self) -> None:
        self.points = 0

    def read_geometry(self, given: object, place: tuple[str | int, ...], depth: int) -> Geometry:
        if not isinstance(given, Mapping) or given.get("type") not in GEOMETRY_KINDS:
            raise GeometryError(f"expected a geometry of type {', '.join(GEOMETRY_KINDS)}", place)
        kind = str(given["type"])
        member = "geometries" if kind == _COLLECTION else "coordinates"
        if unknown := set(given) - {"type", member, "bbox"}:
            raise GeometryError(f"a {kind} has no member {min(unknown)[:80]!r}", place)
        inside = given.get(member)
        if kind != _COLLECTION:
            return Geometry(kind, self.read_nested(inside, _DEPTHS[kind], (*place, member)))
        if depth == _DEEPEST:
            raise GeometryError("geometry collections are nested too deep", place)
        parts = self.require_list(inside, (*place, member))
        return Geometry(
            kind,
            parts=tuple(
                self.read_geometry(part, (*place, member, number), depth + 1)
                for number, part in enumerate(parts)
            ),
        )

    def read_nested(self, given: object, depth: int, place: tuple[str | int, ...]) -> Coordinates:
        if depth == 0:
            return self.read_point(given, place)
        parts = enumerate(self.require_list(given, place))
        return tuple(self.read_nested(part, depth - 1, (*place, number)) for number, part in parts)

    def read_point(self, given: object, place: tuple[str | int, ...]) -> LonLat:
        self.points += 1
        if self.points > MOST_POINTS:
            raise GeometryError(f"a geometry has at most {MOST_POINTS} points", place)
        numbers = self.require_list(given, place)
        if len(numbers) not in _ORDINATES or not all(map(_is_finite, numbers)):
            raise GeometryError("expected [longitude, latitude]", place)
        return float(numbers[0]), float(numbers[1])

    @staticmethod
    def require_list(given: object, place: tuple[str | int, ...]) -> Sequence[Any]:
        if not isinstance(given, list) or not given:
            raise GeometryError("expected a list that is not empty", place)
        return given


def make_box(numbers: Sequence[float], place: int | tuple[str | int, ...]) -> Geometry:
    """Return a box of four numbers, or of six, whose heights are dropped."""
    if len(numbers) not in (4, 6):
        raise GeometryError("a box has four numbers, west, south, east, north, or six", place)
    half = len(numbers) // 2
    return Geometry("Box", (*numbers[:2], *numbers[half : half + 2]))


def _is_finite(number: object) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return abs(number) < 1e300
