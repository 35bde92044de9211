"""The parameters `filter` and `within` on every read of events."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.api.desk import DATABASES, Desk, faults, open_desk


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk on each of the databases."""
    async with open_desk(request, tmp_path) as opened:
        yield opened


async def count(desk: Desk, text: str, others: str = "") -> int:
    """Count the events that satisfy the filter."""
    found: int = (await desk.get(f"/v1/count?filter={quote(text)}{others}"))["value"]
    return found


async def test_details_are_compared_by_their_values(desk: Desk) -> None:
    details = {"delivered": {"value": 120, "estimated": True}, "delivery_years": [2023, 2024]}
    await desk.event(type="arms-transfer", details=details)
    await desk.event()
    found = {
        text: await count(desk, text)
        for text in (
            "details.delivered > 100",
            "details.delivered * 2 - 40 = 200",
            "NOT details.delivered > 100",
            "details.delivered / 0 = 1",
            "details.delivered.estimated = TRUE",
            "details.delivered IS NULL",
            "A_OVERLAPS(details.delivery_years, (2024, 2030))",
            "details.delivery_years = 2025",
        )
    }
    assert list(found.values()) == [1, 1, 0, 0, 1, 1, 1, 0], found


async def test_a_filter_stands_beside_parameters_and_other_filters(desk: Desk) -> None:
    taking = [{"actor": "PRK", "role": "host"}, {"actor": "RUS", "role": "guest"}]
    await desk.event(participants=taking, tags=["a"])
    await desk.event(participants=taking[:1], tags=["b"])
    assert await count(desk, "actor = 'RUS'") == 1
    assert await count(desk, "actor = 'Russian Federation'", "&actor=PRK&role=host") == 1
    assert await count(desk, "actor = 'PRK' AND tag = 'b'", "&tag=b") == 1
    assert await count(desk, "type = 'meeting' AND country IS NULL AND actor = 'RUS'") == 1
    assert await count(desk, "type = 'visit' AND actor = 'RUS'") == 0


async def test_a_list_of_nothing(desk: Desk) -> None:
    """Every list contains it; it contains and equals those that have no item."""
    await desk.event(tags=["a"])
    await desk.event()
    names = ("a_contains", "a_containedby", "a_equals", "a_overlaps", "NOT a_contains")
    assert [await count(desk, f"{name}(tag, ())") for name in names] == [2, 1, 1, 0, 0]
    assert await count(desk, "a_contains(role, ())") == 2


async def test_roles_are_folded_like_other_texts(desk: Desk) -> None:
    await desk.event(participants=[{"actor": "PRK", "role": "victim"}])
    await desk.event()
    assert await count(desk, "accenti(role) = 'VICTIM'") == 0
    assert await count(desk, "casei(role) = casei('VICTIM')") == 1
    assert await count(desk, "accenti(role) <> accenti('VICTIM')") == 2
    assert await count(desk, "casei(role) <> casei('Victim')") == 1


