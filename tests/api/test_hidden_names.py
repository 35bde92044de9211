"""Hidden records named, or created again, by callers who cannot see them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Any

import orjson
import pytest

from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, Record, a_claim, a_meeting, faults, open_desk
from tests.ingest.hidden import a_row
from tests.waiting import until


@dataclass
class Scene:
    """A private dataset with an actor and a source, and the key of somebody who sees neither."""

    desk: Desk
    stranger: str

    async def bring(self, key: str, *rows: Record, **query: str) -> Record:
        """The report of an import."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        body = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        sent = await self.desk.ask(f"POST /v1/imports?{asked}", body, key=key)
        assert sent.status_code == 202, sent.text

        async def read_ended() -> Record | None:
            job: Record = await self.desk.get(sent.headers["location"])
            return None if job["status"] == "running" else job

        return await until(read_ended)


@pytest.fixture(scope="module", params=DATABASES)
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """The scene, and the twins of what is hidden, which everybody sees."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        await desk.dataset(slug="desk")
        await desk.dataset("private", slug="umbra")
        for visibility in ("umbra", None):
            kind = "hidden" if visibility else "shown"
            await desk.actor(f"{kind}-man", dataset=visibility)
            await desk.actor(f"{kind}-old", dataset=visibility)
            await desk.source(f"{kind}-wire", dataset=visibility)
            await desk.change(f"POST /v1/actors/{kind}-old/merge", {"into": f"{kind}-man"})
        stranger = await desk.key("read", "write", "import", datasets=["desk"])
        yield Scene(desk, stranger)


def _taking(slug: str) -> Record:
    return {"participants": [{"actor": slug, "role": "host"}]}


def _acting(slug: str) -> Record:
    return {"participants": [{"actor": "RUS", "for": slug, "role": "host"}]}


CLAIMS: list[tuple[str, Callable[[str], Record]]] = [
    ("source", lambda slug: {"source": slug}),
    ("source", lambda slug: {"origin": slug}),
    ("actor", lambda slug: {"speaker": {"actor": slug}}),
    ("actor", lambda slug: {"speaker": {"actor": "RUS", "speaks_for": slug}}),
]
"""The fields of a claim that name a record."""

LETTERS = ascii_lowercase + digits

WRITES: list[tuple[str, str, Callable[[str], Record]]] = [
    ("actor", "POST /v1/events", lambda slug: a_meeting("desk", **_taking(slug))),
    ("actor", "POST /v1/events", lambda slug: a_meeting("desk", **_acting(slug))),
    ("actor", "PUT /v1/events/{event}", lambda slug: a_meeting("desk", **_taking(slug))),
    ("actor", "PATCH /v1/events/{event}", _taking),
    ("actor", "PATCH /v1/events/{event}", _acting),
    *(
        (noun, "POST /v1/events/{event}/claims", lambda slug, said=said: a_claim(**_on(said(slug))))
        for noun, said in CLAIMS
    ),
    *((noun, "PATCH /v1/claims/{claim}", said) for noun, said in CLAIMS),
    ("source", "POST /v1/sources", lambda slug: a_source(owner=slug)),
    ("actor", "POST /v1/sources", lambda slug: a_source(speaks_for=slug)),
]
"""Every write whose body names an actor or a source, into a public dataset or of all."""


def _on(said: Record) -> Record:
    return {"source": "shown-wire", **said}


def a_source(**content: str) -> Record:
    """Return the body of a source that names a record, and is itself named after it."""
    (named,) = content.values()
    return {"slug": f"of-{named}", "kind": "wire", "name": "N", **content}


@pytest.mark.parametrize("number", range(len(WRITES)))
async def test_who_names_it_is_told_what_nobody_is(scene: Scene, number: int) -> None:
    desk, (noun, line, body) = scene.desk, WRITES[number]
    # Names without a letter in common: neither is ever taken for another.
    slug, never = (LETTERS[each] * 9 for each in (number, -number - 1))
    make = desk.actor if noun == "actor" else desk.source
    await make(slug, dataset="umbra")
    event = await desk.event("desk")
    claim = await desk.claim(event, "shown-wire")
    asked = line.format(event=event["id"], claim=claim["id"])
    hidden = await desk.ask(asked, body(slug), key=scene.stranger)
    absent = await desk.ask(asked, body(never), key=scene.stranger)
    assert (hidden.status_code, absent.status_code) == (422, 422)
    told = [{**each.json(), "trace_id": None} for each in (hidden, absent)]
    assert str(told[0]).replace(slug, never) == str(told[1])
    path = f"/v1/{noun}s/{slug}"
    assert (await desk.get(path))["revision"] == 1
    assert (await desk.ask(asked, body(slug))).status_code in {200, 201}
    public = await desk.get(path, key=scene.stranger)
    assert (public["dataset"], public["revision"]) == (None, 2)


async def test_what_a_record_names_already_stays_in_it(scene: Scene) -> None:
    desk = scene.desk
    nook = await desk.dataset("private")
    person, heir, wire = "quicksilver", "quartermaster", "quarterly"
    for slug in (person, heir):
        await desk.actor(slug, dataset="umbra")
    await desk.source(wire, dataset="umbra")
    event = await desk.event(nook, **_taking(person))
    await desk.claim(event, wire)
    key, path = await desk.key("read", "write", datasets=[nook]), f"/v1/events/{event['id']}"
    changed = await desk.ask(f"PATCH {path}", {"title": "Again"}, key=key)
    assert (changed.status_code, changed.json()["participants"][0]["actor"]) == (200, person)
    assert (await desk.ask(f"DELETE {path}", key=key)).status_code == 204
    await desk.change(f"POST /v1/actors/{person}/merge", {"into": heir})
    restored = await desk.ask(f"POST {path}/restore", key=key)
    assert (restored.status_code, restored.json()["participants"][0]["actor"]) == (200, heir)
    for slug, noun in ((heir, "actors"), (wire, "sources")):
        assert (await desk.get(f"/v1/{noun}/{slug}"))["dataset"] == "umbra"
        assert (await desk.ask(f"GET /v1/{noun}/{slug}", key=key)).status_code == 404
    another = {"participants": [{"actor": person, "role": "host"}]}
    answer = await desk.ask("POST /v1/events", a_meeting(nook, **another), key=key)
    assert [each["code"] for each in faults(answer)] == ["unknown-actor"]


MAKES: list[tuple[str, Record]] = [
    ("/v1/actors", {"slug": "hidden-man", "kind": "person", "name": "N"}),
    ("/v1/actors", {"slug": "hidden-old", "kind": "person", "name": "N"}),
    ("/v1/sources", {"slug": "hidden-wire", "kind": "wire", "name": "N"}),
]


@pytest.mark.parametrize(("path", "body"), MAKES, ids=str)
async def test_who_makes_it_learns_that_its_slug_is_taken_and_no_more(
    scene: Scene, path: str, body: Record
) -> None:
    seen = {**body, "slug": body["slug"].replace("hidden", "shown")}
    answers = [
        await scene.desk.ask(f"POST {path}", each, key=scene.stranger) for each in (body, seen)
    ]
    for answer in answers:
        assert answer.status_code == 409
        assert [(each["code"], each["pointer"]) for each in faults(answer)] == [
            ("slug-taken", "/slug")
        ]
    told = [answer.json() for answer in answers]
    assert told[0]["detail"].replace("hidden", "shown") == told[1]["detail"]
    asked = f"GET {path}/{body['slug']}"
    assert (await scene.desk.ask(asked, key=scene.stranger)).status_code == 404


@pytest.mark.parametrize("slug", ["umbra", "not-there"])
async def test_an_import_does_not_tell_which_datasets_are_hidden(scene: Scene, slug: str) -> None:
    row = orjson.dumps(a_row(slug))
    for query in ("", f"?dataset={slug}", f"?dataset={slug}&dry_run=true"):
        answer = await scene.desk.ask(f"POST /v1/imports{query}", row, key=scene.stranger)
        assert answer.status_code == 403
        assert [each["code"] for each in faults(answer)] == ["not-granted"]
        assert slug not in answer.json()["detail"]


async def test_an_import_publishes_for_who_sees_it_alone(scene: Scene) -> None:
    desk, path = scene.desk, "/v1/actors/hidden-man"
    taking = {"actor": "hidden-man", "for": None, "role": "host"}
    rows = [a_row("desk", external_id=each, participants=[taking]) for each in "ab"]
    report = await scene.bring(scene.stranger, rows[0], dataset="desk")
    assert report["published"] == []
    warned = {"line": 1, "column": None, "value": "hidden-man"}
    warned["reason"] = "the actor slug is taken: the rows refer to 'hidden-man-2'"
    assert report["warnings"] == [warned]
    assert (await desk.ask(f"GET {path}", key=scene.stranger)).status_code == 404
    assert (await desk.get(f"{path}-2", key=None))["name"] == "hidden-man"
    claim: Record = {"stance": "affirms", "source": "hidden-wire", "paraphrase": "They met."}
    claim |= {"external_id": "c", "basis": "media-report"}
    said = {"claims": {"items": [claim], "more": None}}
    for dry_run in ("true", "false"):
        report = await scene.bring(ADMIN_KEY, {**rows[1], **said}, dataset="desk", dry_run=dry_run)
        published: list[Any] = [{"noun": "source", "slug": "hidden-wire"}]
        assert report["published"] == published
        assert await desk.items(f"/v1/imports/{report['id']}/published") == published
    assert (await desk.get("/v1/sources/hidden-wire", key=None))["dataset"] is None
