"""Features that meet in an answer: counts over columns, and records that merges leave hidden."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.aggregate.columns.build_columns import build_columns
from app.aggregate.engine import AggregateEngine
from app.maintenance.purge import find_purge_target, purge_record
from app.models.changes import feed
from app.query.opaque_tokens import TokenSealer
from tests.api.desk import DATABASES, Desk, Record, open_desk
from tests.api.test_aggregates import keep_columns
from tests.api.test_merges import merge, moment, undo


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk of the test's own."""
    async with open_desk(request, tmp_path) as desk:
        yield desk


async def remove(desk: Desk, id: str) -> None:
    """Purge a record."""
    database = desk.app.state.annals.database
    target = await database.read(lambda connection: find_purge_target(connection, UUID(id)))
    await database.write(lambda write: purge_record(write, target))


async def totals(desk: Desk, key: str | None) -> set[Any]:
    """Return the numbers of events by every way to count them."""
    ask = {"key": key}
    facets = await desk.get("/v1/facets?by=type,verification,dataset", **ask)
    grid = await desk.get("/v1/grid?zoom=2", **ask)
    by_type = await desk.get("/v1/aggregate?by=month,type", **ask)
    parts = [sum(each["count"] for each in held["items"]) for held in facets["facets"].values()]
    return {
        len(await desk.items("/v1/events?limit=1000", **ask)),
        (await desk.get("/v1/count", **ask))["value"],
        (await desk.get("/v1/events?limit=1&count=exact", **ask))["count"]["value"],
        facets["total"],
        *parts,
        sum(each["count"] for each in grid["cells"]) + grid["unplaced"],
        sum(each["count"] for each in by_type["data"]),
    }


async def test_every_count_follows_every_change_at_once(desk: Desk) -> None:
    dataset, person = await desk.dataset(), await desk.actor()
    taking = [{"actor": person, "role": "host"}]
    a, b, c, d = [await desk.event(dataset, participants=taking) for _ in range(4)]
    for event in (a, b, c):
        await desk.claim(event)
    keys = (None, await desk.key("read", datasets=[dataset]))
    await keep_columns(desk)

    async def see(*expected: int) -> None:
        for key, wanted in zip(keys, expected, strict=True):
            assert await totals(desk, key) == {wanted}

    async def see_statuses(**expected: int) -> None:
        found = await desk.get("/v1/facets?by=verification")
        values = {each["value"]: each["count"] for each in found["facets"]["verification"]["items"]}
        assert values == expected

    merged = await merge(desk, a, b)
    await see(3, 3)
    await see_statuses(confirmed=1, alleged=1, unverified=1)
    await undo(desk, merged)
    await see(4, 4)
    await see_statuses(alleged=3, unverified=1)
    await merge(desk, a, b)
    await desk.change(f"DELETE /v1/events/{c['id']}")
    await see(2, 2)
    await desk.app.state.annals.engine.cache.refresh()
    await desk.change(f"POST /v1/events/{c['id']}/restore")
    await remove(desk, d["id"])
    await see(2, 2)
    await remove(desk, b["id"])
    await see_statuses(alleged=2)
    await desk.change(f"PATCH /v1/actors/{person}", {"name": "Renamed"})
    await see(2, 2)
    await desk.change(f"PATCH /v1/datasets/{dataset}", {"visibility": "private"})
    await see(0, 2)
    await desk.app.state.annals.engine.cache.refresh()
    await see(0, 2)
    await desk.change(f"PATCH /v1/datasets/{dataset}", {"visibility": "public"})
    await see(2, 2)


def uses_columns(engine: AggregateEngine) -> bool:
    """Return whether it has columns now."""
    return engine.cache.columns is not None


