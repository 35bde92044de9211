"""Pages of a crowded area are walked another way, and say the same."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.query import counted, crowds
from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, open_desk

EVENTS = 60
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
        for number in range(EVENTS):
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
async def test_a_crowd_changes_no_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    plainly = {area: await walk(desk, area + more) for area in AREAS}
    assert all(plainly.values())
    monkeypatch.setattr(crowds, "CROWD", 1)
    monkeypatch.setattr(crowds, "_NUMBERS", counted.Numbers())
    for area, ids in plainly.items():
        assert await walk(desk, area + more) == ids, area
        counted_too = await desk.get(f"/v1/events?{area}{more}&limit=3&count=exact")
        assert counted_too["count"]["value"] == len(ids)


async def test_what_the_caller_does_not_see_makes_no_crowd(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[int] = []

    class Noting(counted.Numbers):
        async def number(self, *asked: Any) -> int:
            numbers.append(await super().number(*asked))
            return numbers[-1]

    secret = await desk.dataset("private")
    await desk.event(secret, location={"longitude": 10, "latitude": 20, "precision": "exact"})
    monkeypatch.setattr(crowds, "_NUMBERS", Noting())
    for key in (ADMIN_KEY, None):
        await desk.get(f"/v1/events?{AREAS[0]}", key=key)
    seen, public = numbers
    assert seen == public + 1
