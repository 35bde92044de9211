"""The same event in several datasets: candidates by the indexes, explained scores, `same-as`."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.desk import DATABASES, Desk, Record, faults, open_desk

TOWN = {"name": "Rami", "country": "SYR", "longitude": 37.0, "latitude": 36.0, "precision": "city"}
SOMEWHERE = {"country": "SYR", "precision": "country"}
SIDES = [{"actor": "SYR", "role": "side"}, {"actor": "RUS", "role": "side"}]


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def a_clash(**changed: Any) -> Record:
    """Return the content of a clash in a town."""
    clash = {"type": "armed-clash", "date": "2014-01-22", "location": TOWN, "participants": SIDES}
    return {**clash, **changed}


async def matches(desk: Desk, event: Record, asked: str = "", **options: Any) -> list[Record]:
    """The matches of an event."""
    return await desk.items(f"/v1/events/{event['id']}/matches{asked}", **options)


async def test_candidates_come_by_place_country_and_actor(desk: Desk) -> None:
    event = await desk.event(await desk.dataset(), **a_clash())
    other = await desk.dataset()
    near = {**TOWN, "latitude": 36.09, "name": None}
    alike = await desk.event(other, **a_clash(date="2014-01-23", location=near, type="shelling"))
    by_country = await desk.event(other, **a_clash(location=SOMEWHERE, participants=[]))
    by_actor = await desk.event(other, **a_clash(location=None))
    await desk.event(other, **a_clash(date="2014-03-22"))
    await desk.event(other, **a_clash(location={**TOWN, "longitude": 44.0}, participants=[]))
    await desk.event(event["dataset"], **a_clash())
    page = await desk.get(f"/v1/events/{event['id']}/matches?dataset={other}")
    assert [each["event"] for each in page["items"]] == [
        alike["id"],
        by_actor["id"],
        by_country["id"],
    ]
    assert (page["considered"], page["complete"], page["next_cursor"]) == (3, True, None)
    assert page["count"] == {"value": 3, "kind": "exact"}
    best = page["items"][0]
    assert best["reason"] == (
        "one day apart; 10.0 km apart; armed-clash and shelling, of one class;"
        " 2 of 2 actors in common (RUS, SYR)"
    )
    weighed = sum(each["weight"] * each["value"] for each in best["components"])
    assert best["score"] == pytest.approx(weighed, abs=0.002)
    assert [each["name"] for each in best["components"]] == ["time", "place", "type", "actors"]
    back = await matches(desk, alike, f"?dataset={event['dataset']}")
    assert back[0]["event"] == event["id"]


async def test_the_window_and_the_score_can_be_asked_for(desk: Desk) -> None:
    event, other = await desk.event(**a_clash()), await desk.dataset()
    far = await desk.event(other, **a_clash(date="2014-01-28", location={**TOWN, "latitude": 37}))
    at = f"?dataset={other}"
    assert await matches(desk, event, at) == []
    found = await matches(desk, event, f"{at}&days=10&km=300")
    assert [each["event"] for each in found] == [far["id"]]
    assert await matches(desk, event, f"{at}&days=10&km=300&min_score=0.9") == []
    for wrong in ("days=99", "km=0", "min_score=2", "dataset=nowhere", "day=3"):
        answer = await desk.ask(f"GET /v1/events/{event['id']}/matches?{wrong}")
        assert (answer.status_code, len(faults(answer))) == (422, 1), wrong


async def test_a_confirmed_match_names_its_relation(desk: Desk) -> None:
    event, other = await desk.event(**a_clash()), await desk.dataset()
    twin = await desk.event(other, **a_clash())
    at = f"?dataset={other}"
    assert (await matches(desk, event, at))[0]["relation"] is None
    relation = await desk.relation(event, twin, "same-as")
    for one, dataset in ((event, other), (twin, event["dataset"])):
        found = await matches(desk, one, f"?dataset={dataset}")
        assert found[0]["relation"] == relation["id"]
    winner = await desk.event(other, **a_clash())
    await desk.make("/v1/merges", {"winner": winner["id"], "losers": [twin["id"]]})
    (found_again,) = await matches(desk, event, at)
    assert (found_again["event"], found_again["relation"]) == (winner["id"], relation["id"])
    await desk.change(f"DELETE /v1/relations/{relation['id']}")
    assert (await matches(desk, event, at))[0]["relation"] is None


async def test_a_private_twin_is_a_match_for_nobody_else(desk: Desk) -> None:
    event, hidden = await desk.event(**a_clash()), await desk.dataset("private")
    await desk.event(hidden, **a_clash(title="Umbra"))
    granted = await desk.key("read", datasets=[hidden])
    for key, count in ((None, 0), (await desk.key("read"), 0), (granted, 1)):
        answer = await desk.ask(f"GET /v1/events/{event['id']}/matches?limit=100", key=key)
        assert answer.text.count("Umbra") == count


async def test_of_what_is_gone_or_merged_or_never_was(desk: Desk) -> None:
    event = await desk.event(**a_clash())
    path = f"/v1/events/{event['id']}/matches"
    winner = await desk.event(event["dataset"], **a_clash())
    merge = await desk.make("/v1/merges", {"winner": winner["id"], "losers": [event["id"]]})
    moved = await desk.ask(f"GET {path}?limit=1")
    assert (moved.status_code, moved.headers["location"]) == (
        308,
        f"/v1/events/{winner['id']}/matches?limit=1",
    )
    await desk.change(f"POST /v1/merges/{merge['id']}/undo")
    await desk.change(f"DELETE /v1/events/{event['id']}")
    assert (await desk.ask(f"GET {path}")).status_code == 410
    assert (await desk.ask(f"GET {path.replace(event['id'][:8], '0190a2c0')}")).status_code == 404


async def test_events_with_nothing_to_go_by(desk: Desk) -> None:
    other = await desk.dataset()
    await desk.event(other, date="2014-01-22", title="Nothing is known")
    for content in ({"date": "../2014-01-22"}, {"date": "2014-01-22/.."}, {"date": "9999-12-31"}):
        event = await desk.event(**content, location=SOMEWHERE)
        assert await matches(desk, event, f"?dataset={other}") == []
