"""Faults that the generated queries found, each as a small case."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from tests.api.questions.playing import settled_position

DATASET = {"slug": "desk", "title": "Desk", "visibility": "public"}


async def an_event(api: AsyncClient, **given: Any) -> str:
    """The id of a new event in a new dataset."""
    await api.post("/v1/datasets", json=DATASET)
    event = {"dataset": "desk", "type": "meeting", "title": "A meeting", "date": "2024-06-18"}
    made = await api.post("/v1/events", json=event | given)
    return str(made.json()["id"])


async def a_source(api: AsyncClient, slug: str, **given: Any) -> None:
    """A new source."""
    source = {"slug": slug, "kind": "newspaper", "name": slug, "reliability": "B"}
    await api.post("/v1/sources", json=source | given)


async def a_claim(api: AsyncClient, event: str, source: str, made_on: str) -> None:
    """A claim that affirms the event."""
    claim = {
        "stance": "affirms",
        "source": source,
        "made_on": made_on,
        "paraphrase": "They met.",
        "basis": "media-report",
    }
    made = await api.post(f"/v1/events/{event}/claims", json=claim)
    assert made.status_code == 201, made.text


async def count(api: AsyncClient, **params: str) -> int:
    """Count the events of that kind."""
    answer = await api.get("/v1/count", params=params)
    return int(answer.json()["value"])


@pytest.mark.parametrize("longitude", [180, -180])
@pytest.mark.parametrize(
    ("bbox", "found"),
    [
        ("170,-20,180,-10", 1),
        ("-180,-20,-170,-10", 1),
        ("170,-20,-170,-10", 1),
        ("180,-20,180,-10", 1),
        ("-180,-20,-180,-10", 1),
        ("180,-20,-180,-10", 1),
        ("170,-20,-180,-10", 1),
        ("180,-20,-170,-10", 1),
        ("-180,-20,180,-10", 1),
        ("170,-20,179.9,-10", 0),
        ("-179.9,-20,179.9,-10", 0),
        ("170,-10,180,0", 0),
    ],
)
async def test_both_names_of_the_antimeridian(
    api: AsyncClient, longitude: float, bbox: str, found: int
) -> None:
    place = {"longitude": longitude, "latitude": -16.5, "precision": "exact"}
    event = await an_event(api, location=place)
    assert await count(api, bbox=bbox) == found
    assert (await api.get(f"/v1/events/{event}")).json()["location"]["longitude"] == longitude


async def test_what_was_known_follows_the_source_that_is_weighed_otherwise(
    api: AsyncClient,
) -> None:
    event = await an_event(api)
    await a_source(api, "daily")
    await a_source(api, "weekly", reliability="F")
    for source in ("daily", "weekly"):
        await a_claim(api, event, source, "2024-06-18")
    written_at = (await api.get(f"/v1/events/{event}")).json()["updated_at"]
    before = await settled_position(api, written_at)
    anyhow = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    await api.patch("/v1/sources/weekly", content=b'{"reliability": "C"}', headers=anyhow)
    asked = {"known_by": "2024-06-18"}
    assert await count(api, **asked, verification="confirmed") == 1
    assert await count(api, **asked, verification="alleged") == 0
    assert await count(api, **asked, verification="alleged", as_of=before) == 1


async def test_with_known_by_a_source_is_found_by_what_it_had_said_by_then(
    api: AsyncClient,
) -> None:
    event = await an_event(api)
    for source, made_on in (("daily", "2024-06-18"), ("weekly", "2024-06-20")):
        await a_source(api, source)
        await a_claim(api, event, source, made_on)
    assert await count(api, source="weekly") == 1
    assert await count(api, source="weekly", known_by="2024-06-19") == 0
    assert await count(api, source="weekly", known_by="2024-06-20") == 1
    assert await count(api, source="daily,weekly", known_by="2024-06-18") == 1


@pytest.mark.parametrize("term", [{"tag": "talks"}, {"code": "cameo:042"}, {"source": "daily"}])
async def test_relevance_beside_a_term(api: AsyncClient, term: dict[str, str]) -> None:
    event = await an_event(api, tags=["talks"], codes={"cameo": "042"})
    await a_source(api, "daily")
    await a_claim(api, event, "daily", "2024-06-18")
    answer = await api.get("/v1/events", params={"sort": "-relevance", "q": "meeting", **term})
    assert [each["id"] for each in answer.json()["items"]] == [event]
