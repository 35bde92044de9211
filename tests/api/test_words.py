"""Words in claims, and snippets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.desk import DATABASES, Desk, faults, open_desk


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk on each of the databases."""
    async with open_desk(request, tmp_path) as opened:
        yield opened


async def test_a_claim_is_found_if_claims_are_looked_into(desk: Desk) -> None:
    event = await desk.event(title="Talks")
    claim = await desk.claim(event, paraphrase="Artillery shells were <sent>.")
    for words, events, claims in (
        ("shells", 0, 1),
        ("talks", 1, 1),
        ("talks shells", 0, 0),
        ("shells -artillery", 0, 0),
    ):
        assert (await desk.get(f"/v1/count?q={words}"))["value"] == events
        assert (await desk.get(f"/v1/count?q={words}&q_in=claims"))["value"] == claims
    asked = "/v1/events?q=shells&q_in=claims&include=snippets&fields=snippets"
    (item,) = await desk.items(asked)
    marked = "Artillery <mark>shells</mark> were &lt;sent&gt;."
    assert item["snippets"] == [{"field": "claims", "text": marked, "claim": claim["id"]}]


async def test_a_claim_is_found_by_what_it_says_now_and_said_then(desk: Desk) -> None:
    event = await desk.event()
    claim = await desk.claim(event, paraphrase="Shells.", made_on="2024-06-18")
    await desk.settle()
    position = (await desk.get("/v1/events?as_of=now&limit=1"))["as_of"]
    await desk.change(f"PATCH /v1/claims/{claim['id']}", {"paraphrase": "Rockets."})
    now, then = "&q_in=claims", f"&q_in=claims&as_of={position}"
    found = [
        (await desk.get(f"/v1/count?q={words}{when}"))["value"]
        for words in ("shells", "rockets")
        for when in (now, then)
    ]
    assert found == [0, 1, 1, 0]
    (item,) = await desk.items(f"/v1/events?q=shells{then}&include=snippets")
    assert [each["claim"] for each in item["snippets"]] == [claim["id"]]
    assert (await desk.get("/v1/count?q=rockets&q_in=claims&known_by=2024-06-17"))["value"] == 0
    assert (await desk.get("/v1/count?q=rockets&q_in=claims&known_by=2024-06-18"))["value"] == 1
    await desk.change(f"DELETE /v1/claims/{claim['id']}")
    assert (await desk.get("/v1/count?q=rockets&q_in=claims"))["value"] == 0


async def test_words_of_private_claims_are_not_found(desk: Desk) -> None:
    await desk.claim(await desk.event(await desk.dataset("private")), paraphrase="Shells.")
    path = "/v1/count?q=shells&q_in=claims"
    assert (await desk.get(path))["value"] == 1
    assert (await desk.get(path, key=None))["value"] == 0


async def test_snippets_of_an_event(desk: Desk) -> None:
    await desk.event(
        title="Putin visits Pyongyang",
        summary="The visit was short.",
        participants=[{"actor": "PRK", "role": "host"}],
        location={"name": "Pyongyang", "country": "PRK", "precision": "city"}
        | {"longitude": 125.75, "latitude": 39.03},
    )
    (item,) = await desk.items("/v1/events?q=pyongyang%20visit*&include=snippets")
    assert [(each["field"], each["text"]) for each in item["snippets"]] == [
        ("title", "Putin <mark>visits</mark> <mark>Pyongyang</mark>"),
        ("location", "<mark>Pyongyang</mark>"),
        ("summary", "The <mark>visit</mark> was short."),
    ]


async def test_snippets_need_words(desk: Desk) -> None:
    event = await desk.event()
    for path in ("/v1/events", f"/v1/events/{event['id']}"):
        answer = await desk.ask(f"GET {path}?include=snippets")
        assert [fault["code"] for fault in faults(answer)] == ["no-words"]
