"""Two servers on one database say the same, whichever of them merged, renamed or deleted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings
from tests.api.conftest import serving
from tests.api.desk import DATABASES, Desk, database_of

ASKED = (
    "/v1/events?actor={actor}",
    "/v1/events?actor_all=PRK,{actor}",
    "/v1/events?dyad=PRK,{actor}",
    "/v1/events?filter=actor='{actor}'",
    "/v1/events?filter=NOT source='{source}'",
    "/v1/events?source={source}",
    "/v1/events.ndjson?actor={actor}",
    "/v1/events?actor={name}",
    "/v1/actors/{actor}",
    "/v1/actors/{actor}/events",
    "/v1/sources/{source}",
    "/v1/claims?speaker={actor}",
    "/v1/claims?source={source}",
    "/v1/count?actor={actor}",
    "/v1/facets?by=actor,source&actor={actor}",
    "/v1/aggregate?by=actor&source={source}",
    "/v1/dashboard?source={source}",
    "/v1/network?actor={actor}",
    "/v1/lookup/actors?name={actor}",
    "/v1/citation?actor={actor}",
)


@dataclass
class Servers:
    """Two applications that know of each other by their database alone."""

    here: Desk
    there: Desk

    async def say_the_same(self, **names: str) -> dict[str, int]:
        """Ask both everything, twice; the statuses by what was asked.

        Exports are of the last settled position, which may differ while other tests write.
        """
        await self.here.settle()
        statuses = {}
        for asked in ASKED:
            path = asked.format(**names)
            answers = [await desk.ask(f"GET {path}") for desk in (self.there, self.here) * 2]
            told = {(each.status_code, stripped(each.content)) for each in answers}
            assert len(told) == 1, (path, told)
            statuses[asked] = answers[0].status_code
        return statuses


def stripped(body: bytes) -> bytes:
    """A problem without the id of its request."""
    return body.partition(b'"trace_id"')[0]


@pytest.fixture(params=DATABASES)
async def servers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Servers]:
    """Both, with spool folders of their own."""
    with database_of(request, tmp_path, request.param) as url:
        spools = [Settings(database_url=url, spool_dir=tmp_path / each) for each in ("a", "b")]
        async with serving(create_app(spools[0])) as one, serving(create_app(spools[1])) as other:
            both = Servers(Desk(one), Desk(other))
            yield both
            await both.here.close()
            await both.there.close()


async def test_both_say_the_same_after_a_merge_and_a_deletion(servers: Servers) -> None:
    here = servers.here
    dataset = await here.dataset()
    actors = [await here.actor(f"actor-{name}", name=f"Actor {name}") for name in "xyz"]
    sources = [await here.source(f"source-{name}") for name in "xyz"]
    for actor, source in zip(actors[:2], sources[:2], strict=True):
        taking = [{"actor": each, "role": "side"} for each in (actor, "PRK")]
        event = await here.event(dataset, participants=taking)
        speaker = {"actor": actor, "speaks_for": "PRK"}
        await here.claim(event, source, speaker=speaker)
    names = [
        {"actor": actor, "source": source, "name": f"Actor {actor[-1]}"}
        for actor, source in zip(actors, sources, strict=True)
    ]
    for each in names:
        assert set((await servers.say_the_same(**each)).values()) == {200}
    await here.change("POST /v1/actors/actor-y/merge", {"into": "actor-x"})
    await here.change("POST /v1/sources/source-y/merge", {"into": "source-x"})
    merged = await servers.say_the_same(**names[1])
    assert {asked for asked, status in merged.items() if status == 308} == {
        "/v1/actors/{actor}",
        "/v1/sources/{source}",
    }
    for desk in (servers.here, servers.there):
        for asked in ("actor=actor-y", "source=source-y", "filter=actor='actor-y'"):
            assert (await desk.get(f"/v1/count?{asked}"))["value"] == 2
    await here.change("PATCH /v1/actors/actor-x", {"name": "Called otherwise"})
    await servers.say_the_same(**names[0])
    await here.change("DELETE /v1/actors/actor-z")
    await here.change("DELETE /v1/sources/source-z")
    gone = await servers.say_the_same(**names[2])
    naming = {asked for asked in ASKED if "/lookup/" not in asked}
    assert {asked for asked, status in gone.items() if status == 200} == set(ASKED) - naming
