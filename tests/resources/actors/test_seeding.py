"""The vocabulary's actors: created once, kept current, left alone once an editor changed them."""

import pytest

from app.models.actors import actor_codes
from app.resources.actors import seeding
from app.resources.actors.seeding import list_vocabulary_actors, seed_actors
from app.vocab.countries import get_countries
from app.vocab.organizations import get_organizations
from tests.resources.conftest import Ask, Run

SIZE = len(get_countries()) + len(get_organizations())


@pytest.fixture
async def seeded(run: Run) -> None:
    """Seed the vocabulary's actors."""
    assert await run(seed_actors) == SIZE


async def test_seeding_is_done_once(run: Run) -> None:
    assert await run(seed_actors) == SIZE
    assert await run(seed_actors) == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("code=gw:731", ["PRK"]),
        ("code=cameo:UNO", ["united-nations"]),
        ("code=gw:265", ["DEU"]),
        ("name=north%20korea", ["PRK"]),
        ("name=UNSC", ["un-security-council"]),
        ("kind=state&country=PRK", ["PRK"]),
        ("q=security%20c", ["un-security-council"]),
        ("code=iso3:PRK&kind=organisation", []),
    ],
)
async def test_the_vocabulary_is_found(
    ask: Ask, seeded: None, query: str, found: list[str]
) -> None:
    answer = await ask(f"GET /v1/actors?{query}")
    assert [item["slug"] for item in answer.json()["items"]] == found


async def test_the_vocabulary_mark_is_never_shown(ask: Ask, seeded: None) -> None:
    read = (await ask("GET /v1/actors/PRK")).json()
    assert set(read["codes"]) <= set(get_countries()["PRK"].codes)
    assert (await ask("GET /v1/actors?code==vocabulary:1")).status_code == 422


async def test_a_change_of_the_vocabulary_is_applied(
    ask: Ask, run: Run, seeded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = list(list_vocabulary_actors())
    newer[0] = {**newer[0], "name": "Renamed", "codes": {"iso3": ["ABW"], "gw": ["999"]}}
    monkeypatch.setattr(seeding, "list_vocabulary_actors", lambda: iter(newer))
    assert await run(seed_actors) == 1
    assert await run(seed_actors) == 0
    read = await ask("GET /v1/actors/ABW")
    assert (read.json()["name"], read.json()["revision"]) == ("Renamed", 2)
    assert read.headers["etag"] == '"2-1"'
    found = await ask("GET /v1/actors?code=gw:999&name=renamed")
    assert [item["slug"] for item in found.json()["items"]] == ["ABW"]


async def test_an_editors_change_stays(
    ask: Ask, run: Run, seeded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask("PATCH /v1/actors/ABW", {"aliases": ["Our island"]}, key="writer")
    newer = [{**each, "name": f"New {each['name']}"} for each in list_vocabulary_actors()]
    monkeypatch.setattr(seeding, "list_vocabulary_actors", lambda: iter(newer))
    assert await run(seed_actors) == SIZE - 1
    read = (await ask("GET /v1/actors/ABW")).json()
    assert (read["name"], read["aliases"]) == ("Aruba", ["Our island"])


async def test_an_actor_created_by_an_editor_stays(ask: Ask, run: Run) -> None:
    body = {"slug": "united-nations", "kind": "organisation", "name": "The UN, to us"}
    await ask("POST /v1/actors", body, key="writer")
    assert await run(seed_actors) == SIZE - 1
    assert (await ask("GET /v1/actors/united-nations")).json()["name"] == "The UN, to us"
    marks = actor_codes.select().where(actor_codes.c.actor == "united-nations")
    assert await run(lambda write: len(write.connection.execute(marks).all())) == 0
