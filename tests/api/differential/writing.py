"""Writes and imports by strangers, and the check that both databases answer alike.

The one exception is a slug that a hidden record holds: a request to create it is refused as taken,
and an import creates its own record under another slug, with a warning.
"""

from collections.abc import Iterator
from typing import Any

import orjson
from httpx2 import Response

from tests.api.desk import Record, a_claim, a_meeting
from tests.api.differential.pair import Pair
from tests.waiting import until

TAKEN = {"nightjar": "nightjar-2", "umbra-wire": "umbra-wire-2"}
CREATED = (
    ("/v1/actors", {"slug": "nightjar", "kind": "person", "name": "Anybody"}),
    ("/v1/sources", {"slug": "umbra-wire", "kind": "wire", "name": "Anybody"}),
)
NDJSON = "application/x-ndjson"


async def exchange(pair: Pair) -> None:
    """Write and import in both databases; the answers must be equal, apart from the exception."""
    pair.begin_writing()
    for line, body in refusals(pair.material.known):
        one, _ = await pair.compare("writer", line, body)
        assert one.status_code >= 400, (line, body, one.text)
    event = await written(pair, "/v1/events", a_meeting("desk", external_id="geheim/1"))
    await written(pair, f"/v1/events/{event['id']}/claims", a_claim("nhk", paraphrase="geheim"))
    batch = b"\n".join(orjson.dumps(a_meeting("desk", external_id=f"n/{n}")) for n in range(3))
    await pair.compare("writer", "POST /v1/events", batch, content_type=NDJSON)
    await pair.compare("writer", f"PATCH /v1/events/{event['id']}", {"tags": ["geheim"]})
    await save_questions(pair)
    await import_rows(pair)
    for target, content in CREATED:
        answers = await pair.send("writer", f"POST {target}", content)
        assert_taken(answers)


def refusals(known: dict[str, list[str]]) -> Iterator[tuple[str, Any]]:
    """Requests that name hidden records; each is answered as if the record did not exist."""
    public, hidden = known["event"][0], known["event"][-1]
    for name in ("nightjar", "Nightjar", "nightja"):
        participants = [{"actor": name, "role": "host"}]
        yield "POST /v1/events", a_meeting("desk", participants=participants)
        acting = [{"actor": "PRK", "for": name, "role": "host"}]
        yield "POST /v1/events", a_meeting("desk", participants=acting)
        speaker = {"actor": name, "title": None, "speaks_for": None}
        yield f"POST /v1/events/{public}/claims", a_claim("nhk", speaker=speaker)
        yield f"POST /v1/actors/{name}/merge", {"into": "kim-jong-un"}
        yield "POST /v1/actors/nightingale/merge", {"into": name}
        source = {"slug": "new", "kind": "wire", "name": "New"}
        yield "POST /v1/sources", {**source, "speaks_for": name}
    for name in ("umbra-wire", "umbra-wir"):
        yield f"POST /v1/events/{public}/claims", a_claim(name)
        yield f"POST /v1/events/{public}/claims", a_claim("nhk", origin=name)
        yield "POST /v1/sources", {"slug": "new", "kind": "wire", "name": "New", "owner": name}
        yield f"POST /v1/sources/{name}/merge", {"into": "nhk"}
        yield "POST /v1/sources/umbral/merge", {"into": name}
    for name in ("umbra", "umbr"):
        yield "POST /v1/events", a_meeting(name)
        yield "POST /v1/actors", {"slug": "x", "kind": "person", "name": "X", "dataset": name}
        yield "POST /v1/datasets", {"slug": name, "title": "X"}
        yield f"POST /v1/imports?format=annals&dataset={name}", {}
        yield "POST /v1/keys", {"name": "x", "scopes": ["read"], "datasets": [name]}
    yield "POST /v1/relations", {"from": public, "to": hidden, "type": "follows"}
    yield "POST /v1/relations", {"from": hidden, "to": public, "type": "follows"}
    yield "POST /v1/merges", {"winner": public, "losers": [hidden]}
    yield "POST /v1/merges", {"winner": hidden, "losers": [public]}
    paths = [f"/v1/{kind}s/{known[kind][-1]}" for kind in known]
    for path in paths:
        yield f"DELETE {path}", None
        yield f"PATCH {path}", {"title": "X"}
        yield f"PUT {path}", {}
        yield f"POST {path}/restore", None
        yield f"POST {path}/claims", a_claim("nhk")
        yield f"POST {path}/undo", None


