"""Cells that cover boxes and circles, and the points inside them."""

import re
from math import pi

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.values.geo_grid import (
    CELL_SIZES,
    EARTH_RADIUS_KM,
    Box,
    Circle,
    compute_cell,
    compute_chord_squared,
    compute_distance_km,
    is_inside_box,
    list_covering_cells,
    make_unit_vector,
    parse_box,
    parse_circle,
)

PYONGYANG = (125.75, 39.03)
SEOUL = (126.98, 37.57)
VOSTOCHNY = (128.33, 51.88)

LONGITUDES = st.one_of(st.floats(-180, 180), st.integers(-180, 180).map(float))
LATITUDES = st.one_of(st.floats(-90, 90), st.integers(-90, 90).map(float))
BOXES = st.builds(
    lambda west, east, latitudes: Box(west, min(latitudes), east, max(latitudes)),
    LONGITUDES,
    LONGITUDES,
    st.tuples(LATITUDES, LATITUDES),
)
CIRCLES = st.builds(
    Circle, LONGITUDES, LATITUDES, st.one_of(st.floats(0.001, 20_038), st.floats(0.001, 500))
)


@pytest.mark.parametrize(
    ("longitude", "latitude", "size", "number"),
    [
        (-180, -90, 1, 0),
        (179.99, -90, 1, 359),
        (180, -90, 1, 0),
        (-180, 90, 1, 179 * 360),
        (179.99, 90, 1, 180 * 360 - 1),
        (179.99, 90, 5, 36 * 72 - 1),
        (179.99, 90, 20, 9 * 18 - 1),
        (0, 0, 20, 4 * 18 + 9),
        (*PYONGYANG, 1, 129 * 360 + 305),
    ],
)
def test_a_point_lies_in_one_cell(
    longitude: float, latitude: float, size: int, number: int
) -> None:
    assert compute_cell(longitude, latitude, size) == number


@given(LATITUDES)
def test_both_ends_of_longitude_are_one_meridian(latitude: float) -> None:
    for size in CELL_SIZES:
        assert compute_cell(180, latitude, size) == compute_cell(-180, latitude, size)


@given(BOXES, LONGITUDES, LATITUDES)
def test_a_point_in_a_box_has_its_cell_among_those_that_cover_it(
    box: Box, longitude: float, latitude: float
) -> None:
    assume(is_inside_box(box, longitude, latitude))
    size, cells = list_covering_cells(box, max_cells=200)
    assert compute_cell(longitude, latitude, size) in cells


@settings(max_examples=300)
@given(CIRCLES, st.floats(0, 1), st.floats(0, 1), LONGITUDES, LATITUDES)
def test_a_point_in_a_circle_has_its_cell_among_those_that_cover_it(
    circle: Circle, along: float, up: float, longitude: float, latitude: float
) -> None:
    reach = min(circle.km / 100, 180)
    near = (
        (circle.longitude + (2 * along - 1) * reach + 180) % 360 - 180,
        max(-90.0, min(90.0, circle.latitude + (2 * up - 1) * reach)),
    )
    size, cells = list_covering_cells(circle, max_cells=200)
    for point in (near, (longitude, latitude)):
        if compute_distance_km(circle.longitude, circle.latitude, *point) <= circle.km:
            assert compute_cell(*point, size) in cells


@given(st.one_of(BOXES, CIRCLES), st.integers(1, 200))
def test_cells_are_few_distinct_and_as_small_as_can_be(area: Box | Circle, most: int) -> None:
    size, cells = list_covering_cells(area, max_cells=most)
    assert len(cells) == len(set(cells)) <= most
    assert (size == 0) == (cells == [])
    smaller = [fewer for fewer in CELL_SIZES if fewer < size]
    assert all(list_covering_cells(area, max_cells=most)[0] != fewer for fewer in smaller)


@pytest.mark.parametrize(
    ("area", "size", "count"),
    [
        (Box(125.2, 38.2, 126.1, 39.1), 1, 4),
        (Box(125, 38, 125, 38), 1, 1),
        (Box(179.5, 0.5, -179.5, 0.5), 1, 2),
        (Box(120, 30, 150, 45), 5, 28),
        (Box(-180, -90, 180, 90), 0, 0),
        (Box(-180, 80, 180, 90), 20, 18),
        (Circle(*PYONGYANG, 50), 1, 4),
        (Circle(180, 0, 10), 1, 4),
        (Circle(0, 90, 10), 20, 18),
        (Circle(0, 0, 20_038), 0, 0),
    ],
)
def test_the_cells_of_an_area(area: Box | Circle, size: int, count: int) -> None:
    chosen, cells = list_covering_cells(area)
    assert (chosen, len(cells)) == (size, count)