async def test_columns_of_another_state_or_database_are_not_used(desk: Desk) -> None:
    await desk.event()
    await desk.settle()
    state = desk.app.state.annals
    none_made = state.settings.model_copy(update={"columns_from": 1_000_000})

    async def opened(seal: TokenSealer = state.sealer) -> AggregateEngine:
        engine = state.engine = AggregateEngine(state.database, none_made, seal)
        await engine.cache.refresh()
        return engine

    async def shift(epochs: int) -> None:
        shifted = update(feed).values(epoch=feed.c.epoch + epochs)
        await state.database.write(lambda write: write.connection.execute(shifted) and None)

    folder = (await opened()).cache.folder
    await build_columns(state.database, folder)
    engine = await opened()
    assert uses_columns(engine)
    assert not uses_columns(await opened(TokenSealer(b"of another database")))
    state.engine = engine
    await shift(1)
    await desk.event()
    assert (await desk.get("/v1/facets"))["total"] == 2
    await engine.cache.refresh()
    assert not uses_columns(engine)
    assert not uses_columns(await opened())
    await desk.settle()
    await build_columns(state.database, folder)
    assert uses_columns(await opened())
    await shift(-1)
    assert not uses_columns(await opened())
    assert list(folder.glob("1-*")) == []


async def test_a_private_group_leaves_no_trace_in_what_is_public(desk: Desk) -> None:
    secret = await desk.dataset("private")
    public = await desk.event(title="Seen by all")
    hidden, loser = [await desk.event(secret, title="Hidden") for _ in range(2)]
    claim = await desk.claim(loser)
    for first, second in ((public, loser), (loser, public), (hidden, loser)):
        await desk.relation(first, second)
    before = await moment(desk)
    merged = await merge(desk, hidden, loser)
    during = await moment(desk)
    reader = await desk.key("read")
    path = f"/v1/events/{public['id']}"
    for key in (None, reader):
        for at in ("", f"as_of={during}", f"as_of={before}", "known_by=2024-06-19"):
            for target in (
                f"{path}/graph?depth=3&{at}",
                f"{path}?include=claims,relations&{at}",
                f"/v1/events?include=claims,relations&{at}",
                f"/v1/relations?event={public['id']}&{at}",
                f"/v1/relations?event={hidden['id']},{loser['id']}&{at}",
                f"/v1/claims?event={hidden['id']},{loser['id']}&{at}",
                f"/v1/claims?source={claim['source']}&{at}",
            ):
                if "known_by" in at and ("graph" in target or target.startswith("/v1/rel")):
                    continue
                answer = await desk.ask(f"GET {target}", key=key)
                told = [each for each in (hidden, loser, claim) if each["id"] in answer.text]
                assert told == [], target
        for target in (f"/v1/merges/{merged['id']}", f"/v1/events/{loser['id']}"):
            for more in ("", f"?as_of={during}"):
                answer = await desk.ask(f"GET {target}{more}", key=key)
                assert answer.status_code in {404, 422}, (target, answer.text)
    allowed = await desk.key("read", datasets=[secret])
    graph = await desk.get(f"{path}/graph?depth=2", key=allowed)
    assert {each["id"] for each in graph["nodes"]} == {public["id"], hidden["id"]}


async def test_operations_are_one_list(desk: Desk) -> None:
    document = await desk.get("/openapi.json")
    served = (await desk.get("/v1/vocab/operations"))["items"]
    enums = [
        each["enum"]
        for each in walk(document)
        if isinstance(each.get("enum"), list) and "unmerged" in each["enum"]
    ]
    names = [each["value"] for each in served]
    assert {tuple(each) for each in enums} == {tuple(names)}
    assert len(names) == 7


def walk(node: Any) -> list[Record]:
    """Every object of a document."""
    if isinstance(node, list):
        return [found for each in node for found in walk(each)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for each in node.values() for found in walk(each))]


async def test_an_undone_merge_names_the_actor_that_stays(desk: Desk) -> None:
    dataset, double, kept = await desk.dataset(), await desk.actor(), await desk.actor()
    taking = [{"actor": double, "role": "host"}]
    winner, loser = [await desk.event(dataset, participants=taking) for _ in range(2)]
    merged = await merge(desk, winner, loser)
    await desk.change(f"POST /v1/actors/{double}/merge", {"into": kept})
    await undo(desk, merged)
    back = await desk.get(f"/v1/events/{loser['id']}")
    assert [each["actor"] for each in back["participants"]] == [kept]
    assert (await desk.get(f"/v1/count?actor={double}"))["value"] == 2
    assert (await desk.get("/v1/facets?by=type"))["total"] == 2