async def written(pair: Pair, target: str, body: object) -> Record:
    """Records that are created in both databases."""
    one, _ = await pair.compare("writer", f"POST {target}", body)
    assert one.status_code == 201, one.text
    made: Record = one.json()
    return made


async def save_questions(pair: Pair) -> None:
    """Questions whose answers would have what is hidden, or that name it."""
    hidden = pair.material.known["event"][-1]
    queries = ("tag=geheim", "actor=PRK&sort=title", "q=Zwischenfall", "external_id=geheim/1")
    naming = ("dataset=umbra", "actor=nightjar", "source=umbra-wire", f"id={hidden}")
    for query in (*queries, *naming, "filter=actor='nightjar'"):
        for visibility in ("private", "public"):
            body = {"title": "Asked", "query": query, "visibility": visibility}
            saved = await pair.compare("writer", "POST /v1/questions", body)
            if saved[0].status_code != 201 or saved[1].status_code != 201:
                continue
            one, other = (answer.headers["location"] for answer in saved)
            for caller in pair.material.callers:
                for what in ("", "/events"):
                    lines = (f"GET {one}{what}", f"GET {other}{what}")
                    pair.listen(f"{caller}: {body}{what}", await pair.send_each(caller, lines))


async def import_rows(pair: Pair) -> None:
    """Rows of our own format that name a hidden actor and a hidden source."""
    rows = [
        {
            **a_meeting("desk", external_id=f"row/{number}"),
            "participants": [{"actor": "nightjar", "for": "PRK", "role": "host"}],
            "claims": {"items": [a_claim("umbra-wire", external_id=f"said/{number}")]},
        }
        for number in range(3)
    ]
    body = b"\n".join(map(orjson.dumps, rows))
    target = "POST /v1/imports?format=annals&dataset=desk"
    for _ in ("for the first time", "again"):
        answers = await pair.send("writer", target, body, content_type=NDJSON)
        reports = [await ended(pair, place, answer) for place, answer in enumerate(answers)]
        public, shadowed = (without_exception(report) for report in reports)
        assert public == shadowed, f"{public}\n{shadowed}"
        assert public["rows"]["read"] == len(rows)
    pair.name_taken(TAKEN)


async def ended(pair: Pair, place: int, answer: Response) -> Record:
    """The report of an import that has ended."""
    assert answer.status_code == 202, answer.text
    desk, key = pair.desks[place], pair.material.callers["writer"]

    async def read_ended() -> Record | None:
        report: Record = await desk.get(answer.headers["location"], key=key)
        return None if report["status"] == "running" else report

    return await until(read_ended)


def without_exception(report: Record) -> Record:
    """A report without the warnings that a slug is taken, and without what is each import's own."""
    warnings = [each for each in report["warnings"] if not is_exception(each)]
    own = {"id", "created_at", "started_at", "ended_at", "updated_at", "progress"}
    left = {name: value for name, value in report.items() if name not in own}
    return {**left, "warnings": warnings}


def is_exception(warning: Record) -> bool:
    """Return whether a warning says that a slug was taken."""
    return any(made in warning["reason"] for made in TAKEN.values())


def assert_taken(answers: tuple[Response, Response]) -> None:
    """Both say that a slug is taken: by what the import made, or by what is hidden as well."""
    for answer in answers:
        assert answer.status_code == 409, answer.text
        assert [each["code"] for each in answer.json()["errors"]] == ["slug-taken"]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
