"""Permissions: every route of the OpenAPI document against a table in the repository."""

import csv
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from tests.api.conftest import ADMIN_KEY
from tests.api.desk import DATABASES, Desk, Record, open_desk

TABLE = Path(__file__).with_name("authorisation.csv")
CALLERS = ("anonymous", "read", "write", "import", "admin", "held-own", "held-other")
"""Keys of each scope that are held to nothing, and keys that write and import, held to the dataset
of the records asked about, which is public, or to another."""

UNHELD = {
    "POST /v1/questions",
    "POST /v1/actors",
    "POST /v1/sources",
    "POST /v1/imports/{id}/cancel",
    "POST /v1/imports/{id}/removals",
}
"""Routes open to a key held to any datasets: its own records, and new shared names."""

CONSUMING = ("/restore", "/relations", "/merge", "/merges", "/undo")
"""Requests that succeed only once with the same records."""
PLACES = ("event_id", "claim_id", "relation_id", "merge_id", "question_id")
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module; each request is about records of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def rows() -> list[dict[str, str]]:
    """The checked-in table: a route, its method, and what each caller is answered."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def operations(document: Record) -> Iterator[tuple[str, str]]:
    """Each route and method of an OpenAPI document."""
    for route, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield route, method.upper()


def answered(answer: Response) -> str:
    """Return the outcome for a caller: 401, 403, served (2xx or 3xx) or refused otherwise."""
    if answer.status_code in {401, 403}:
        return str(answer.status_code)
    return "served" if answer.status_code < 400 else f"{answer.status_code // 100}xx"


async def keys_of(desk: Desk) -> dict[str, str | None]:
    """A key for each caller; that of whoever is held to the records' dataset comes with these."""
    made: dict[str, str | None] = {
        scope: await desk.key(scope, datasets=None) for scope in CALLERS[1:4]
    }
    other = await desk.key("write", "import", datasets=[await desk.dataset()])
    return {"anonymous": None, **made, "admin": ADMIN_KEY, "held-own": None, "held-other": other}


async def places(desk: Desk) -> Record:
    """Records to put into paths and bodies."""
    event = await desk.event()
    claim = await desk.claim(event)
    second = await desk.event(event["dataset"])
    relation = await desk.relation(event, second)
    await desk.key("read")
    (key, *_) = await desk.items("/v1/keys")
    spare = await desk.source()
    ends = [await desk.event(event["dataset"]) for _ in range(4)]
    pair = {"winner": ends[0]["id"], "losers": [ends[1]["id"]]}
    merge = await desk.make("/v1/merges", pair)
    return {
        "event_id": event["id"],
        "claim_id": claim["id"],
        "relation_id": relation["id"],
        "dataset": event["dataset"],
        "source": claim["source"],
        "other": second["id"],
        "merge_id": merge["id"],
        "winner": ends[2]["id"],
        "loser": ends[3]["id"],
        "key": key["id"],
        "spare": spare,
        "actor": await desk.actor(),
        "empty": await desk.dataset(),
        "heir": {"actors": await desk.actor(), "sources": await desk.source()},
        "deleted": set(),
        "question_id": (await desk.make("/v1/questions", A_QUESTION))["id"],
        "held": await desk.key("write", "import", datasets=[event["dataset"]]),
    }


A_QUESTION = {"title": "All", "query": "", "visibility": "public"}


def path_of(route: str, at: Record, method: str = "GET") -> str:
    """The path of a route, with records in its places."""
    noun = route.split("/")[2] if route.startswith("/v1/") else ""
    held = "empty" if route.endswith("/restore") else "dataset"
    slugs = {"actors": "actor", "sources": "spare", "datasets": held}
    settled = {
        "{slug}": at.get(slugs.get(noun, ""), "invalid"),
        "{actor}": "PRK",
        "{suffix}": "json",
        "{revision}": "1",
        "{type}": "summit",
        "{list}": "roles",
        "{id}": at["key"] if noun == "keys" else "0190a2c0-0000-7000-8000-000000000001",
        **{f"{{{name}}}": at[name] for name in PLACES},
    }
    for name, value in settled.items():
        route = route.replace(name, value)
    asked = {
        "/v1/vocab/resolve": "?code=PRK",
        "/v1/lookup": "?name=PRK",
    }
    if (route, method) == ("/v1/imports", "POST"):
        return f"{route}?format=ucdp-ged&dataset={at['dataset']}"
    return route + next((each for path, each in asked.items() if route.startswith(path)), "")


