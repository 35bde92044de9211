"""Keys that are held to datasets: what they write elsewhere is refused, or is not there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
import pytest

from tests.api.desk import DATABASES, Desk, Record, a_claim, a_meeting, faults, open_desk


@dataclass
class Scene:
    """A key held to a private dataset, `own`, with an event there, in a public and a hidden one."""

    desk: Desk
    key: str
    own: str
    events: dict[str, Record]
    actors: dict[str, str]
    sources: dict[str, str]

    async def status(self, line: str, body: object = None, **headers: str) -> int:
        """Return the answer to the key; a refusal for its datasets names them."""
        answer = await self.desk.ask(line, body, key=self.key, **headers)
        if answer.status_code == 403:
            assert f"'{self.own}'" in answer.json()["detail"]
            assert faults(answer)[0]["code"] == "not-granted"
        return answer.status_code


@pytest.fixture(scope="module", params=DATABASES)
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """One scene for the module: its tests change none of the events."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        public, own = await desk.dataset(), await desk.dataset("private")
        datasets = {"own": own, "public": public, "hidden": await desk.dataset("private")}
        belong = {"own": own, "public": None, "hidden": datasets["hidden"]}
        yield Scene(
            desk,
            await desk.key("write", "import", datasets=[own]),
            own,
            {name: await desk.event(slug) for name, slug in datasets.items()},
            {name: await desk.actor(dataset=slug) for name, slug in belong.items()},
            {name: await desk.source(dataset=slug) for name, slug in belong.items()},
        )


@pytest.mark.parametrize(("name", "status"), [("own", 200), ("public", 403), ("hidden", 404)])
async def test_what_is_seen_is_refused_and_what_is_hidden_is_not_there(
    scene: Scene, name: str, status: int
) -> None:
    event, actor, source = scene.events[name], scene.actors[name], scene.sources[name]
    dataset = event["dataset"]
    claim = await scene.desk.claim(event)
    for line in (
        f"PATCH /v1/events/{event['id']}",
        f"PATCH /v1/claims/{claim['id']}",
        f"PATCH /v1/actors/{actor}",
        f"PATCH /v1/sources/{source}",
        f"PATCH /v1/datasets/{dataset}",
    ):
        assert await scene.status(line, {}) == status, line
    deleted = await scene.desk.event(dataset)
    await scene.desk.change(f"DELETE /v1/events/{deleted['id']}")
    assert await scene.status(f"POST /v1/events/{deleted['id']}/restore") == status
    saying = a_claim(scene.sources["public"])
    made = await scene.status(f"POST /v1/events/{event['id']}/claims", saying)
    assert made == (201 if status == 200 else status)


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("own", "public", 201),
        ("public", "own", 403),
        ("own", "hidden", 422),
        ("hidden", "own", 422),
    ],
)
async def test_a_relation_leads_from_ones_own_to_what_one_sees(
    scene: Scene, one: str, other: str, status: int
) -> None:
    ends = {"from": scene.events[one]["id"], "to": scene.events[other]["id"]}
    assert await scene.status("POST /v1/relations", {**ends, "type": "enables"}) == status
    body = {"to": ends["to"], "type": "contradicts"}
    assert await scene.status(f"POST /v1/events/{ends['from']}/relations", body) == status
    if status == 403:
        relation = await scene.desk.relation(scene.events[one], scene.events[other])
        assert await scene.status(f"DELETE /v1/relations/{relation['id']}") == 403


async def test_a_batch_goes_in_whole_or_not_at_all(scene: Scene) -> None:
    bodies = [a_meeting(scene.own), a_meeting(scene.events["public"]["dataset"])]
    lines = b"\n".join(orjson.dumps(body) for body in bodies)
    before = await scene.desk.get(f"/v1/count?dataset={scene.own}")
    assert await scene.status("POST /v1/events", lines, content_type="application/x-ndjson") == 403
    assert await scene.desk.get(f"/v1/count?dataset={scene.own}") == before
    hidden = a_meeting(scene.events["hidden"]["dataset"])
    assert await scene.status("POST /v1/events", hidden) == 422


async def test_new_names_belong_to_its_own_dataset(scene: Scene) -> None:
    desk = scene.desk
    for noun, kind in (("actors", "person"), ("sources", "other")):
        body = {"slug": desk.name("new"), "name": "New", "kind": kind}
        assert await scene.status(f"POST /v1/{noun}", body) == 403, "it would be public"
        assert await scene.status(f"POST /v1/{noun}", {**body, "dataset": scene.own}) == 201
        assert await scene.status(f"DELETE /v1/{noun}/{body['slug']}") == 204
        public = {**body, "dataset": scene.events["public"]["dataset"]}
        assert await scene.status(f"POST /v1/{noun}", public) == 403
        held = {"actors": scene.actors, "sources": scene.sources}[noun]
        for one, other in (("own", "public"), ("public", "own")):
            into = {"into": held[other]}
            assert await scene.status(f"POST /v1/{noun}/{held[one]}/merge", into) == 403
    makes_public = await desk.key("write", datasets=[scene.events["public"]["dataset"]])
    body = {"slug": desk.name("new"), "name": "New", "kind": "person"}
    made = await desk.ask("POST /v1/actors", body, key=makes_public)
    assert (made.status_code, made.json()["dataset"]) == (201, None)


async def test_it_imports_into_its_own_dataset_only(scene: Scene) -> None:
    for dataset, status in (
        (scene.own, 202),
        (scene.events["public"]["dataset"], 403),
        (scene.events["hidden"]["dataset"], 403),
        ("not-there-yet", 403),
    ):
        line = f"POST /v1/imports?format=ucdp-ged&dataset={dataset}"
        assert await scene.status(line, b"id,relid\n", content_type="text/csv") == status, dataset
    assert await scene.status("POST /v1/datasets", {"slug": "n", "title": "N"}) == 403
