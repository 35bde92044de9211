"""A private dataset on every path: nothing reveals it to those who may not see it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response

from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, Record, a_claim, a_meeting, open_desk

SECRETS = ("umbra", "zwischenfall", "nightjar", "geheim")
"""In every name, slug and text of what is private here, and in nothing else."""
NEVER = "0190a2c0-0000-7000-8000-000000000001"


NEARLY = [
    "events?dataset=umbr",
    "events?actor=nightja",
    "events?actor=Night%20jar",
    "events?source=umbra-wir",
    "changes?dataset=umbraa",
    "claims?speaker=nightja",
    "datasets/umbr",
    "actors/nightja",
    "sources/umbra-wir",
]


@dataclass
class Scene:
    """Public records, private records and the keys with access to them."""

    desk: Desk
    public: Record
    hidden: Record
    claim: Record
    relation: Record
    granted: str
    stranger: str

    @property
    def blind(self) -> tuple[str | None, ...]:
        """The callers that may not see it: nobody in particular, and the holder of other grants."""
        return (None, self.stranger)

    @property
    def seeing(self) -> tuple[str, ...]:
        """The callers that may see it."""
        return (self.granted, ADMIN_KEY)


@pytest.fixture(scope="module", params=DATABASES)
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """A private dataset with an event, a claim, a relation, an actor and a source of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        await desk.dataset(slug="desk")
        await desk.dataset("private", slug="umbra")
        await desk.dataset("private", slug="another")
        person = {"slug": "nightjar", "kind": "person", "name": "Nightjar", "dataset": "umbra"}
        paper = {"slug": "umbra-wire", "kind": "wire", "name": "Nightjar Wire", "dataset": "umbra"}
        await desk.make("/v1/actors", person)
        await desk.make("/v1/sources", paper)
        public = await desk.event("desk", participants=[{"actor": "PRK", "role": "host"}])
        hidden = await desk.event(
            "umbra",
            title="Zwischenfall",
            external_id="geheim/1",
            tags=["geheim"],
            codes={"cameo": "geheim"},
            participants=[{"actor": "nightjar", "for": "PRK", "role": "host"}],
        )
        claim = await desk.claim(hidden, "umbra-wire", paraphrase="geheim")
        twin = await desk.event("umbra", title="Zwischenfall, noch einmal")
        pair = {"winner": hidden["id"], "losers": [twin["id"]], "note": "geheim"}
        await desk.make("/v1/merges", pair)
        relation = await desk.relation(hidden, public, "responds-to")
        granted = await desk.key("read", "write", datasets=["umbra"])
        stranger = await desk.key("read", "write", datasets=["another"])
        await desk.settle()
        yield Scene(desk, public, hidden, claim, relation, granted, stranger)


LISTS = [
    "events",
    "events?include=claims,relations&count=exact",
    "events.ndjson",
    "events.geojson",
    "events.csv?include=claims,relations,references",
    "events?include=references",
    "citation",
    "citation?as_of=now",
    "events?q=zwischenfall",
    "events?q=nightjar",
    "events?tag=geheim",
    "events?code=cameo:geheim",
    "events?external_id=geheim/1",
    "events?actor=PRK&include=relations",
    "events?id={hidden}",
    "events?as_of=now",
    "events?known_by=2030-01-01",
    "events?as_of=now&known_by=2030-01-01&include=claims",
    "actors/PRK/events",
    "count",
    "count?tag=geheim",
    "count?as_of=now",
    "count?known_by=2030-01-01",
    "claims?count=exact",
    "claims?event={hidden}",
    "claims?as_of=now",
    "relations?count=exact",
    "relations?event={public}",
    "relations?from={hidden}",
    "relations?as_of=now",
    "events/{public}/relations?count=exact",
    "events/{public}/relations?as_of=now",
    "events/{public}/graph?depth=5",
    "events/{public}/graph?depth=5&as_of=now",
    "events/{public}?include=claims,relations",
    "events/{public}/history",
    "events/{public}/matches?days=31&km=500&min_score=0",
    "merges?count=exact",
    "merges?event={hidden}",
    "merges?winner={hidden}",
    "changes",
    "changes?id={hidden}",
    "changes?id={relation}",
    "datasets?count=exact",
    "sources?count=exact",
    "sources?q=nightjar",
    "actors?limit=1000&count=exact",
    "actors?q=nightjar",
]


