"""Merges of actors and sources: documents, filters, writes and imports use the remaining one."""

from typing import Any

import pytest

from app.record.links.propagation import MOST_IMMEDIATE
from tests.api.desk import Desk, a_claim, a_meeting, faults
from tests.maintenance.conftest import findings_at, url_of
from tests.maintenance.test_propagation_worker import many, status_of


async def merge(desk: Desk, noun: str, slug: str, into: str) -> dict[str, Any]:
    """Merge two records and return the one that remains."""
    answer = await desk.ask(f"POST /v1/{noun}/{slug}/merge", {"into": into})
    assert (answer.status_code, "link" in answer.headers) == (200, False), answer.text
    stays: dict[str, Any] = answer.json()
    return stays


async def test_one_actor_answers_for_both(desk: Desk) -> None:
    double = await desk.actor(name="Kim Chŏng-ŭn", aliases=["KJU"], codes={"cameo": "ONE"})
    kept = await desk.actor(name="Kim Jong Un", codes={"cameo": "TWO"})
    taking = [{"actor": double, "for": "PRK", "role": "host"}, {"actor": kept, "role": "host"}]
    event = await desk.event(
        participants=[*taking, {"actor": "RUS", "for": double, "role": "guest"}]
    )
    source = await desk.source(speaks_for=double)
    speaker = {"actor": double, "title": None, "speaks_for": None}
    claim = await desk.claim(event, source, speaker=speaker)
    await desk.settle()
    before = (await desk.get("/v1/changes?limit=10000"))["next_cursor"]
    stays = await merge(desk, "actors", double, kept)
    assert stays["aliases"] == ["Kim Chŏng-ŭn", "KJU"]
    assert stays["codes"]["cameo"] == ["TWO", "ONE"]
    shown = await desk.get(f"/v1/events/{event['id']}")
    assert [(each["actor"], each["for"]) for each in shown["participants"]] == [
        (kept, "PRK"),
        (kept, None),
        ("RUS", kept),
    ]
    assert (await desk.get(f"/v1/claims/{claim['id']}"))["speaker"]["actor"] == kept
    assert (await desk.get(f"/v1/sources/{source}"))["speaks_for"] == kept
    assert shown["verification_reason"].startswith(f"acknowledged by {kept}")
    for method in ("GET", "HEAD"):
        answer = await desk.ask(f"{method} /v1/actors/{double}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/actors/{kept}")
    await answers_for(desk, double, kept, event["dataset"])
    await desk.settle()
    past = await desk.items(f"/v1/events?actor={double}&as_of={before}")
    assert [each["id"] for each in past] == [event["id"]]
    assert past[0]["participants"][0]["actor"] == double
    assert findings_at(url_of(desk)) == []


async def answers_for(desk: Desk, former: str, kept: str, dataset: str) -> None:
    """Filters, new records and changes accept the merged slug for the remaining record."""
    for query in (f"actor={former}", f"actor_all={former}", f"dyad={former},RUS", "actor=KJU"):
        assert (await desk.get(f"/v1/count?dataset={dataset}&{query}"))["value"] == 1, query
    made = await desk.event(dataset, participants=[{"actor": former, "role": "host"}])
    assert made["participants"][0]["actor"] == kept
    for line in ("PATCH", "DELETE"):
        answer = await desk.ask(f"{line} /v1/actors/{former}", {} if line == "PATCH" else None)
        assert (answer.status_code, "was merged into" in answer.text) == (409, True)
    body = {"slug": former, "kind": "person", "name": "Again"}
    assert (await desk.ask("POST /v1/actors", body)).status_code == 409
    found = await desk.items(f"/v1/lookup/actors?name={former}")
    assert former not in {each["slug"] for each in found}


async def test_one_source_answers_for_both(desk: Desk) -> None:
    double, kept = await desk.source(reliability="F"), await desk.source(reliability="B")
    owned = await desk.source(owner=double)
    event = await desk.event()
    first = await desk.claim(event, double)
    await desk.claim(event, kept)
    await desk.claim(event, owned)
    assert (await desk.get(f"/v1/events/{event['id']}"))["claims"]["independent"] == 2
    await merge(desk, "sources", double, kept)
    shown = await desk.get(f"/v1/events/{event['id']}")
    assert (shown["claims"]["affirming"], shown["claims"]["independent"]) == (3, 1)
    assert (await desk.get(f"/v1/claims/{first['id']}"))["source"] == kept
    assert (await desk.get(f"/v1/sources/{owned}"))["owner"] == kept
    answer = await desk.ask(f"GET /v1/sources/{double}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/sources/{kept}")
    assert (await desk.get(f"/v1/count?source={double}"))["value"] == 1
    again = await desk.make(f"/v1/events/{event['id']}/claims", a_claim(double))
    assert again["source"] == kept
    assert findings_at(url_of(desk)) == []


