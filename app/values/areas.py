"""Areas on the map, as the parameter `within` takes them."""

from app.values.geometry import Geometry, GeometryError, read_geojson, read_wkt
from app.values.polygons import PreparedGeometry, prepare_geometry
from app.values.strict_json import JsonError, load_json

LONGEST_AREA = 10_000
AREA_KINDS = ("Polygon", "MultiPolygon")


def parse_area(text: str) -> PreparedGeometry:
    """Read a polygon or several, as WKT or as GeoJSON; a ValueError says what is wrong."""
    if len(text) > LONGEST_AREA:
        raise ValueError(f"{len(text)} characters are too many; the most is {LONGEST_AREA}")
    geometry = _read_json_area(text) if text.lstrip().startswith("{") else _read_wkt_area(text)
    if geometry.kind not in AREA_KINDS:
        raise ValueError(f"a {geometry.kind} has no inside; give a Polygon or a MultiPolygon")
    return prepare_geometry(geometry)


def _read_wkt_area(text: str) -> Geometry:
    try:
        geometry, end = read_wkt(text)
    except GeometryError as wrong:
        raise ValueError(f"character {int(str(wrong.place)) + 1}: {wrong}") from None
    if text[end:].strip():
        raise ValueError(f"character {end + 1}: the geometry has ended here")
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
