"""A thousand questions about the past, before and after others are merged, deleted and renamed.

The questions come from one seed; ANNALS_TEST_SEED sets another.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest
from sqlalchemy import delete

from app.db.transaction import Transaction
from app.models.actors import past_actor_names, past_actors
from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, a_claim, a_meeting, open_desk

SEED = int(os.environ.get("ANNALS_TEST_SEED", "20240612"))
QUESTIONS = 1_000
SAVED = 12
ROLES = ("host", "guest", "target", "side")
EVENTS, ACTORS, SOURCES = 30, 10, 6
SHOWN_WRONG = 5

PLAIN = (
    "/v1/events?actor={a}&sort=title",
    "/v1/events?actor={a},{b}&limit=3",
    "/v1/events?actor_all={a},{b}",
    "/v1/events?dyad=PRK,{a}",
    "/v1/events?filter=actor='{a}'",
    "/v1/events?filter=source='{s}' AND NOT actor='{a}'",
    "/v1/events?source={s}&include=claims",
    "/v1/events?dataset={d}&actor={a}&include=references",
    "/v1/events.csv?actor={a}&include=references",
    "/v1/events.ndjson?source={s}",
    "/v1/actors/{slug}/events?limit=2",
    "/v1/claims?source={s}",
    "/v1/claims?speaker={slug}",
    "/v1/claims?speaks_for={slug}&origin={s}",
    "/v1/count?actor={a}&source={s}",
    "/v1/citation?actor={a}",
)
"""Few shapes of question: what is asked of differs, by slugs, names and aliases."""

IN_NUMBERS = (
    "/v1/facets?by=actor,source&dataset={d}",
    "/v1/aggregate?by=actor&source={s}",
    "/v1/grid?actor={a}",
    "/v1/network?source={s}",
    "/v1/network?kind=person&actor={a}",
    "/v1/dashboard?actor={a}&limit=3",
)
ASKED = (*PLAIN * 5, *IN_NUMBERS)
"""Reads by cost: the slower ones are asked less often."""


@dataclass
class World:
    """Existing records by their present and former slugs."""

    random: Random
    public: str = ""
    private: str = ""
    actors: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk of this test's own."""
    async with open_desk(request, tmp_path) as opened:
        yield opened


async def test_what_is_pinned_stays_whoever_is_merged_deleted_or_renamed(desk: Desk) -> None:
    world = await populate(desk)
    positions = [await position(desk)]
    await change(desk, world, (0, 1), (2, 3))
    positions.append(await position(desk))
    await populate_more(desk, world)
    positions.append(await position(desk))
    keys = (None, ADMIN_KEY, await desk.key("read", datasets=[world.private]))
    questions = [one(world, positions, keys) for _ in range(QUESTIONS)]
    saved = [await save(desk, world, positions) for _ in range(SAVED)]
    questions += [(key, path) for path in saved for key in keys]
    before = [await ask(desk, *question) for question in questions]
    statuses = [status for status, _ in before]
    assert statuses.count(200) > QUESTIONS / 2, (SEED, set(statuses))
    assert 422 in statuses, "nobody was asked for who was not there yet"
    await change(desk, world, (4, 5), (0, 2))
    await change(desk, world, (7, 6), (4, 5))
    await desk.settle()
    after = [await ask(desk, *question) for question in questions]
    wrong = [
        f"{question}\n  {one}\n  {other}"
        for question, one, other in zip(questions, before, after, strict=True)
        if one != other
    ]
    shown = "\n".join(wrong[:SHOWN_WRONG])
    assert not wrong, f"{len(wrong)} of {len(questions)}, seed {SEED}:\n{shown}"


async def test_who_was_merged_before_there_was_a_past_stands_for_itself(desk: Desk) -> None:
    dataset = await desk.dataset()
    slugs = [await desk.actor(f"of-{name}", name=f"Of {name}") for name in "ab"]
    for slug in slugs:
        await desk.event(dataset, participants=[{"actor": slug, "role": "host"}])
    then = await position(desk)
    await desk.change("POST /v1/actors/of-b/merge", {"into": "of-a"})
    await desk.settle()

    def forget(write: Transaction) -> None:
        """Rows of a database from before a migration: slugs with the time of their merge."""
        for column in (past_actor_names.c.actor, past_actors.c.slug):
            write.connection.execute(delete(column.table).where(column == "of-b"))

    await desk.app.state.annals.database.write(forget)
    for slug, name in zip(slugs, ("Of a", "of-b"), strict=True):
        (event,) = await desk.items(f"/v1/events?actor={slug}&as_of={then}")
        assert [each["actor"] for each in event["participants"]] == [slug]
        network = await desk.get(f"/v1/network?actor={slug}&as_of={then}")
        assert [(each["actor"], each["name"]) for each in network["nodes"]] == [(slug, name)]
        assert (await desk.get(f"/v1/count?actor={slug}"))["value"] == 2


async def test_a_walk_goes_on_whoever_is_merged_meanwhile(desk: Desk) -> None:
    dataset, other, slug = await desk.dataset(), await desk.actor(), await desk.actor()
    for actor in (slug, slug, other):
        await desk.event(dataset, participants=[{"actor": actor, "role": "host"}])
    await desk.settle()
    asked = f"/v1/events?as_of=now&limit=1&actor={slug}"
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await desk.get(f"{asked}&cursor={cursor}" if cursor else asked)
        ids += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if len(ids) == 1:
            await desk.change(f"POST /v1/actors/{slug}/merge", {"into": other})
    assert len(set(ids)) == len(ids) == 2


