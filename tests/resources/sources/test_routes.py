"""Sources over HTTP."""

from typing import Any

import pytest

from app.resources.actors.seeding import seed_actors
from tests.resources.conftest import Ask, Run

TASS = {
    "slug": "tass",
    "kind": "state-media",
    "name": "TASS",
    "reliability": "C",
    "speaks_for": "RUS",
    "country": "RUS",
    "language": "ru",
    "url": "https://tass.com",
}
GROUP = {"slug": "nyt-company", "kind": "organisation", "name": "The New York Times Company"}
PAPER = {
    "slug": "nyt",
    "kind": "newspaper",
    "name": "The New York Times",
    "reliability": "B",
    "owner": "nyt-company",
    "country": "USA",
    "language": "en",
}


@pytest.fixture
async def sources(ask: Ask, run: Run) -> None:
    """Create three public sources."""
    await run(seed_actors)
    for body in (TASS, GROUP, PAPER):
        answer = await ask("POST /v1/sources", body, key="writer")
        assert answer.status_code == 201, answer.text


async def test_a_source_is_created(ask: Ask, sources: None) -> None:
    read = await ask("GET /v1/sources/nyt-company")
    assert read.headers["etag"] == '"1-1"'
    assert read.json() == {
        **GROUP,
        **dict.fromkeys(("owner", "speaks_for", "country", "language", "url", "dataset")),
        "reliability": "F",
        "revision": 1,
        "created_at": read.json()["created_at"],
        "updated_at": read.json()["created_at"],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["tass", "nyt", "nyt-company"]),
        ("sort=-updated_at", ["nyt", "nyt-company", "tass"]),
        ("kind=newspaper,organisation", ["nyt", "nyt-company"]),
        ("reliability=B,C", ["tass", "nyt"]),
        ("owner=nyt-company", ["nyt"]),
        ("speaks_for=RUS", ["tass"]),
        ("country=USA", ["nyt"]),
        ("language=ru", ["tass"]),
        ("q=the%20NEW", ["nyt", "nyt-company"]),
        ("q=york", ["nyt", "nyt-company"]),
        ("q=ork", []),
        ("q=nyt-", ["nyt-company"]),
        ("q=%25", []),
        ("q=_", []),
    ],
)
async def test_sources_are_found(ask: Ask, sources: None, query: str, found: list[str]) -> None:
    answer = await ask(f"GET /v1/sources?{query}")
    assert answer.status_code == 200, answer.text
    assert [item["slug"] for item in answer.json()["items"]] == found


@pytest.mark.parametrize(
    ("line", "body", "key", "status", "said"),
    [
        ("POST /v1/sources", TASS, "writer", 409, "'tass' is taken"),
        ("POST /v1/sources", {**TASS, "slug": "x"}, None, 401, "a key"),
        ("POST /v1/sources", {**TASS, "slug": "x"}, "reader", 403, "write"),
        ("POST /v1/sources", {**TASS, "slug": "PRK"}, "writer", 422, "/slug"),
        ("POST /v1/sources", {**TASS, "slug": "x", "reliability": "G"}, "writer", 422, "'G'"),
        (
            "POST /v1/sources",
            {**PAPER, "slug": "x", "owner": "nyt-compny"},
            "writer",
            422,
            "/owner",
        ),
        ("POST /v1/sources", {**PAPER, "slug": "x", "owner": "x"}, "writer", 422, "own itself"),
        (
            "POST /v1/sources",
            {**TASS, "slug": "x", "speaks_for": "RU"},
            "writer",
            422,
            "speaks_for",
        ),
        ("PATCH /v1/sources/nyt", {"owner": "nyt"}, "writer", 422, "own itself"),
        ("PATCH /v1/sources/nyt", {"owner": "tas"}, "writer", 422, "did you mean 'tass'?"),
        ("PATCH /v1/sources/nyt", {"speaks_for": "usa"}, "writer", 422, "did you mean 'USA'?"),
        ("PATCH /v1/sources/nyt", {"created_at": "now"}, "writer", 422, "cannot be changed"),
        ("PUT /v1/sources/none", {"kind": "other", "name": "N"}, "writer", 404, "'none'"),
        ("GET /v1/sources/none", None, None, 404, "there is no source 'none'"),
        ("DELETE /v1/sources/nyt-company", None, "writer", 409, "in use"),
    ],
)
async def test_invalid_requests_are_refused(
    ask: Ask, sources: None, line: str, body: Any, *, key: str | None, status: int, said: str
) -> None:
    answer = await ask(line, body, key=key)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


async def test_an_actor_that_a_source_speaks_for_is_in_use(ask: Ask, sources: None) -> None:
    assert (await ask("DELETE /v1/actors/RUS", key="writer")).status_code == 409


async def test_a_source_is_changed_and_deleted(ask: Ask, sources: None) -> None:
    patched = await ask("PATCH /v1/sources/nyt", {"owner": None}, key="writer", if_match='"1-1"')
    assert (patched.json()["owner"], patched.json()["revision"]) == (None, 2)
    stale = await ask("PATCH /v1/sources/nyt", {"name": "NYT"}, key="writer", if_match='"1-1"')
    assert stale.status_code == 412
    put = await ask("PUT /v1/sources/nyt", {"kind": "other", "name": "NYT"}, key="writer")
    assert (put.json()["reliability"], put.json()["language"]) == ("F", None)
    assert (await ask("DELETE /v1/sources/nyt-company", key="writer")).status_code == 204
