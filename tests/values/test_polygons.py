"""Polygons: errors, complete covers of cells, and products of edges that fit 64 bits."""

from random import Random

import pytest
import shapely

from app.values.geo_grid import compute_cell
from app.values.geometry import Geometry
from app.values.polygons import convert_to_units, parse_area, prepare_geometry


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("POLYGON((0 0, 1 1, 0 1, 1 0, 0 0))", "not valid: Self-intersection at 0.5 0.5"),
        ("POLYGON((0 0, 1 1, 1 0))", "a ring has at least four points, and the last"),
        ("POLYGON((0 0, 1 91, 1 0, 0 0))", "latitudes lie between -90 and 90"),
        ("POLYGON((-400 0, 1 1, 1 0, -400 0))", "longitudes lie between -360 and 360"),
        ("POLYGON((-200 0, 200 1, 1 0, -200 0))", "a shape is at most 360 degrees wide"),
        ("POLYGON((0 0, 1 1, 1 0, 0 0)", "character 29: expected ')'"),
        ("POLYGON((0 0, 1 1, 1 0, 0 0)) x", "character 30: unexpected text after the geometry"),
        ("POINT(0 0)", "a Point has no inside; give a Polygon or a MultiPolygon"),
        ("CIRCLE(0 0, 1)", "character 1: expected a geometry"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1]]]}', "/coordinates/0/1: expected [long"),
        ('{"type": "Polygon", "type": "Point"}', 'an object has the name "type" twice'),
        ('{"type": "Polygon", "coordinates": [[[NaN, 0]]]}', "NaN is not JSON"),
        ("POLYGON((" + "0 0," * 2500 + "0 0))", "10014 characters are too many"),
        ("POLYGON((-360 -90, -10 90, 0 -90, -360 -90))", "an edge is too long"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_area_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_area(text)
    assert told in str(raised.value)


def test_every_place_in_a_shape_is_in_one_of_its_cells() -> None:
    random = Random(1)
    for _ in range(60):
        longitude, latitude = random.uniform(-180, 180), random.uniform(-80, 80)
        reach = random.choice((0.3, 4, 25))
        ring = [(longitude, latitude), (longitude + reach, latitude + 1), (longitude, latitude + 9)]
        geometry = Geometry("Polygon", ((*ring, ring[0]),))
        shape = prepare_geometry(geometry)
        assert len(shape.cells) <= 64
        assert shape.cell_size
        triangle = shapely.Polygon(ring)
        for _ in range(30):
            weights = sorted((random.random(), random.random()))
            spread = (weights[0], weights[1] - weights[0], 1 - weights[1])
            x = sum(part * point[0] for part, point in zip(spread, ring, strict=True))
            y = sum(part * point[1] for part, point in zip(spread, ring, strict=True))
            if triangle.covers(shapely.Point(x, y)):
                assert compute_cell((x + 180) % 360 - 180, y, shape.cell_size) in shape.cells


def test_products_of_edges_fit_64_bits() -> None:
    box = Geometry("Box", (-180.0, -90.0, 180.0, 90.0))
    for _, _, x1, y1, x2, y2 in prepare_geometry(box).edges:
        assert abs(x2 - x1) * 180 * 10_000_000 < 2**63
        assert (max(abs(x1), abs(x2)) + 1_800_000_000) * (y2 - y1) < 2**63


@pytest.mark.parametrize("degrees", [0.0, -0.0, 180.0, -180.0, 1e-300, -1e-9, 39.03, 125.75])
def test_degrees_in_whole_units(degrees: float) -> None:
    assert convert_to_units(degrees) == round(degrees * 10_000_000)