async def test_a_chain_leads_to_its_end(desk: Desk) -> None:
    first, second, third = [await desk.actor() for _ in range(3)]
    await merge(desk, "actors", first, second)
    await merge(desk, "actors", second, third)
    answer = await desk.ask(f"GET /v1/actors/{first}")
    assert answer.headers["location"] == f"/v1/actors/{third}"


async def test_a_deleted_event_comes_back_with_who_is_there(desk: Desk) -> None:
    double, kept = await desk.actor(), await desk.actor()
    event = await desk.event(participants=[{"actor": double, "role": "host"}])
    await desk.change(f"DELETE /v1/events/{event['id']}")
    await merge(desk, "actors", double, kept)
    restored = await desk.change(f"POST /v1/events/{event['id']}/restore")
    assert restored["participants"][0]["actor"] == kept
    assert findings_at(url_of(desk)) == []


async def test_many_events_are_rewritten_by_a_job(desk: Desk) -> None:
    double, kept = await desk.actor(), await desk.actor()
    dataset = await many(desk, double)
    answer = await desk.ask(f"POST /v1/actors/{double}/merge", {"into": kept})
    assert answer.status_code == 202
    again = await desk.ask(f"POST /v1/actors/{double}/merge", {"into": "PRK"})
    assert again.status_code in {404, 409}
    job = await status_of(desk, answer)
    assert (job["slug"], job["into"], job["progress"]) == (double, kept, 1)
    assert (await desk.get(f"/v1/count?dataset={dataset}&actor={kept}"))["value"] > MOST_IMMEDIATE
    assert (await desk.ask(f"GET /v1/actors/{double}")).status_code == 308
    assert findings_at(url_of(desk)) == []


@pytest.mark.parametrize(
    ("slug", "into", "status", "code"),
    [
        ("{a}", "{a}", 422, "same-record"),
        ("{a}", "nobody", 422, "unknown-actor"),
        ("{a}", "{former}", 422, "merged"),
        ("{a}", "{hidden}", 422, "private"),
        ("nobody", "{a}", 404, None),
        ("{former}", "{a}", 409, None),
        ("PRK", "{a}", 409, None),
        ("united-nations", "{a}", 409, None),
    ],
)
async def test_what_cannot_be_merged(
    desk: Desk, slug: str, into: str, status: int, code: str | None
) -> None:
    names = {"a": await desk.actor(), "former": await desk.actor()}
    names["hidden"] = await desk.actor(dataset=await desk.dataset("private"))
    await merge(desk, "actors", names["former"], names["a"])
    line = f"POST /v1/actors/{slug.format(**names)}/merge"
    answer = await desk.ask(line, {"into": into.format(**names)})
    assert answer.status_code == status, answer.text
    if code is not None:
        assert [(each["code"], each["pointer"]) for each in faults(answer)] == [(code, "/into")]


async def test_a_hidden_double_stays_hidden(desk: Desk) -> None:
    dataset = await desk.dataset("private")
    double, kept = await desk.actor(dataset=dataset, name="Codename"), await desk.actor()
    taking = [{"actor": double, "role": "host"}]
    await desk.make("/v1/events", a_meeting(dataset, participants=taking))
    stays = await merge(desk, "actors", double, kept)
    assert stays["aliases"] == []
    key = await desk.key("read", "write")
    assert (await desk.ask(f"GET /v1/actors/{double}", key=key)).status_code == 404
    assert (await desk.ask(f"PATCH /v1/actors/{double}", {}, key=key)).status_code == 404
    assert (await desk.ask(f"GET /v1/events?actor={double}", key=key)).status_code == 422
    body = a_meeting(await desk.dataset(), participants=taking)
    assert (await desk.ask("POST /v1/events", body, key=key)).status_code == 422
    assert (await desk.ask(f"GET /v1/actors/{double}")).status_code == 308
    assert (await desk.get(f"/v1/count?actor={double}"))["value"] == 1
