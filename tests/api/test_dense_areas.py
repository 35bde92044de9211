"""Pages of a dense area: walked another way, with the same answers."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from orjson import loads

from app.cli.filter_arguments import read_filters
from app.query import planning
from app.query.record_query import build_query
from app.resources.events.query import EventQuery
from app.resources.events.resource_type import EVENTS
from app.resources.events.streaming import open_event_lines
from app.values.caller import OPERATOR
from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, open_desk

NUMBER = 60
AREAS = (
    "bbox=-30,-20,40,50",
    "bbox=170,-90,-150,90",
    "bbox=90,-60,180,60",
    "bbox=-180,-60,-120,90",
    "near=10,20,3000",
    "near=179,0,4000",
    "near=0,89,2500",
)


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with events all over the world."""
    async with open_desk(request, tmp_path) as opened:
        await opened.dataset("public", "desk")
        random = Random(11)
        for number in range(NUMBER):
            longitude = random.choice((180.0, -180.0, round(random.uniform(-180, 180), 3)))
            place = {"longitude": longitude, "latitude": round(random.uniform(-90, 90), 3)}
            location = place | {"precision": "exact"}
            day = f"20{random.randint(10, 24)}-01-{random.randint(1, 28):02}"
            await opened.event("desk", title=f"No. {number}", date=day, location=location)
        yield opened


async def walk(desk: Desk, asked: str) -> list[str]:
    """The ids of all pages."""
    ids, cursor = [], ""
    while True:
        page = await desk.get(f"/v1/events?{asked}&limit=3{cursor}")
        ids += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            return ids
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize(
    "more", ["", "&since=2015-01-01&until=2022-01-01&sort=date", "&sort=title"]
)
async def test_a_dense_area_changes_no_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    plainly = {area: await walk(desk, area + more) for area in AREAS}
    assert all(plainly.values())
    monkeypatch.setattr(planning, "DENSE_EVENTS", 1)
    monkeypatch.setattr(planning, "_AREA_COUNTS", planning.CountCache())
    for area, ids in plainly.items():
        assert await walk(desk, area + more) == ids, area
        counted_too = await desk.get(f"/v1/events?{area}{more}&limit=3&count=exact")
        assert counted_too["count"]["value"] == len(ids)


class Noting(planning.CountCache):
    """Numbers, with a list of those that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    async def count(self, *asked: Any) -> int:
        """Count events, and record that they were counted."""
        self.asked.append(await super().count(*asked))
        return self.asked[-1]


async def test_every_reader_of_a_page_avoids_dense_cells(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"{AREAS[0]}&limit=3"
    plainly = await desk.get(f"/v1/events?{asked}")
    monkeypatch.setattr(planning, "DENSE_EVENTS", 1)
    for path in ("/v1/events", "/v1/events.ndjson", "/v1/events.parquet", "/v1/dashboard"):
        monkeypatch.setattr(planning, "_AREA_COUNTS", noting := Noting())
        answer = await desk.ask(f"GET {path}?{asked}")
        assert answer.status_code == 200
        # Of the present: what is pinned has no such way.
        assert bool(noting.asked) is (path != "/v1/events.parquet"), path
        if path == "/v1/dashboard":
            assert answer.json()["events"]["items"] == plainly["items"]
        if path == "/v1/events.ndjson":
            assert [loads(line) for line in answer.text.splitlines()] == plainly["items"]
    database = desk.app.state.annals.database
    monkeypatch.setattr(planning, "_AREA_COUNTS", noting := Noting())
    query = read_filters(EventQuery, asked.split("&"))
    planned = await planning.plan(database, build_query(EVENTS, query, OPERATOR), query.limit)
    async with open_event_lines(database, query, planned) as chunks:
        lines = b"".join([chunk async for chunk in chunks]).splitlines()
    assert [loads(line) for line in lines] == plainly["items"]
    assert noting.asked


async def test_a_long_walk_does_not_begin(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "DENSE_EVENTS", 1)
    monkeypatch.setattr(planning, "_AREA_COUNTS", noting := Noting())
    await desk.get(f"/v1/events?{AREAS[0]}&limit={planning.MAX_WALK + 1}")
    assert noting.asked == []


async def test_what_the_caller_does_not_see_makes_no_area_dense(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await desk.dataset("private")
    await desk.event(secret, location={"longitude": 10, "latitude": 20, "precision": "exact"})
    monkeypatch.setattr(planning, "_AREA_COUNTS", noting := Noting())
    for key in (ADMIN_KEY, None):
        await desk.get(f"/v1/events?{AREAS[0]}", key=key)
    seen, public = noting.asked
    assert seen == public + 1
