"""Areas on the map, as the parameter `within` takes them."""

from app.values.geometry import Geometry, NotGeometry, read_geojson, read_wkt
from app.values.polygons import Shape, shape_of
from app.values.strict_json import NotJson, load_json

LONGEST = 10_000
AREAS = ("Polygon", "MultiPolygon")


def parse_area(text: str) -> Shape:
    """Read a polygon or several, as WKT or as GeoJSON; a ValueError says what is wrong."""
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters are too many; the most is {LONGEST}")
    geometry = _from_json(text) if text.lstrip().startswith("{") else _from_wkt(text)
    if geometry.kind not in AREAS:
        raise ValueError(f"a {geometry.kind} has no inside; give a Polygon or a MultiPolygon")
    return shape_of(geometry)


def _from_wkt(text: str) -> Geometry:
    try:
        geometry, end = read_wkt(text)
    except NotGeometry as wrong:
        raise ValueError(f"character {int(str(wrong.place)) + 1}: {wrong}") from None
    if text[end:].strip():
        raise ValueError(f"character {end + 1}: the geometry has ended here")
    return geometry


def _from_json(text: str) -> Geometry:
    try:
        return read_geojson(load_json(text))
    except NotJson as wrong:
        where = "" if wrong.start is None else f"character {wrong.start + 1}: "
        raise ValueError(f"{where}{wrong}") from None
    except NotGeometry as wrong:
        steps = wrong.place if isinstance(wrong.place, tuple) else ()
        raise ValueError(f"/{'/'.join(map(str, steps))}: {wrong}") from None