WRONG = [
    ("casei(title, tag) IS NULL", "character 1: casei takes one text"),
    ("typ = 'summit'", "character 1: unknown field 'typ'; did you mean 'type'?"),
    ("type = 'sumit'", "character 8: unknown event type 'sumit'; did you mean 'summit'"),
    ("s_wihin(location, POINT(1 1))", "unknown function 's_wihin'; did you mean 's_within'?"),
    ("details.deliverd > 1", "unknown field 'details.deliverd'; did you mean"),
    ("actor = 'North Koreaa'", "character 9: unknown actor 'North Koreaa'"),
    ("fatalities = 'a'", "= cannot compare 'fatalities.best', which is a number, and 'a'"),
    ("date > DATE('2024-01-01')", "this is a span of time: compare it with T_BEFORE"),
    ("updated_at = DATE('2024-02-30')", "character 14: "),
    ("t_after(date, updated_at)", "days cannot be compared with instants"),
    ("title", "'title' alone is not a condition: compare it"),
    ("casei(title)", "'casei' is not a condition: compare it"),
    ("id LIKE 'a%'", "an id can be compared with = or IN only"),
    ("title IN ()", "IN needs a list that is not empty"),
    ("s_within(title, POINT(1 1))", "'title' is not a place; location is one"),
    ("a_contains(title, ('a'))", "'title' is not a list: compare it with = or IN"),
    ("fatalities ^ 2 > 4", "'^' works with literal numbers only; with a field use +, -, *, /"),
    ("s_within(location, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "the polygon is not valid"),
]


async def test_a_mistake_is_reported_with_the_nearest_name(desk: Desk) -> None:
    for text, told in WRONG:
        answer = await desk.ask(f"GET /v1/events?filter={quote(text)}")
        assert answer.status_code == 422, text
        (fault,) = faults(answer)
        assert fault["parameter"] == "filter", text
        assert told in fault["detail"], text


async def test_the_language_may_be_named(desk: Desk) -> None:
    tree = '{"op": "isNull", "args": [{"property": "location"}]}'
    await desk.event()
    assert await count(desk, tree, "&filter-lang=cql2-json") == 1
    assert await count(desk, "location IS NULL", "&filter-lang=cql2-text") == 1
    asked = f"GET /v1/count?filter={quote(tree)}&filter-lang="
    assert (await desk.ask(f"{asked}cql2-text")).status_code == 422
    assert faults(await desk.ask(f"{asked}cql"))[0]["parameter"] == "filter-lang"


async def test_a_cursor_belongs_to_its_filter(desk: Desk) -> None:
    dataset = await desk.dataset()
    for title in ("a", "b", "c"):
        await desk.event(dataset, title=title)
    path = "/v1/events?limit=1&sort=title&filter="
    one, another = (quote(f"title <> '{title}'") for title in "ba")
    page = await desk.get(path + one)
    following = await desk.get(f"{path}{one}&cursor={page['next_cursor']}")
    assert [each["title"] for each in page["items"] + following["items"]] == ["a", "c"]
    other = await desk.ask(f"GET {path}{another}&cursor={page['next_cursor']}")
    assert [fault["code"] for fault in faults(other)] == ["not-a-cursor"]


async def test_a_filter_holds_on_every_read_of_events(desk: Desk) -> None:
    for title in ("one", "two"):
        await desk.event(title=title, participants=[{"actor": "PRK", "role": "host"}])
    asked = "?filter=" + quote("title = 'two'")
    for path in ("/v1/events", "/v1/actors/PRK/events"):
        assert [each["title"] for each in await desk.items(path + asked)] == ["two"]
    await desk.settle()
    lines = (await desk.ask(f"GET /v1/events.ndjson{asked}&fields=title")).text
    assert lines == '{"title":"two"}\n'
    assert (await desk.get(f"/v1/count{asked}"))["value"] == 1
    assert (await desk.get(f"/v1/aggregate{asked}&by=type"))["data"][0]["count"] == 1


AREAS = [
    ("POLYGON((170 -20, 190 -20, 190 -10, 170 -10, 170 -20))", "antimeridian"),
    ("POLYGON((-190 -20, -170 -20, -170 -10, -190 -10, -190 -20))", "antimeridian"),
    ("POLYGON((179 -20, 180 -20, 180 -10, 179 -10, 179 -20))", "antimeridian"),
    ("POLYGON((0 80, 10 80, 10 90, 0 90, 0 80))", "pole"),
    ("POLYGON((0 80, 10 80, 10 89.9, 0 89.9, 0 80))", ""),
    ("POLYGON((0 0, 20 20, 20 0, 0 0))", "edge"),
    ("POLYGON((0 0, 20 20, 20 0, 0 0), (9 5, 12 11, 12 5, 9 5))", "edge"),
    ("POLYGON((0 0, 20 20, 20 0, 0 0), (9 5, 10 10, 12 5, 9 5))", "edge"),
    ("POLYGON((0 0, 20 20.000001, 20 0, 0 0))", "edge"),
    ("POLYGON((0 0, 20 19.999999, 20 0, 0 0))", ""),
    ("POLYGON((-180 -90, 180 -90, 180 90, -180 90, -180 -90))", "antimeridian edge pole"),
]


async def test_what_is_within(desk: Desk) -> None:
    dataset = await desk.dataset()
    places = {"antimeridian": (180, -16.5), "pole": (123.4, 90), "edge": (10, 10)}
    for title, (longitude, latitude) in places.items():
        place = {"longitude": longitude, "latitude": latitude, "precision": "exact"}
        await desk.event(dataset, title=title, location=place)
    for area, found in AREAS:
        items = await desk.items(f"/v1/events?within={quote(area)}&sort=title")
        assert " ".join(each["title"] for each in items) == found, area