def body_of(route: str, method: str, at: Record, name: str) -> object:
    """A good body, so that nothing but the caller's rights stands in the way."""
    if method in {"GET", "DELETE"} or route.endswith(("/restore", "/undo", "/cancel")):
        return None
    noun = route.split("/")[-1 if method == "POST" else 2]
    claim = {"stance": "denies", "source": at["source"], "paraphrase": "No.", "basis": "document"}
    named = {"name": name, "kind": "other"}
    bodies: dict[str, Record] = {
        "events": {"dataset": at["dataset"], "type": "riot", "title": name, "date": "2024"},
        "claims": {**claim, "event": at["event_id"]} if route == "/v1/claims" else claim,
        "relations": {"from": at["other"], "to": at["event_id"], "type": "enables"},
        "merges": {"winner": at["winner"], "losers": [at["loser"]]},
        "actors": {"slug": name, "name": name, "kind": "person"},
        "sources": {"slug": name, **named},
        "datasets": {"slug": name, "title": name, "visibility": "public"},
        "keys": {"name": name, "scopes": ["read"]},
        "imports": {},
        "removals": {"confirm": 1},
        "questions": A_QUESTION,
    }
    if noun == "merge":
        return {"into": at["heir"][route.split("/")[2]]}
    if route == "/v1/events/{event_id}/relations":
        return {"to": at["other"], "type": "enables"}
    if method == "PATCH":
        return {}
    if method == "PUT" and noun == "relations":
        return {"from": at["event_id"], "to": at["other"], "type": "enables"}
    body = bodies[noun]
    return {key: value for key, value in body.items() if method == "POST" or key != "slug"}


class Asker:
    """Asks operations as any caller, about records that nobody has changed yet."""

    def __init__(self, desk: Desk, keys: dict[str, str | None]) -> None:
        self.desk = desk
        self.keys = keys
        self.at: Record | None = None

    async def ask(self, route: str, method: str, caller: str) -> Response:
        """The answer to one caller."""
        at = self.at = self.at or await places(self.desk)
        key = at["held"] if caller == "held-own" else self.keys[caller]
        if route.endswith("/restore") and route not in at["deleted"]:
            await self.desk.change(f"DELETE {path_of(route, at).removesuffix('/restore')}")
            at["deleted"].add(route)
        headers: dict[str, Any] = {}
        body = body_of(route, method, at, self.desk.name("made"))
        if route == "/v1/imports" and method == "POST":
            headers, body = {"content_type": "text/csv"}, b"id,relid\n"
        line = f"{method} {path_of(route, at, method)}"
        answer = await self.desk.ask(line, body, key=key, **headers)
        consumed = method == "DELETE" or route.endswith(CONSUMING)
        if at.get("deleted") or (answer.status_code < 300 and method != "GET" and consumed):
            self.at = None
        return answer


async def test_every_route_answers_as_the_table_says(desk: Desk) -> None:
    document = await desk.get("/openapi.json")
    found, asker = [], Asker(desk, await keys_of(desk))
    for route, method in operations(document):
        answers = {caller: answered(await asker.ask(route, method, caller)) for caller in CALLERS}
        found.append({"route": route, "method": method, **answers})
    expected = rows()
    told = {(row["route"], row["method"]): row for row in expected}
    unlisted = [row for row in found if (row["route"], row["method"]) not in told]
    assert unlisted == [], "a new route must be in authorisation.csv"
    assert [row for row in found if told[row["route"], row["method"]] != row] == []
    assert len(expected) == len(found), "a route is gone: take it out of authorisation.csv"


def test_every_write_asks_whose_dataset_it_is() -> None:
    lines = {f"{row['method']} {row['route']}": row for row in rows() if row["method"] != "GET"}
    elsewhere = {line for line, row in lines.items() if row["held-other"] != "403"}
    assert elsewhere == UNHELD


async def test_a_refusal_names_the_scope_and_says_nothing_else(desk: Desk) -> None:
    event = await desk.event()
    key = await desk.key("read")
    refused = await desk.ask(f"DELETE /v1/events/{event['id']}", key=key)
    assert (refused.status_code, "write" in refused.json()["detail"]) == (403, True)
    anonymous = await desk.ask(f"DELETE /v1/events/{event['id']}", key=None)
    assert (anonymous.status_code, anonymous.headers["www-authenticate"][:6]) == (401, "Bearer")


@pytest.mark.parametrize("key", ["nonsense", "annals_0000000000000000_" + "0" * 43])
async def test_a_bad_key_is_refused_on_open_reads_too(desk: Desk, key: str) -> None:
    for path in ("/v1/events", "/v1/count", "/v1/nothing", "/openapi.json", "/v1/changes"):
        assert (await desk.ask(f"GET {path}", key=key)).status_code == 401
