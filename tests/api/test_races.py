"""Many clients at the same time: one winner per revision, and nothing lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx2 import Response

from tests.api.desk import DATABASES, Desk, Record, a_claim, a_meeting, open_desk

CLIENTS = 20


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: each test makes records of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def at_once(*asked: Any) -> list[Response]:
    """The answers to requests that are sent together."""
    return list(await asyncio.gather(*asked))


def statuses(answers: list[Response]) -> Counter[int]:
    """Count the answers by status."""
    return Counter(answer.status_code for answer in answers)


@pytest.mark.parametrize("noun", ["events", "claims", "relations", "actors", "sources", "datasets"])
async def test_each_revision_has_one_winner(desk: Desk, noun: str) -> None:
    path, name = await a_path(desk, noun)
    for revision in (1, 2):
        tag = (await desk.ask(f"GET {path}")).headers["etag"]
        answers = await at_once(
            *(
                desk.ask(f"PATCH {path}", {name: f"{revision} of client {client}"}, if_match=tag)
                for client in range(CLIENTS)
            )
        )
        assert statuses(answers) == {200: 1, 412: CLIENTS - 1}
        (winner,) = (answer.json() for answer in answers if answer.status_code == 200)
        assert (await desk.get(path)) == winner
        assert winner["revision"] == revision + 1


async def a_path(desk: Desk, noun: str) -> tuple[str, str]:
    """A new record of a noun, and a field of it that can be changed."""
    if noun == "events":
        return f"/v1/events/{(await desk.event())['id']}", "title"
    if noun == "claims":
        return f"/v1/claims/{(await desk.claim(await desk.event()))['id']}", "paraphrase"
    if noun == "relations":
        first = await desk.event()
        relation = await desk.relation(first, await desk.event(first["dataset"]))
        return f"/v1/relations/{relation['id']}", "note"
    if noun == "actors":
        return f"/v1/actors/{await desk.actor()}", "name"
    if noun == "sources":
        return f"/v1/sources/{await desk.source()}", "name"
    return f"/v1/datasets/{await desk.dataset()}", "title"


async def retried(desk: Desk, path: str, client: int) -> None:
    """Change an event as careful clients do: read, change that, and begin again if it is stale."""
    while True:
        read = await desk.ask(f"GET {path}")
        tags = [*read.json()["tags"], f"client-{client}"]
        tag = read.headers["etag"]
        answer = await desk.ask(f"PATCH {path}", {"tags": tags}, if_match=tag)
        if answer.status_code == 200:
            return
        assert answer.status_code == 412, answer.text


async def test_no_careful_change_is_lost_and_the_history_is_whole(desk: Desk) -> None:
    path = f"/v1/events/{(await desk.event())['id']}"
    await asyncio.gather(*(retried(desk, path, client) for client in range(CLIENTS)))
    event = await desk.get(path)
    assert set(event["tags"]) == {f"client-{client}" for client in range(CLIENTS)}
    assert event["revision"] == CLIENTS + 1
    history = await desk.items(f"{path}/history")
    assert [each["revision"] for each in history] == list(range(CLIENTS + 1, 0, -1))
    for entry in history[:-1]:
        (change,) = entry["changes"]
        assert len(change["to"]) == len(change["from"]) + 1


async def test_one_of_many_makes_the_record(desk: Desk) -> None:
    body = a_meeting(await desk.dataset(), external_id="one")
    answers = await at_once(*(desk.ask("POST /v1/events", body) for _ in range(CLIENTS)))
    assert statuses(answers) == {201: 1, 409: CLIENTS - 1}
    assert (await desk.get(f"/v1/count?dataset={body['dataset']}"))["value"] == 1


async def test_one_of_many_makes_the_claim(desk: Desk) -> None:
    event, source = await desk.event(), await desk.source()
    line = f"POST /v1/events/{event['id']}/claims"
    body = a_claim(source, external_id="one")
    answers = await at_once(*(desk.ask(line, body) for _ in range(CLIENTS)))
    assert statuses(answers) == {201: 1, 409: CLIENTS - 1}


async def test_no_claim_is_lost(desk: Desk) -> None:
    event, sources = await desk.event(), [await desk.source() for _ in range(CLIENTS)]
    path = f"/v1/events/{event['id']}"
    answers = await at_once(
        *(desk.ask(f"POST {path}/claims", a_claim(source)) for source in sources)
    )
    assert statuses(answers) == {201: CLIENTS}
    found = await desk.get(path)
    assert (found["claims"]["affirming"], found["claims"]["independent"]) == (CLIENTS, CLIENTS)
    assert found["revision"] == CLIENTS + 1
    assert len(await desk.items(f"{path}/claims")) == CLIENTS
    for source in sources:
        assert [each["id"] for each in await desk.items(f"/v1/events?source={source}")] == [
            event["id"]
        ]


async def test_relations_from_both_sides_do_not_lock_each_other_out(desk: Desk) -> None:
    dataset = await desk.dataset()
    ends = [await desk.event(dataset) for _ in range(4)]
    pairs = [(one, other) for one in ends for other in ends if one is not other]
    bodies = [{"from": one["id"], "to": other["id"], "type": "enables"} for one, other in pairs]
    answers = await at_once(*(desk.ask("POST /v1/relations", body) for body in bodies * 2))
    assert statuses(answers) == {201: len(pairs), 409: len(pairs)}
    await asyncio.gather(*(changed_at_random(desk, end) for end in ends for _ in range(3)))


async def changed_at_random(desk: Desk, event: Record) -> None:
    """Delete and restore an event while others do the same to its neighbours."""
    path = f"/v1/events/{event['id']}"
    for line in (f"DELETE {path}", f"POST {path}/restore"):
        answer = await desk.ask(line)
        assert answer.status_code in {200, 204, 409, 410}, answer.text


async def test_a_relation_is_changed_beside_the_deletion_of_its_end(desk: Desk) -> None:
    dataset = await desk.dataset()
    for _ in range(6):
        first, second = await desk.event(dataset), await desk.event(dataset)
        relation = await desk.relation(first, second)
        path = f"/v1/relations/{relation['id']}"
        answers = await at_once(
            *(desk.ask(f"PATCH {path}", {"note": f"note {number}"}) for number in range(4)),
            desk.ask(f"DELETE /v1/events/{second['id']}"),
        )
        assert {answer.status_code for answer in answers} <= {200, 204, 410}
        await desk.settle()
        changes = await desk.items(f"/v1/changes?id={relation['id']}")
        assert [each["revision"] for each in changes] == list(range(1, len(changes) + 1))
        assert changes[-1]["operation"] == "deleted"
        assert (await desk.ask(f"GET {path}")).status_code == 410


async def test_one_of_many_restores(desk: Desk) -> None:
    event = await desk.event()
    await desk.claim(event)
    path = f"/v1/events/{event['id']}"
    answers = await at_once(*(desk.ask(f"DELETE {path}") for _ in range(8)))
    assert statuses(answers) == {204: 1, 410: 7}
    answers = await at_once(*(desk.ask(f"POST {path}/restore") for _ in range(8)))
    assert statuses(answers) == {200: 1, 409: 7}
    assert len(await desk.items(f"{path}/claims")) == 1


async def test_a_source_is_judged_while_it_is_cited(desk: Desk) -> None:
    source, other = await desk.source(reliability="F"), await desk.source(reliability="A")
    events = [await desk.event() for _ in range(6)]
    answers = await at_once(
        *(desk.ask(f"POST /v1/events/{each['id']}/claims", a_claim(source)) for each in events),
        desk.ask(f"PATCH /v1/sources/{source}", {"reliability": "A"}),
        *(desk.ask(f"POST /v1/events/{each['id']}/claims", a_claim(other)) for each in events),
    )
    assert statuses(answers) == {201: 12, 200: 1}
    for event in events:
        found = await desk.get(f"/v1/events/{event['id']}")
        assert (found["verification"], found["claims"]["independent"]) == ("confirmed", 2)


async def test_what_many_wrote_is_read_as_of_any_of_their_changes(desk: Desk) -> None:
    dataset = await desk.dataset()
    events = [await desk.event(dataset) for _ in range(3)]
    paths = [f"/v1/events/{event['id']}" for event in events]
    await at_once(
        *(
            desk.ask(f"PATCH {path}", {"title": f"Of client {client}"})
            for client in range(CLIENTS)
            for path in paths
        )
    )
    await desk.settle()
    changes = await desk.items(f"/v1/changes?dataset={dataset}&kind=event")
    assert len(changes) == len(events) * (CLIENTS + 1)
    latest: dict[str, int] = {}
    for change in changes:
        latest[change["id"]] = change["revision"]
        stood = await desk.items(f"/v1/events?dataset={dataset}&as_of={change['position']}")
        assert {each["id"]: each["revision"] for each in stood} == latest
        assert len(stood) == len(latest)
