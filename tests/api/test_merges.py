"""Merges: one event replaces others, nothing moves, and everything can be undone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.desk import DATABASES, Desk, Record, faults, open_desk

NEVER = "0190a2c0-0000-7000-8000-000000000001"


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Yield one desk for the module: each test creates datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def merge(desk: Desk, winner: Record, *losers: Record) -> Record:
    """Merge the losers into the winner."""
    ids = [each["id"] for each in losers]
    return await desk.make("/v1/merges", {"winner": winner["id"], "losers": ids})


async def undo(desk: Desk, merged: Record) -> Record:
    """Undo a merge."""
    return await desk.change(f"POST /v1/merges/{merged['id']}/undo")


async def event_of(desk: Desk, event: Record, more: str = "") -> Record:
    """Return an event as it is now, by its own id."""
    found: Record = await desk.get(f"/v1/events/{event['id']}{more}")
    return found


async def ids_at(desk: Desk, target: str) -> list[str]:
    """Return the ids of a list, in the order of their names."""
    return sorted(each["id"] for each in await desk.items(target))


async def moment(desk: Desk) -> str:
    """Return the current position of the feed."""
    await desk.settle()
    answer = await desk.get("/v1/events?limit=1&as_of=now")
    return str(answer["as_of"])


async def pair(desk: Desk, **content: Any) -> tuple[Record, Record]:
    """Record two events of one dataset, each with a claim by another reliable source."""
    first = await desk.event(**content)
    second = await desk.event(first["dataset"], title="The same meeting")
    await desk.claim(first, made_on="2024-06-18")
    await desk.claim(second, made_on="2024-06-20")
    return first, second


async def test_the_winner_is_verified_by_the_claims_of_both(desk: Desk) -> None:
    winner, loser = await pair(desk)
    assert (await event_of(desk, winner))["verification"] == "alleged"
    merged = await merge(desk, winner, loser)
    assert merged["losers"] == [loser["id"]]
    assert (merged["revision"], merged["undone_at"]) == (1, None)
    after = await event_of(desk, winner)
    assert (after["revision"], after["verification"]) == (3, "confirmed")
    assert after["claims"] == {
        "affirming": 2,
        "denying": 0,
        "independent": 2,
        "first_made_on": "2024-06-18",
    }
    claims = await desk.items(f"/v1/events/{winner['id']}/claims")
    assert [each["event"] for each in claims] == [loser["id"], winner["id"]]
    included = await event_of(desk, winner, "?include=claims")
    assert included["claims"]["items"] == claims
    assert await desk.items(f"/v1/claims?event={winner['id']}") == claims
    page = await desk.get(f"/v1/claims?event={winner['id']}&count=exact&limit=1")
    assert page["count"]["value"] == 2
    more = await desk.get(f"/v1/claims?event={winner['id']}&cursor={page['next_cursor']}")
    assert [*page["items"], *more["items"]] == claims
    known = await event_of(desk, winner, "?known_by=2024-06-19&include=claims")
    assert (known["verification"], len(known["claims"]["items"])) == ("alleged", 1)
    assert (await event_of(desk, winner, "?known_by=2024-06-20"))["verification"] == "confirmed"


@pytest.mark.parametrize("known", ["", "&known_by=2024-06-20"])
async def test_a_source_of_the_loser_finds_the_winner(desk: Desk, known: str) -> None:
    first, second = await pair(desk)
    source = (await desk.items(f"/v1/events/{second['id']}/claims"))[0]["source"]
    before = await moment(desk)
    merged = await merge(desk, first, second)
    during = await moment(desk)
    assert await ids_at(desk, f"/v1/events?source={source}{known}") == [first["id"]]
    await undo(desk, merged)
    asked = f"/v1/events?source={source}{known}"
    assert await ids_at(desk, asked) == [second["id"]]
    assert await ids_at(desk, f"{asked}&as_of={before}") == [second["id"]]
    assert await ids_at(desk, f"{asked}&as_of={during}") == [first["id"]]


async def test_the_loser_redirects_to_the_winner(desk: Desk) -> None:
    winner, loser = await pair(desk)
    dataset = winner["dataset"]
    await merge(desk, winner, loser)
    assert await ids_at(desk, f"/v1/events?dataset={dataset}") == [winner["id"]]
    assert (await desk.get(f"/v1/count?dataset={dataset}"))["value"] == 1
    here, there = f"/v1/events/{loser['id']}", f"/v1/events/{winner['id']}"
    for more in ("", "/claims?limit=1", "/relations", "/graph?depth=2", "?fields=title,date"):
        for method in ("GET", "HEAD"):
            answer = await desk.ask(f"{method} {here}{more}", key=None)
            assert answer.status_code == 308, (more, answer.text)
            assert answer.headers["location"] == f"{there}{more}"
            assert answer.headers["cache-control"] == "no-cache"
    history = await desk.get(f"{here}/history")
    assert [each["operation"] for each in history["items"]] == ["merged", "updated", "created"]
    gone = await desk.ask(f"GET {here}/history/3")
    assert (gone.status_code, "merged" in gone.json()["detail"]) == (410, True)
    assert (await desk.get(f"{here}/history/2"))["title"] == "The same meeting"


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("PUT {}", {"dataset": "{dataset}", "type": "riot", "title": "A", "date": "2024"}),
        ("PATCH {}", {"title": "Another"}),
        ("DELETE {}", None),
        ("POST {}/restore", None),
        ("POST {}/claims", {"stance": "affirms", "source": "{source}", "paraphrase": "Yes.",
                            "basis": "document"}),
        ("POST {}/relations", {"to": "{winner}", "type": "follows"}),
    ],
)  # fmt: skip
async def test_a_write_to_a_merged_id_is_a_conflict_that_names_the_winner(
    desk: Desk, line: str, body: Record | None
) -> None:
    winner, loser = await pair(desk)
    await merge(desk, winner, loser)
    source = await desk.source()
    places = {"{dataset}": winner["dataset"], "{winner}": winner["id"], "{source}": source}
    sent = body and {name: places.get(value, value) for name, value in body.items()}
    answer = await desk.ask(line.format(f"/v1/events/{loser['id']}"), sent)
    assert answer.status_code == 409, answer.text
    assert winner["id"] in answer.json()["detail"]
    for end in ("from", "to"):
        ends = {"from": winner["id"], "to": winner["id"], end: loser["id"], "type": "follows"}
        refused = await desk.ask("POST /v1/relations", ends)
        assert (refused.status_code, faults(refused)[0]["pointer"]) == (409, f"/{end}")


async def test_undoing_restores_everything_as_new_revisions(desk: Desk) -> None:
    winner, loser = await pair(desk, tags=["talks"])
    other = await desk.event(winner["dataset"])
    relation = await desk.relation(loser, other)
    before = [await event_of(desk, each, "?include=claims,relations") for each in (winner, loser)]
    merged = await merge(desk, winner, loser)
    undone = await undo(desk, merged)
    assert (undone["revision"], undone["undone_at"]) == (2, undone["updated_at"])
    assert await desk.get(f"/v1/merges/{merged['id']}") == undone
    after = [await event_of(desk, each, "?include=claims,relations") for each in (winner, loser)]
    for old, new in zip(before, after, strict=True):
        assert new["revision"] == old["revision"] + 2
        assert {**new, "revision": 0, "updated_at": 0} == {**old, "revision": 0, "updated_at": 0}
    assert after[1]["relations"]["items"] == [relation]
    await desk.settle()
    feed = await desk.items(f"/v1/changes?id={winner['id']},{loser['id']}")
    told = [(each["id"], each["operation"], each["revision"]) for each in feed]
    assert sorted(told[-4:]) == sorted(
        [
            (winner["id"], "updated", 3),
            (loser["id"], "merged", 3),
            (winner["id"], "updated", 4),
            (loser["id"], "unmerged", 4),
        ]
    )
    again = await desk.ask(f"POST /v1/merges/{merged['id']}/undo")
    assert (again.status_code, "undone already" in again.json()["detail"]) == (409, True)


async def test_as_of_shows_each_state(desk: Desk) -> None:
    winner, loser = await pair(desk)
    dataset, moments = winner["dataset"], [await moment(desk)]
    merged = await merge(desk, winner, loser)
    moments.append(await moment(desk))
    await undo(desk, merged)
    moments.append(await moment(desk))
    both, one = sorted([winner["id"], loser["id"]]), [winner["id"]]
    for position, ids, claims in zip(moments, (both, one, both), (1, 2, 1), strict=True):
        as_of = f"as_of={position}"
        assert await ids_at(desk, f"/v1/events?dataset={dataset}&{as_of}") == ids
        assert (await desk.get(f"/v1/count?dataset={dataset}&{as_of}"))["value"] == len(ids)
        listed = await desk.items(f"/v1/events/{winner['id']}/claims?{as_of}")
        shown = await event_of(desk, winner, f"?include=claims&{as_of}")
        assert shown["claims"]["items"] == listed
        assert (len(listed), shown["claims"]["affirming"]) == (claims, claims)
        found = await desk.ask(f"GET /v1/events/{loser['id']}?{as_of}")
        assert found.status_code == (200 if len(ids) == 2 else 308)
    again = await event_of(desk, loser, f"?as_of={moments[2]}")
    assert again["title"] == "The same meeting"
    moved = await desk.ask(f"GET /v1/events/{loser['id']}?as_of={moments[1]}")
    assert moved.headers["location"] == f"/v1/events/{winner['id']}?as_of={moments[1]}"


async def test_relations_lead_to_the_winner(desk: Desk) -> None:
    winner, loser = await pair(desk)
    other = await desk.event(winner["dataset"])
    relation = await desk.relation(loser, other, "enables")
    between = await desk.relation(winner, loser, "follows")
    await merge(desk, winner, loser)
    path = f"/v1/events/{winner['id']}"
    assert {each["id"] for each in await desk.items(f"{path}/relations")} == {
        relation["id"],
        between["id"],
    }
    included = (await event_of(desk, winner, "?include=relations"))["relations"]["items"]
    assert sorted(each["id"] for each in included) == sorted([relation["id"], between["id"]])
    assert await ids_at(desk, f"/v1/relations?from={winner['id']}&type=enables") == [relation["id"]]
    for start in (path, f"/v1/events/{other['id']}"):
        graph = await desk.get(f"{start}/graph?depth=2")
        assert {each["id"] for each in graph["nodes"]} == {winner["id"], other["id"]}
        (edge,) = graph["edges"]
        assert (edge["from"], edge["to"]) == (winner["id"], other["id"])
    await desk.change(f"PATCH /v1/relations/{relation['id']}", {"note": "as they said"})
    await desk.change(f"DELETE /v1/events/{other['id']}")
    assert await ids_at(desk, f"{path}/relations") == [between["id"]]
    await desk.change(f"POST /v1/events/{other['id']}/restore")
    assert len(await desk.items(f"{path}/relations")) == 2


async def test_a_claim_of_the_loser_is_changed_in_place(desk: Desk) -> None:
    winner, loser = await pair(desk)
    merged = await merge(desk, winner, loser)
    (claim,) = await desk.items(f"/v1/claims?event={loser['id']}")
    assert claim["event"] == loser["id"]
    changed = await desk.change(f"PATCH /v1/claims/{claim['id']}", {"stance": "denies"})
    assert (changed["event"], changed["revision"]) == (loser["id"], 2)
    assert (await event_of(desk, winner))["verification"] == "disputed"
    await undo(desk, merged)
    assert (await event_of(desk, winner))["verification"] == "alleged"
    assert (await event_of(desk, loser))["verification"] == "denied"
    await merge(desk, winner, loser)
    await desk.change(f"DELETE /v1/claims/{claim['id']}")
    assert (await event_of(desk, winner))["claims"]["affirming"] == 1


async def test_a_changed_source_reaches_the_winner(desk: Desk) -> None:
    winner, loser = await pair(desk)
    source = (await desk.items(f"/v1/events/{loser['id']}/claims"))[0]["source"]
    await merge(desk, winner, loser)
    await desk.change(f"PATCH /v1/sources/{source}", {"reliability": "E"})
    after = await event_of(desk, winner)
    assert (after["revision"], after["verification"]) == (4, "alleged")
    assert (await event_of(desk, winner, "?known_by=2024-06-20"))["verification"] == "alleged"


async def test_chains_of_merges_lead_to_the_last_and_can_be_undone(desk: Desk) -> None:
    first, second = await pair(desk)
    third = await desk.event(first["dataset"])
    await desk.claim(third)
    one = await merge(desk, second, first)
    during = await moment(desk)
    two = await merge(desk, third, second)
    path = f"/v1/events/{first['id']}"
    for event in (first, second):
        answer = await desk.ask(f"GET /v1/events/{event['id']}")
        assert answer.headers["location"] == f"/v1/events/{third['id']}"
    moved = await desk.ask(f"GET {path}?as_of={during}")
    assert moved.headers["location"].startswith(f"/v1/events/{second['id']}?")
    assert (await event_of(desk, third))["claims"]["affirming"] == 3
    back = {"winner": first["id"], "losers": [third["id"]]}
    refused = await desk.ask("POST /v1/merges", back)
    assert (refused.status_code, faults(refused)[0]["pointer"]) == (409, "/winner")
    await undo(desk, two)
    assert (await event_of(desk, second))["claims"]["affirming"] == 2
    assert (await event_of(desk, third))["claims"]["affirming"] == 1
    assert (await desk.ask(f"GET {path}")).headers["location"] == f"/v1/events/{second['id']}"
    await merge(desk, third, second)
    await undo(desk, one)
    assert (await event_of(desk, first))["claims"]["affirming"] == 1
    assert (await event_of(desk, third))["claims"]["affirming"] == 2


async def test_several_events_are_merged_at_once(desk: Desk) -> None:
    winner, loser = await pair(desk)
    third = await desk.event(winner["dataset"])
    await desk.claim(third)
    merged = await merge(desk, winner, loser, third)
    assert (await event_of(desk, winner))["claims"]["affirming"] == 3
    await undo(desk, merged)
    for event in (winner, loser, third):
        assert (await event_of(desk, event))["claims"]["affirming"] == 1


async def test_a_deleted_winner_hides_the_records_of_its_losers(desk: Desk) -> None:
    winner, loser = await pair(desk)
    other = await desk.event(winner["dataset"])
    relation = await desk.relation(loser, other)
    merged = await merge(desk, winner, loser)
    await desk.change(f"DELETE /v1/events/{winner['id']}")
    assert await desk.items(f"/v1/claims?dataset={winner['dataset']}") == []
    assert await desk.items(f"/v1/events/{other['id']}/relations") == []
    assert (await desk.ask(f"GET /v1/events/{loser['id']}")).status_code == 308
    refused = await desk.ask(f"POST /v1/merges/{merged['id']}/undo")
    assert (refused.status_code, "restore it" in refused.json()["detail"]) == (409, True)
    await desk.change(f"POST /v1/events/{winner['id']}/restore")
    restored = await event_of(desk, winner)
    assert (restored["verification"], restored["claims"]["affirming"]) == ("confirmed", 2)
    (back,) = await desk.items(f"/v1/events/{winner['id']}/relations")
    assert (back["id"], back["from"]) == (relation["id"], loser["id"])
    await undo(desk, merged)
    assert [each["id"] for each in await desk.items(f"/v1/events/{loser['id']}/relations")] == [
        relation["id"]
    ]


async def test_invalid_merges_are_refused_by_name(desk: Desk) -> None:
    winner, loser = await pair(desk)
    gone = await desk.event(winner["dataset"])
    await desk.change(f"DELETE /v1/events/{gone['id']}")
    elsewhere = await desk.event()
    for losers, code in (
        ([NEVER], "unknown-event"),
        ([loser["id"], NEVER], "unknown-event"),
        ([gone["id"]], "deleted-event"),
        ([elsewhere["id"]], "other-dataset"),
        ([winner["id"]], "same-event"),
        ([loser["id"], loser["id"]], "same-event"),
        ([], "too_short"),
    ):
        answer = await desk.ask("POST /v1/merges", {"winner": winner["id"], "losers": losers})
        assert answer.status_code == 422, answer.text
        (fault,) = faults(answer)
        place = f"/losers/{len(losers) - 1}" if losers else "/losers"
        assert fault["pointer"] == place
        assert code == "too_short" or fault["code"] == code, fault
    assert (await event_of(desk, winner))["revision"] == 2
    absent = await desk.ask(f"POST /v1/merges/{NEVER}/undo")
    assert absent.status_code == 404


async def test_the_etags_of_winner_and_merge_are_checked(desk: Desk) -> None:
    winner, loser = await pair(desk)
    body = {"winner": winner["id"], "losers": [loser["id"]]}
    stale = await desk.ask("POST /v1/merges", body, if_match='"1-1"')
    assert stale.status_code == 412
    made = await desk.ask("POST /v1/merges", body, if_match='"2-1"')
    assert (made.status_code, made.headers["etag"]) == (201, '"1-1"')
    assert made.headers["location"] == f"/v1/merges/{made.json()['id']}"
    path = f"{made.headers['location']}/undo"
    assert (await desk.ask(f"POST {path}", if_match='"2-1"')).status_code == 412
    undone = await desk.ask(f"POST {path}", if_match='"1-1"')
    assert (undone.status_code, undone.headers["etag"]) == (200, '"2-1"')


async def test_merges_are_listed_by_event_and_dataset(desk: Desk) -> None:
    winner, loser = await pair(desk)
    merged = await merge(desk, winner, loser)
    second, other = await pair(desk)
    later = await merge(desk, second, other)
    await undo(desk, merged)
    for asked, found in (
        (f"event={loser['id']}", [merged]),
        (f"event={winner['id']},{other['id']}", [merged, later]),
        (f"winner={second['id']}", [later]),
        (f"dataset={winner['dataset']}&undone=true", [merged]),
        (f"dataset={winner['dataset']}&undone=false", []),
    ):
        assert await ids_at(desk, f"/v1/merges?{asked}") == sorted(each["id"] for each in found)


async def test_a_private_merge_is_seen_by_nobody_else(desk: Desk) -> None:
    dataset = await desk.dataset("private")
    winner, loser = await desk.event(dataset), await desk.event(dataset)
    merged = await merge(desk, winner, loser)
    for key in (None, await desk.key("read", "write")):
        answer = await desk.ask(f"GET /v1/events/{loser['id']}", key=key)
        assert (answer.status_code, "location" in answer.headers) == (404, False)
        assert await desk.items(f"/v1/merges?event={loser['id']}", key=key) == []
        assert (await desk.ask(f"GET /v1/merges/{merged['id']}", key=key)).status_code == 404
    stranger = await desk.key("write")
    ours = await desk.event()
    body = {"winner": ours["id"], "losers": [winner["id"]]}
    refused = await desk.ask("POST /v1/merges", body, key=stranger)
    assert faults(refused)[0]["code"] == "unknown-event"
    relation = {"from": ours["id"], "to": loser["id"], "type": "follows"}
    refused = await desk.ask("POST /v1/relations", relation, key=stranger)
    assert faults(refused)[0]["code"] == "unknown-event"
    undoing = await desk.ask(f"POST /v1/merges/{merged['id']}/undo", key=stranger)
    assert undoing.status_code == 404


async def test_concurrent_writers_leave_one_merge_and_no_error(desk: Desk) -> None:
    events = [await desk.event()]
    events += [await desk.event(events[0]["dataset"]) for _ in range(5)]
    claims = [await desk.claim(each) for each in events]
    asked = [
        desk.ask("POST /v1/merges", {"winner": one["id"], "losers": [other["id"]]})
        for number, one in enumerate(events)
        for other in (events[(number + 1) % 6], events[(number + 2) % 6])
    ]
    asked += [
        desk.ask(f"PATCH /v1/claims/{each['id']}", {"paraphrase": "Changed."}) for each in claims
    ]
    answers = await asyncio.gather(*asked)
    assert {each.status_code for each in answers} <= {200, 201, 409}
    standing = await desk.items(f"/v1/events?dataset={events[0]['dataset']}")
    assert sum(each["claims"]["affirming"] for each in standing) == 6
    held = [await desk.items(f"/v1/events/{each['id']}/claims") for each in standing]
    assert [len(each) for each in held] == [each["claims"]["affirming"] for each in standing]


async def test_the_external_id_of_a_merged_event_stays_taken(desk: Desk) -> None:
    winner = await desk.event()
    loser = await desk.event(winner["dataset"], external_id="one")
    await merge(desk, winner, loser)
    body = {"dataset": winner["dataset"], "external_id": "one", "type": "riot", "title": "A"}
    answer = await desk.ask("POST /v1/events", {**body, "date": "2024"})
    assert (answer.status_code, faults(answer)[0]["pointer"]) == (409, "/external_id")
    assert f"was merged into another, as {loser['id']}" in answer.json()["detail"]


async def test_the_source_row_of_a_merged_event_stays_at_its_own_id(desk: Desk) -> None:
    winner, loser = await pair(desk)
    await merge(desk, winner, loser)
    answer = await desk.ask(f"GET /v1/events/{loser['id']}/source-row", key=None)
    assert (answer.status_code, "not imported" in answer.json()["detail"]) == (404, True)