async def populate(desk: Desk) -> World:
    """Datasets, actors with aliases, sources that own each other, events and claims."""
    world = World(Random(SEED), await desk.dataset(), await desk.dataset("private"))
    for number in range(ACTORS):
        owner = world.private if number in (7, 9) else None
        name, alias = f"Actor {number}", f"Alias of {number}"
        slug = await desk.actor(f"actor-{number}", name=name, aliases=[alias], dataset=owner)
        world.actors.append(slug)
        world.names += [name, alias]
    for number in range(SOURCES):
        owner = world.sources[0] if number in (3, 4) else None
        world.sources.append(await desk.source(f"source-{number}", owner=owner))
    await record(desk, world, EVENTS)
    return world


async def populate_more(desk: Desk, world: World) -> None:
    """Newcomers and their actions."""
    world.actors.append(await desk.actor("late-comer", name="The Late"))
    world.sources.append(await desk.source("late-source"))
    await record(desk, world, 8)


async def record(desk: Desk, world: World, number: int) -> None:
    """Events of whoever stands, with two claims each."""
    standing = [each for each in world.actors if await stands(desk, "actors", each)]
    telling = [each for each in world.sources if await stands(desk, "sources", each)]
    choose = world.random.choice
    for _ in range(number):
        dataset = choose((world.public, world.public, world.private))
        taking = [
            {"actor": each, "for": choose((None, "PRK")), "role": choose(ROLES)}
            for each in world.random.sample(["PRK", *standing[:7]], 3)
        ]
        day = f"2024-06-{choose(range(10, 30))}"
        body = a_meeting(dataset, title=f"Of {day}", date=day, participants=taking)
        event = await desk.make("/v1/events", body)
        for _ in range(2):
            speaker = {"actor": choose(standing[:7]), "speaks_for": choose((None, *standing[:7]))}
            said = a_claim(choose(telling), origin=choose((None, *telling)), speaker=speaker)
            await desk.make(f"/v1/events/{event['id']}/claims", said)


async def stands(desk: Desk, nouns: str, slug: str) -> bool:
    """Return whether it is there and was not merged."""
    return (await desk.ask(f"GET /v1/{nouns}/{slug}")).status_code == 200


async def change(
    desk: Desk, world: World, merged: tuple[int, int], renamed: tuple[int, int]
) -> None:
    """Merge an actor and a source, rename others, delete one that nothing names any more."""
    for nouns, slugs in (("actors", world.actors), ("sources", world.sources)):
        one, other = (slugs[each % len(slugs)] for each in merged)
        if await stands(desk, nouns, one) and await stands(desk, nouns, other):
            await desk.change(f"POST /v1/{nouns}/{one}/merge", {"into": other})
        for each in renamed:
            if await stands(desk, nouns, slugs[each]):
                await desk.change(f"PATCH /v1/{nouns}/{slugs[each]}", {"name": f"New {each}"})
    await desk.change(f"PATCH /v1/datasets/{world.public}", {"licence": f"Of {merged}"})
    standing = [each for each in world.actors[2:] if await stands(desk, "actors", each)]
    gone = standing[0]
    for event in await desk.items(f"/v1/events?actor={gone}&limit=1000"):
        await desk.change(f"DELETE /v1/events/{event['id']}")
    for way in ("speaker", "speaks_for"):
        for claim in await desk.items(f"/v1/claims?{way}={gone}&limit=1000"):
            await desk.change(f"DELETE /v1/claims/{claim['id']}")
    await desk.change(f"DELETE /v1/actors/{gone}")


async def position(desk: Desk) -> str:
    """The position of now."""
    await desk.settle()
    return str((await desk.get("/v1/events?as_of=now&limit=1"))["as_of"])


def one(world: World, positions: list[str], keys: tuple[str | None, ...]) -> tuple[str | None, str]:
    """A question of somebody about one of the positions."""
    choose = world.random.choice
    path = filled(world, choose(ASKED))
    return choose(keys), f"{path}&as_of={choose(positions)}"


def filled(world: World, asked: str) -> str:
    """The question with names in it."""
    random = world.random
    a, b = random.sample([*world.actors, *world.names], 2)
    names = {
        "a": a,
        "b": b,
        "s": random.choice(world.sources),
        "d": random.choice((world.public, world.private)),
        "slug": random.choice(world.actors),
    }
    return quote(asked.format(**names), safe="/?&=,'")


async def save(desk: Desk, world: World, positions: list[str]) -> str:
    """The path of the answer of a saved question."""
    asked = filled(world, world.random.choice(PLAIN[:6])).partition("?")[2]
    query = f"{asked}&as_of={positions[-1]}&include=references".replace("&limit=3", "")
    answer = await desk.ask("POST /v1/questions", {"title": "Saved", "query": query})
    assert answer.status_code in {201, 422}, answer.text
    return f"/v1/questions/{answer.json().get('id', 'none')}/events.ndjson"


async def ask(desk: Desk, key: str | None, path: str) -> tuple[int, bytes]:
    """The answer and its status."""
    answer = await desk.ask(f"GET {path}", key=key)
    if answer.status_code == 200:
        return 200, answer.content
    told = answer.json()
    return answer.status_code, f"{told['detail']}".encode()