def revealing(answer: Response) -> list[str]:
    """The secrets that an answer tells, in its body or its headers."""
    told = f"{answer.text} {answer.headers}".lower()
    return [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize("target", LISTS)
async def test_no_list_reveals_it(scene: Scene, target: str) -> None:
    places = {"hidden": scene.hidden, "public": scene.public, "relation": scene.relation}
    asked = target.format(**{name: record["id"] for name, record in places.items()})
    found = [await scene.desk.ask(f"GET /v1/{asked}", key=key) for key in scene.blind]
    for answer in found:
        assert answer.status_code in {200, 422}, answer.text
        assert revealing(answer) == [], target
        assert scene.hidden["id"] not in answer.text
        assert scene.relation["id"] not in answer.text
    seen = [await scene.desk.ask(f"GET /v1/{asked}", key=key) for key in scene.seeing]
    assert {answer.status_code for answer in seen} == {200}
    if "history" not in target:
        assert seen[0].text != found[0].text, "those who may see it do"


ONES = [
    "events/{hidden}",
    "events/{hidden}?as_of=now",
    "events/{hidden}?known_by=2030-01-01",
    "events/{hidden}?include=claims,relations",
    "events/{hidden}?format=geojson",
    "events/{hidden}/history",
    "events/{hidden}/history/1",
    "events/{hidden}/claims",
    "events/{hidden}/relations",
    "events/{hidden}/graph",
    "events/{hidden}/source-row",
    "events/{hidden}/matches",
    "merges?dataset=umbra",
    "claims/{claim}",
    "claims/{claim}?as_of=now",
    "claims/{claim}/source-rows",
    "relations/{relation}",
    "relations/{relation}?as_of=now",
    "datasets/umbra",
    "sources/umbra-wire",
    "actors/nightjar",
    "actors/nightjar/events",
    "events?actor=nightjar",
    "events?actor_all=nightjar,PRK",
    "events?source=umbra-wire",
    "events?dataset=umbra",
    "count?dataset=umbra",
    "claims?dataset=umbra",
    "claims?source=umbra-wire",
    "claims?speaker=nightjar",
    "changes?dataset=umbra",
    "sources?owner=umbra-wire",
    "sources?speaks_for=nightjar",
    "actors?dataset=umbra",
]
NAMES = {
    "umbra-wire": "penum-wire",
    "umbra": "penum",
    "nightjar": "daytimer",
}


def unmade(text: str) -> str:
    """A request about what is hidden, as one about what never was."""
    for name in sorted(NAMES, key=len, reverse=True):
        text = text.replace(name, NAMES[name])
    return text


def said(answer: Response) -> object:
    """All that an answer says, but for what is of the request itself."""
    if answer.headers["content-type"] != "application/problem+json":
        return answer.text
    return {name: value for name, value in answer.json().items() if name not in PER_REQUEST}


@pytest.mark.parametrize("target", NEARLY)
async def test_no_hint_names_it(scene: Scene, target: str) -> None:
    for key in scene.blind:
        answer = await scene.desk.ask(f"GET /v1/{target}", key=key)
        assert answer.status_code in {404, 422}
        told = str(said(answer)).replace("umbraa", "")
        assert not any(f"{name}'" in told for name in ("umbra", "nightjar", "umbra-wire")), told


PER_REQUEST = {"trace_id", "instance"}


@pytest.mark.parametrize("target", ONES)
async def test_it_is_refused_as_what_never_was(scene: Scene, target: str) -> None:
    ids = {
        "hidden": scene.hidden["id"],
        "claim": scene.claim["id"],
        "relation": scene.relation["id"],
    }
    for key in scene.blind:
        hidden = await scene.desk.ask(f"GET /v1/{target.format(**ids)}", key=key)
        never = dict.fromkeys(ids, NEVER)
        absent = await scene.desk.ask(f"GET /v1/{unmade(target).format(**never)}", key=key)
        assert hidden.status_code == absent.status_code, target
        assert hidden.status_code in {404, 422}
        told = unmade(str(said(hidden)))
        for each in ids.values():
            told = told.replace(each, NEVER)
        assert told == str(said(absent)), target
    for key in scene.seeing:
        seen = await scene.desk.ask(f"GET /v1/{target.format(**ids)}", key=key)
        assert seen.status_code == 200 or "source-row" in target or seen.status_code == 422


WRITES = [
    ("PATCH /v1/events/{hidden}", {"title": "x"}),
    ("PUT /v1/events/{hidden}", a_meeting("umbra")),
    ("DELETE /v1/events/{hidden}", None),
    ("POST /v1/events/{hidden}/restore", None),
    ("POST /v1/events/{hidden}/claims", a_claim("paper")),
    ("POST /v1/claims", {**a_claim("paper"), "event": "{hidden}"}),
    ("PATCH /v1/claims/{claim}", {"paraphrase": "x"}),
    ("DELETE /v1/claims/{claim}", None),
    ("PATCH /v1/relations/{relation}", {"note": "x"}),
    ("DELETE /v1/relations/{relation}", None),
    ("POST /v1/relations", {"from": "{public}", "to": "{hidden}", "type": "follows"}),
    ("POST /v1/events", a_meeting("umbra")),
    ("POST /v1/events", a_meeting("desk", participants=[{"actor": "nightjar", "role": "host"}])),
    ("POST /v1/events/{public}/claims", a_claim("umbra-wire")),
    ("POST /v1/events/{public}/claims", a_claim("paper", origin="umbra-wire")),
    ("POST /v1/events/{public}/claims", a_claim("paper", speaker={"actor": "nightjar"})),
    ("PATCH /v1/datasets/umbra", {"title": "x"}),
    ("DELETE /v1/datasets/umbra", None),  # needs another scope, whether it is there or not
    ("PATCH /v1/sources/umbra-wire", {"name": "x"}),
    ("DELETE /v1/sources/umbra-wire", None),
    ("PATCH /v1/actors/nightjar", {"name": "x"}),
    ("POST /v1/actors", {"slug": "n-1", "kind": "person", "name": "N", "dataset": "umbra"}),
    ("POST /v1/sources", {"slug": "n-1", "kind": "wire", "name": "N", "owner": "umbra-wire"}),
]


@pytest.mark.parametrize(("line", "body"), WRITES)
async def test_no_write_reveals_it(scene: Scene, line: str, body: Record | None) -> None:
    desk = scene.desk
    if not any(each["slug"] == "paper" for each in await desk.items("/v1/sources")):
        await desk.source("paper")
    ids = {
        "hidden": scene.hidden["id"],
        "claim": scene.claim["id"],
        "relation": scene.relation["id"],
        "public": scene.public["id"],
    }
    never = {**dict.fromkeys(ids, NEVER), "public": scene.public["id"]}

    hidden = await desk.ask(placed(line, ids), placed(body, ids), key=scene.stranger)
    absent = await desk.ask(
        placed(unmade(line), never), placed(body, never, unmade), key=scene.stranger
    )
    assert hidden.status_code == absent.status_code, (hidden.text, absent.text)
    assert hidden.status_code in {403, 404, 422}
    told = unmade(str(said(hidden)))
    for name, each in ids.items():
        told = told.replace(each, never[name])
    assert told == str(said(absent))


def placed(value: Any, ids: dict[str, str], rename: Callable[[str], str] = str) -> Any:
    """A request's line or body with the ids in their places, and the names changed."""
    if isinstance(value, dict):
        return {name: placed(each, ids, rename) for name, each in value.items()}
    if isinstance(value, list):
        return [placed(each, ids, rename) for each in value]
    if not isinstance(value, str):
        return value
    text = rename(value)
    for name, place in ids.items():
        text = text.replace("{" + name + "}", place)
    return text


async def test_a_relation_needs_both_ends(scene: Scene) -> None:
    path = f"/v1/events/{scene.public['id']}/relations"
    for key in scene.blind:
        assert await scene.desk.items(path, key=key) == []
    for key in scene.seeing:
        found = await scene.desk.items(path, key=key)
        assert [each["id"] for each in found] == [scene.relation["id"]]


async def test_what_was_private_is_judged_by_todays_rights(scene: Scene) -> None:
    desk = scene.desk
    dataset = await desk.dataset("private")
    event = await desk.event(dataset)
    await desk.settle()
    at = (await desk.ask("GET /v1/count?as_of=now")).headers["annals-as-of"]
    path = f"/v1/events/{event['id']}"
    assert (await desk.ask(f"GET {path}?as_of={at}", key=None)).status_code == 404
    await desk.change(f"PATCH /v1/datasets/{dataset}", {"visibility": "public"})
    assert (await desk.ask(f"GET {path}?as_of={at}", key=None)).status_code == 200
    await desk.change(f"PATCH /v1/datasets/{dataset}", {"visibility": "private"})
    assert (await desk.ask(f"GET {path}?as_of={at}", key=None)).status_code == 404


async def test_a_public_use_makes_an_actor_public(scene: Scene) -> None:
    desk = scene.desk
    person = await desk.actor(dataset="umbra")
    path = f"/v1/actors/{person}"
    assert (await desk.ask(f"GET {path}", key=None)).status_code == 404
    await desk.event("umbra", participants=[{"actor": person, "role": "host"}])
    assert (await desk.ask(f"GET {path}", key=None)).status_code == 404
    await desk.event("desk", participants=[{"actor": person, "role": "host"}])
    assert (await desk.ask(f"GET {path}", key=None)).status_code == 200


async def test_a_key_sees_what_it_was_granted_and_no_more(scene: Scene) -> None:
    desk = scene.desk
    other = await desk.dataset("private")
    event = await desk.event(other)
    for key in (scene.granted, scene.stranger, None):
        assert (await desk.ask(f"GET /v1/events/{event['id']}", key=key)).status_code == 404
        assert (await desk.ask(f"GET /v1/datasets/{other}", key=key)).status_code == 404
    datasets = {each["slug"] for each in await desk.items("/v1/datasets", key=scene.granted)}
    assert {"desk", "umbra"} <= datasets
    assert not {"another", other} & datasets