def test_more_cells_allow_smaller_ones() -> None:
    whole = Box(-180, -90, 180, 90)
    assert [list_covering_cells(whole, most)[0] for most in (161, 162, 2592, 64_800)] == [
        0,
        20,
        5,
        1,
    ]


@pytest.mark.parametrize(
    ("box", "point", "holds"),
    [
        (Box(125, 38, 127, 40), PYONGYANG, True),
        (Box(125, 38, 127, 40), SEOUL, False),
        (Box(170, -10, -170, 10), (175, 0), True),
        (Box(170, -10, -170, 10), (-175, 0), True),
        (Box(170, -10, -170, 10), (0, 0), False),
        (Box(170, -10, 180, 10), (-180, 0), True),
        (Box(-180, -10, -170, 10), (180, 0), True),
        (Box(1, 1, 2, 2), (1, 2), True),
    ],
)
def test_a_box_holds_a_point(box: Box, point: tuple[float, float], holds: bool) -> None:
    assert is_inside_box(box, *point) is holds


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("124,37.5,131,43", Box(124, 37.5, 131, 43)),
        (" -180, -90 ,180,90", Box(-180, -90, 180, 90)),
        ("170,-10,-170,1e1", Box(170, -10, -170, 10)),
    ],
)
def test_a_box_is_read(text: str, box: Box) -> None:
    assert parse_box(text) == box


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,2,3", "west,south,east,north needs 4 numbers, and has 3"),
        ("", "needs 4 numbers"),
        ("181,0,0,1", "west must lie between -180 and 180, and is 181"),
        ("0,-91,0,1", "south must lie between -90 and 90, and is -91"),
        ("0,0,-180.5,1", "east must lie between -180 and 180, and is -180.5"),
        ("0,0,0,91", "north must lie between -90 and 90, and is 91"),
        ("0,2,1,1", "south (2) is above north (1)"),
        ("0,x,0,1", "south is not a number: 'x'"),
        ("0,0,nan,1", "east is not a number: 'nan'"),
        ("inf,0,0,1", "west is not a number: 'inf'"),
        ("1e999,0,0,1", "west is not a number: '1e999'"),
        ("1_0,0,0,1", "west is not a number: '1_0'"),
    ],
)
def test_a_box_that_is_wrong_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_box(text)


def test_a_circle_is_read() -> None:
    assert parse_circle("125.75, 39.03, 50") == Circle(125.75, 39.03, 50)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("125.75,39.03", "lon,lat,km needs 3 numbers, and has 2"),
        ("200,39.03,50", "lon must lie between"),
        ("39.03,125.75,50", "lat must lie between"),
        ("125.75,39.03,0", "km must be above 0 and at most 20038, and is 0"),
        ("125.75,39.03,20039", "km must be above 0"),
        ("125.75,39.03,far", "km is not a number: 'far'"),
    ],
)
def test_a_circle_that_is_wrong_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_circle(text)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (PYONGYANG, SEOUL, 195),
        (PYONGYANG, VOSTOCHNY, 1441),
        ((0, 90), (0, -90), pi * EARTH_RADIUS_KM),
        ((180, 10), (-180, 10), 0),
    ],
)
def test_distances_over_the_ground(
    one: tuple[float, float], other: tuple[float, float], km: float
) -> None:
    assert compute_distance_km(*one, *other) == pytest.approx(km, abs=2)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES, st.floats(0.001, 20_038))
def test_the_chord_tells_what_is_within_a_radius(
    longitude: float, latitude: float, other_longitude: float, other_latitude: float, km: float
) -> None:
    away = compute_distance_km(longitude, latitude, other_longitude, other_latitude)
    assume(abs(away - km) > 1e-6 * max(1.0, km))
    assume(away < 20_000 or km > 20_015.2)
    pairs = zip(
        make_unit_vector(longitude, latitude),
        make_unit_vector(other_longitude, other_latitude),
        strict=True,
    )
    assert (sum((a - b) ** 2 for a, b in pairs) <= compute_chord_squared(km)) == (away <= km)


@given(LONGITUDES, LATITUDES)
def test_the_largest_radius_holds_the_antipode(longitude: float, latitude: float) -> None:
    x, y, z = make_unit_vector(longitude, latitude)
    assert 4 * (x * x + y * y + z * z) <= compute_chord_squared(20_038)
