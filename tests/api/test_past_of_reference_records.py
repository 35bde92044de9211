"""The past of actors, sources and datasets: history, reads as of a time, restoration, the feed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.desk import DATABASES, Desk, Record, faults, open_desk

PATCHES: dict[str, Record] = {
    "actors": {"name": "Renamed"},
    "sources": {"name": "Renamed"},
    "datasets": {"title": "Renamed"},
}
COLLECTIONS = sorted(PATCHES)
ANY: dict[str, Record] = {
    "actors": {"name": "Any", "kind": "person"},
    "sources": {"name": "Any", "kind": "newspaper"},
}


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Yield one desk for the module: each test creates records of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def make(desk: Desk, collection: str, **content: Any) -> str:
    """Create a record of the resource type, and return its slug."""
    if collection == "datasets":
        return await desk.dataset(**content)
    return await (desk.actor if collection == "actors" else desk.source)(**content)


async def told(desk: Desk, slug: str, key: str | None = None) -> list[tuple[str, str, int]]:
    """Return the entries of the feed about a slug, as a caller sees them."""
    await desk.settle()
    lines = await desk.items(f"/v1/changes?id={slug}", key=key)
    assert {each["id"] for each in lines} <= {slug}
    return [(each["kind"], each["operation"], each["revision"]) for each in lines]


async def history(desk: Desk, path: str, key: str | None = None) -> list[tuple[int, str]]:
    """Return the revisions that a caller sees, the newest first, and check their count."""
    page = await desk.get(f"{path}/history?count=exact", key=key)
    assert page["count"]["value"] == len(page["items"])
    return [(each["revision"], each["operation"]) for each in page["items"]]


async def position(desk: Desk) -> str:
    """Return the current position of the feed."""
    await desk.settle()
    answer = await desk.ask("GET /v1/events?limit=1&as_of=now")
    return answer.headers["annals-as-of"]


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_record_is_created_changed_deleted_and_restored(
    desk: Desk, collection: str
) -> None:
    slug = await make(desk, collection)
    path, kind = f"/v1/{collection}/{slug}", collection.removesuffix("s")
    first, at_first = await desk.get(path, key=None), await position(desk)
    second = await desk.change(f"PATCH {path}", PATCHES[collection])
    at_second = await position(desk)
    assert (await desk.ask(f"POST {path}/restore")).status_code == 409, "it stands"
    await desk.change(f"DELETE {path}")
    at_third = await position(desk)

    for method in ("GET", "HEAD", "PATCH", "DELETE"):
        gone = await desk.ask(f"{method} {path}", {} if method == "PATCH" else None)
        assert gone.status_code == 410, method
    assert (await desk.ask(f"GET {path}?as_of={at_third}")).status_code == 404
    restored = await desk.ask(f"POST {path}/restore")
    assert (restored.status_code, restored.headers["etag"]) == (200, '"4-1"')
    stamp = ("revision", "updated_at")
    now = restored.json()
    assert {**now, **{each: second[each] for each in stamp}} == second
    assert (now["revision"], await desk.get(path)) == (4, now)
    await desk.change(f"DELETE {path}")

    operations = [(4, "restored"), (3, "deleted"), (2, "updated"), (1, "created")]
    assert await history(desk, path) == [(5, "deleted"), *operations]
    assert await told(desk, slug) == [
        (kind, operation, revision)
        for revision, operation in [*reversed(operations), (5, "deleted")]
    ]
    page = await desk.get(f"{path}/history?limit=4")
    assert [each["changes"] for each in page["items"][:3]] == [[], [], []]
    named = "title" if collection == "datasets" else "name"
    assert page["items"][3]["changes"] == [{"path": f"/{named}", "from": slug, "to": "Renamed"}]
    rest = await desk.items(f"{path}/history?limit=4&cursor={page['next_cursor']}")
    assert [each["revision"] for each in rest] == [1]
    assert await desk.get(f"{path}/history/1", key=None) == first
    assert (await desk.ask(f"GET {path}/history/3")).status_code == 410
    assert (await desk.ask(f"GET {path}/history/9")).status_code == 404
    for at, stood in ((at_first, first), (at_second, second)):
        answer = await desk.ask(f"GET {path}?as_of={at}", key=None)
        assert (answer.json(), answer.headers["annals-as-of"]) == (stood, at)
    assert (await desk.get(f"{path}?as_of={first['created_at']}")) == first
    assert (await desk.get(f"{path}?as_of={second['updated_at']}")) == second


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_record_created_again_continues_its_history(desk: Desk, collection: str) -> None:
    slug = await make(desk, collection)
    path = f"/v1/{collection}/{slug}"
    made = await desk.get(path)
    await desk.change(f"DELETE {path}")
    body = {name: made[name] for name in made if name not in {"revision", "created_at", "dataset"}}
    del body["updated_at"]
    answer = await desk.ask(f"POST /v1/{collection}", {**body, **PATCHES[collection]})
    assert (answer.status_code, answer.headers["etag"]) == (201, '"3-1"')
    assert (answer.json()["revision"], answer.json()["created_at"]) == (3, made["created_at"])
    assert await history(desk, path) == [(3, "restored"), (2, "deleted"), (1, "created")]
    assert (await desk.ask(f"POST /v1/{collection}", body)).status_code == 409


async def test_a_seeded_record_has_a_history(desk: Desk) -> None:
    assert await history(desk, "/v1/actors/FJI") == [(1, "created")]
    before = await desk.get("/v1/actors/FJI")
    assert await desk.get("/v1/actors/FJI?as_of=now") == before
    at = await position(desk)
    await desk.change("PATCH /v1/actors/FJI", {"aliases": ["Viti"]})
    assert await history(desk, "/v1/actors/FJI") == [(2, "updated"), (1, "created")]
    assert await told(desk, "FJI") == [("actor", "updated", 2)]
    assert await desk.get("/v1/actors/FJI/history/1") == before
    assert await desk.get(f"/v1/actors/FJI?as_of={at}") == before
    assert (await desk.items("/v1/actors/FJI/history?limit=1"))[0]["changes"] == [
        {"path": "/aliases", "from": before["aliases"], "to": ["Viti"]}
    ]


@pytest.mark.parametrize("collection", ["actors", "sources"])
async def test_a_merged_record_keeps_its_history(desk: Desk, collection: str) -> None:
    double, kept, last = [await make(desk, collection) for _ in range(3)]
    path, before = f"/v1/{collection}/{double}", await desk.get(f"/v1/{collection}/{double}")
    at = await position(desk)
    await desk.change(f"POST {path}/merge", {"into": kept})
    between = await position(desk)
    await desk.change(f"POST /v1/{collection}/{kept}/merge", {"into": last})
    moved = await desk.ask(f"GET {path}")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/v1/{collection}/{last}")
    assert await history(desk, path) == [(2, "merged"), (1, "created")]
    assert await desk.get(f"{path}/history/1") == before
    assert await desk.get(f"{path}?as_of={at}") == before
    then = await desk.ask(f"GET {path}?as_of={between}")
    assert (then.status_code, then.headers["location"]) == (
        308,
        f"/v1/{collection}/{kept}?as_of={between}",
    )
    for line, body in (
        (f"POST {path}/restore", None),
        (f"POST /v1/{collection}", {"slug": double, **ANY[collection]}),
        (f"PATCH {path}", {}),
    ):
        assert (await desk.ask(line, body)).status_code == 409, line
    await desk.change(f"DELETE /v1/{collection}/{last}")
    assert (await desk.ask(f"GET {path}")).status_code == 410, "who stood for it is gone"
    assert (
        await desk.ask(f"POST /v1/{collection}", {"slug": double, **ANY[collection]})
    ).status_code == 409


@pytest.mark.parametrize("collection", ["actors", "sources"])
async def test_a_private_past_has_the_visibility_of_its_dataset(
    desk: Desk, collection: str
) -> None:
    private, public = await desk.dataset("private"), await desk.dataset()
    granted = await desk.key("read", datasets=[private])
    stranger = await desk.key("write", datasets=[public])
    slug = await make(desk, collection, dataset=private)
    path = f"/v1/{collection}/{slug}"
    await desk.change(f"PATCH {path}", PATCHES[collection])
    at = await position(desk)
    for target in (path, f"{path}/history", f"{path}/history/1", f"{path}?as_of={at}"):
        for key in (None, stranger):
            assert (await desk.ask(f"GET {target}", key=key)).status_code == 404, target
    assert await told(desk, slug, stranger) == []
    assert len(await history(desk, path, granted)) == 2

    await desk.change(f"DELETE {path}")
    absent = [
        await desk.ask(f"GET {path}", key=stranger),
        await desk.ask(f"POST {path}/restore", key=stranger),
        await desk.ask(f"PATCH {path}", {}, key=stranger),
    ]
    assert [each.status_code for each in absent] == [404] * 3
    taken = await desk.ask(
        f"POST /v1/{collection}", {"slug": slug, **ANY[collection]}, key=stranger
    )
    assert (taken.status_code, "taken" in taken.text) == (409, True)
    assert (await desk.ask(f"GET {path}", key=granted)).status_code == 410
    await desk.change(f"POST {path}/restore")

    if collection == "actors":
        await desk.event(public, participants=[{"actor": slug, "role": "host"}])
    else:
        await desk.claim(await desk.event(public), slug)
    published = [(collection.removesuffix("s"), "updated", 5)]
    assert await told(desk, slug, stranger) == published
    assert await history(desk, path, stranger) == [(5, "updated")]
    assert (await desk.items(f"{path}/history", key=stranger))[0]["changes"] == []
    assert (await desk.ask(f"GET {path}/history/4", key=stranger)).status_code == 404
    assert (await desk.ask(f"GET {path}?as_of={at}", key=stranger)).status_code == 404
    assert len(await history(desk, path, granted)) == 5
    assert len(await told(desk, slug, granted)) == 5


@pytest.mark.parametrize("collection", ["actors", "sources"])
async def test_a_limited_key_restores_its_own_records(desk: Desk, collection: str) -> None:
    own, public = await desk.dataset("private"), await desk.dataset()
    held = await desk.key("write", datasets=[own, public])
    for dataset, expected in ((own, [200, 201]), (None, [403, 403])):
        slug = await make(desk, collection, dataset=dataset)
        path, body = (
            f"/v1/{collection}/{slug}",
            {"slug": slug, "dataset": dataset, **ANY[collection]},
        )
        await desk.change(f"DELETE {path}")
        restored = await desk.ask(f"POST {path}/restore", key=held)
        if restored.status_code == 200:
            await desk.change(f"DELETE {path}")
        anew = await desk.ask(f"POST /v1/{collection}", body, key=held)
        assert [restored.status_code, anew.status_code] == expected, dataset


async def test_a_private_dataset_hides_its_past_too(desk: Desk) -> None:
    slug = await desk.dataset()
    stranger, granted = await desk.key("write"), await desk.key("read", datasets=[slug])
    path = f"/v1/datasets/{slug}"
    await desk.change(f"PATCH {path}", {"visibility": "private"})
    await desk.change(f"DELETE {path}")
    for target in (path, f"{path}/history", f"{path}/history/1", f"/v1/changes?dataset={slug}"):
        answer = await desk.ask(f"GET {target}", key=stranger)
        assert answer.status_code in {404, 422}, target
    assert await told(desk, slug, stranger) == []
    assert [each[1] for each in await told(desk, slug, granted)] == [
        "created",
        "updated",
        "deleted",
    ]
    assert (await desk.ask(f"GET {path}", key=granted)).status_code == 410
    await desk.change(f"POST {path}/restore")
    assert (await desk.ask(f"GET {path}", key=stranger)).status_code == 404
    await desk.change(f"PATCH {path}", {"visibility": "public"})
    assert len(await told(desk, slug, stranger)) == 5
    assert len(await history(desk, path, stranger)) == 5


async def test_an_event_is_restored_with_a_deleted_actor(desk: Desk) -> None:
    host, speaker = await desk.actor(name="Old"), await desk.actor()
    source, origin = await desk.source(), await desk.source()
    event = await desk.event(participants=[{"actor": host, "role": "host"}])
    said = {"speaker": {"actor": speaker}, "origin": origin}
    claim = await desk.claim(event, source, **said)
    path = f"/v1/events/{event['id']}"
    stood = await desk.get(path)
    await desk.change(f"DELETE {path}")
    for gone in (f"actors/{host}", f"actors/{speaker}", f"sources/{source}", f"sources/{origin}"):
        await desk.change(f"DELETE /v1/{gone}")
    restored = await desk.change(f"POST {path}/restore")
    assert restored["participants"] == stood["participants"]
    assert restored["verification_reason"] == stood["verification_reason"]
    await desk.change(f"PATCH {path}", {"title": "Edited"})
    await desk.change(f"PATCH /v1/claims/{claim['id']}", {"paraphrase": "Edited."})
    assert [each["id"] for each in await desk.items(f"{path}/claims")] == [claim["id"]]
    (unknown,) = faults(
        await desk.ask(
            "POST /v1/events",
            {**EVENT, "participants": [HOST | {"actor": host}]} | {"dataset": event["dataset"]},
        )
    )
    assert unknown["code"] == "unknown-actor"
    assert (await desk.ask(f"DELETE /v1/actors/{host}")).status_code == 410
    await desk.make("/v1/actors", {"slug": host, "name": "New", "kind": "person"})
    assert (await desk.get(path))["participants"][0]["name"] == "New", "written into its events"
    assert (await desk.ask(f"DELETE /v1/actors/{host}")).status_code == 409, "it is in use"


HOST = {"role": "host"}
EVENT = {"type": "meeting", "title": "A meeting", "date": "2024-06-18"}


async def test_a_source_is_restored_with_a_deleted_owner(desk: Desk) -> None:
    owner, state = await desk.source(), await desk.actor()
    owned = await desk.source(owner=owner, speaks_for=state)
    await desk.change(f"DELETE /v1/sources/{owned}")
    await desk.change(f"DELETE /v1/sources/{owner}")
    heir = await desk.actor()
    await desk.change(f"POST /v1/actors/{state}/merge", {"into": heir})
    restored = await desk.change(f"POST /v1/sources/{owned}/restore")
    assert (restored["owner"], restored["speaks_for"]) == (owner, heir)
    await desk.change(f"PATCH /v1/sources/{owned}", {"name": "Edited"})
