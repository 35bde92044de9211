"""Events over HTTP: creation, change, deletion and restoration."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from tests.api.desk import DATABASES, Desk, a_claim, a_meeting, faults, open_desk

SUMMIT = {
    "type": "summit",
    "title": "Putin visits Pyongyang",
    "summary": "Talks, a parade and a treaty.",
    "date": "2024-06-18/2024-06-19",
    "location": {
        "name": "Pyongyang",
        "country": "PRK",
        "admin1": None,
        "longitude": 125.75,
        "latitude": 39.03,
        "precision": "city",
    },
    "participants": [
        {"actor": "PRK", "for": None, "role": "host"},
        {"actor": "RUS", "for": None, "role": "guest"},
    ],
    "details": {"series": "kim-jong-un-putin", "ordinal": 3},
    "codes": {"cameo": "042"},
    "tags": ["visit"],
}


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Yield one desk for the module: each test creates datasets of its own."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def test_an_event_is_created_with_all_its_fields(desk: Desk) -> None:
    dataset = await desk.dataset()
    made = await desk.make("/v1/events", {"dataset": dataset, **SUMMIT})
    for name in ("title", "summary", "date", "location", "codes", "tags"):
        assert made[name] == SUMMIT[name]
    assert made["details"]["ordinal"] == 3
    assert (made["earliest_on"], made["latest_on"]) == ("2024-06-18", "2024-06-19")
    assert [each["name"] for each in made["participants"]] == [
        (await desk.get(f"/v1/actors/{slug}"))["name"] for slug in ("PRK", "RUS")
    ]
    assert (made["category"], made["verification"]) == ("diplomacy", "unverified")
    assert await desk.get(f"/v1/events/{made['id']}", key=None) == made


@pytest.mark.parametrize(
    ("type", "details", "pointer"),
    [
        ("summit", {"ordinal": "third"}, "/details/ordinal"),
        ("summit", {"ordinall": 3}, "/details/ordinall"),
        ("summit", {"documents": "x"}, "/details/documents"),
        ("missile-test", {"range": 1000}, "/details/range"),
        ("meeting", {"series": "x", "nonsense": 1}, "/details/nonsense"),
        ("riot", {"anything": 1}, "/details"),
    ],
)
async def test_details_follow_the_type(
    desk: Desk, type: str, details: object, pointer: str
) -> None:
    body = a_meeting(await desk.dataset(), type=type, details=details)
    refused = await desk.ask("POST /v1/events", body)
    assert refused.status_code == 422, refused.text
    assert any((fault["pointer"] or "/details").startswith(pointer) for fault in faults(refused)), (
        refused.text
    )


async def test_a_record_can_be_sent_back_as_it_was_read(desk: Desk) -> None:
    made = await desk.make("/v1/events", {"dataset": await desk.dataset(), **SUMMIT})
    await desk.claim(made)
    read = await desk.get(f"/v1/events/{made['id']}")
    put = await desk.ask(f"PUT /v1/events/{made['id']}", read)
    assert (put.status_code, put.json()) == (200, read)
    patched = await desk.ask(f"PATCH /v1/events/{made['id']}", {"title": read["title"]})
    assert (patched.status_code, patched.json()["revision"]) == (200, read["revision"])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": "0190a2c0-0000-7000-8000-000000000001"}, "/id"),
        ({"revision": 7}, "/revision"),
        ({"category": "arms"}, "/category"),
        ({"verification": "confirmed"}, "/verification"),
        ({"claims": {"affirming": 9}}, "/claims"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "/created_at"),
        ({"dataset": "another"}, "/dataset"),
        ({"external_id": "another"}, "/external_id"),
    ],
)
async def test_read_only_fields_cannot_be_set(
    desk: Desk, changes: dict[str, Any], pointer: str
) -> None:
    made = await desk.event()
    for answer in (
        await desk.ask(f"PATCH /v1/events/{made['id']}", changes),
        await desk.ask(f"PUT /v1/events/{made['id']}", {**made, **changes}),
    ):
        assert answer.status_code == 422, answer.text
        assert [fault["pointer"] for fault in faults(answer)] == [pointer]


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ("none", 428),
        ('"1-1"', 412),
        ('W/"2-1"', 412),
        ('"x"', 412),
        ("2-1", 422),
        ('"2-1"', 200),
        ('"2-1-0123456789ab"', 200),
        ("*", 200),
    ],
)
async def test_a_change_needs_if_match(desk: Desk, if_match: str, status: int) -> None:
    made = await desk.event()
    path = f"/v1/events/{made['id']}"
    await desk.change(f"PATCH {path}", {"title": "Another"})
    for method in ("PATCH", "PUT", "DELETE"):
        revised = await desk.get(path)
        body = {"PATCH": {"title": "A third"}, "PUT": revised, "DELETE": None}[method]
        tag = if_match.replace("2-", f"{revised['revision']}-")
        answer = await desk.ask(f"{method} {path}", body, if_match=tag)
        expected = 204 if (status, method) == (200, "DELETE") else status
        assert answer.status_code == expected, (method, answer.text)


async def test_a_put_empties_fields_left_out(desk: Desk) -> None:
    dataset = await desk.dataset()
    made = await desk.make("/v1/events", {"dataset": dataset, **SUMMIT})
    put = await desk.change(f"PUT /v1/events/{made['id']}", a_meeting(dataset))
    assert [put[name] for name in ("summary", "location", "participants", "details")] == [
        None,
        None,
        [],
        None,
    ]
    assert (put["codes"], put["tags"], put["revision"]) == ({}, [], 2)


@pytest.mark.parametrize(
    ("patch", "name", "value"),
    [
        ({"summary": None}, "summary", None),
        ({"tags": ["a", "b", "a"]}, "tags", ["a", "b"]),
        ({"codes": {"plover": "CONSULT"}}, "codes", {"cameo": "042", "plover": "CONSULT"}),
        ({"codes": {"cameo": None}}, "codes", {}),
        ({"location": None}, "location", None),
        ({"date": "2024-05~"}, "earliest_on", "2024-05-01"),
        ({"type": "visit", "details": None}, "category", "diplomacy"),
        ({"fatalities": {"best": 3}}, "fatalities", {"low": None, "best": 3, "high": None}),
    ],
)
async def test_a_patch_merges(desk: Desk, patch: object, name: str, value: object) -> None:
    made = await desk.make("/v1/events", {"dataset": await desk.dataset(), **SUMMIT})
    patched = await desk.change(f"PATCH /v1/events/{made['id']}", patch)
    assert (patched[name], patched["revision"]) == (value, 2)


async def test_put_never_creates(desk: Desk) -> None:
    path = "/v1/events/0190a2c0-0000-7000-8000-000000000001"
    body = a_meeting(await desk.dataset())
    for line, sent in (
        (f"PUT {path}", body),
        (f"PATCH {path}", {"title": "x"}),
        (f"DELETE {path}", None),
    ):
        assert (await desk.ask(line, sent)).status_code == 404


async def test_an_external_id_is_taken_once(desk: Desk) -> None:
    body = a_meeting(await desk.dataset(), external_id="GED/1")
    made = await desk.make("/v1/events", body)
    again = await desk.ask("POST /v1/events", body)
    assert (again.status_code, faults(again)[0]["pointer"]) == (409, "/external_id")
    await desk.change(f"DELETE /v1/events/{made['id']}")
    assert (await desk.ask("POST /v1/events", body)).status_code == 409
    elsewhere = await desk.make("/v1/events", {**body, "dataset": await desk.dataset()})
    assert elsewhere["id"] != made["id"]


async def test_a_deleted_event_is_gone_but_has_a_history(desk: Desk) -> None:
    made = await desk.event()
    claim = await desk.claim(made)
    path = f"/v1/events/{made['id']}"
    assert (await desk.ask(f"DELETE {path}")).status_code == 204
    for line, body in (
        (f"GET {path}", None),
        (f"GET {path}/claims", None),
        (f"GET {path}/relations", None),
        (f"GET {path}/graph", None),
        (f"GET /v1/claims/{claim['id']}", None),
        (f"PATCH {path}", {"title": "x"}),
        (f"PUT {path}", made),
        (f"DELETE {path}", None),
        (f"PATCH /v1/claims/{claim['id']}", {"paraphrase": "x"}),
        (f"POST {path}/claims", a_claim(claim["source"])),
    ):
        assert (await desk.ask(line, body)).status_code == 410, line
    assert await desk.items(f"/v1/events?id={made['id']}") == []
    history = await desk.items(f"{path}/history")
    assert [each["operation"] for each in history] == ["deleted", "updated", "created"]


async def test_a_restored_event_has_its_claims_and_relations(desk: Desk) -> None:
    dataset = await desk.dataset()
    first, second, third = [await desk.event(dataset) for _ in range(3)]
    claim = await desk.claim(first)
    dropped = await desk.claim(first)
    await desk.change(f"DELETE /v1/claims/{dropped['id']}")
    relations = [await desk.relation(first, second), await desk.relation(third, first, "part-of")]
    unlinked = await desk.relation(second, first, "enables")
    await desk.change(f"DELETE /v1/relations/{unlinked['id']}")
    path = f"/v1/events/{first['id']}"
    before = await desk.get(path)
    await desk.change(f"DELETE {path}")
    assert await desk.items(f"/v1/events/{second['id']}/relations") == []
    after = await desk.change(f"POST {path}/restore")
    changing = {"revision", "updated_at"}
    assert {name: value for name, value in after.items() if name not in changing} == {
        name: value for name, value in before.items() if name not in changing
    }
    assert after["revision"] == before["revision"] + 2
    assert [each["id"] for each in await desk.items(f"{path}/claims")] == [claim["id"]]
    linked = await desk.items(f"{path}/relations")
    assert {each["id"] for each in linked} == {each["id"] for each in relations}
    assert (await desk.ask(f"POST {path}/restore")).status_code == 409
    assert (
        await desk.ask("POST /v1/events/0190a2c0-0000-7000-8000-00000000000a/restore")
    ).status_code == 404


async def test_relations_come_back_when_both_ends_do(desk: Desk) -> None:
    dataset = await desk.dataset()
    first, second = await desk.event(dataset), await desk.event(dataset)
    relation = await desk.relation(first, second)
    for event in (first, second):
        await desk.change(f"DELETE /v1/events/{event['id']}")
    for event in (first, second):
        await desk.change(f"POST /v1/events/{event['id']}/restore")
    found = await desk.items(f"/v1/events/{first['id']}/relations")
    assert [each["id"] for each in found] == [relation["id"]]


def lines(*bodies: object) -> bytes:
    """Return the bodies as NDJSON."""
    return b"\n".join(body if isinstance(body, bytes) else orjson.dumps(body) for body in bodies)


async def test_a_batch_is_created_as_a_whole(desk: Desk) -> None:
    dataset = await desk.dataset()
    batch = lines(a_meeting(dataset, title="One"), b"", a_meeting(dataset, title="Two"))
    made = await desk.ask("POST /v1/events", batch, content_type="application/x-ndjson")
    assert made.status_code == 201
    assert [each["title"] for each in made.json()["items"]] == ["One", "Two"]
    assert made.json()["count"] == {"value": 2, "kind": "exact"}


@pytest.mark.parametrize(
    ("bad", "status", "pointer"),
    [
        ({"dateset": "x"}, 422, "/1/dateset"),
        ({"date": "2024-02-30"}, 422, "/1/date"),
        ({"dataset": "nowhere"}, 422, "/1/dataset"),
        (
            {"participants": [{"actor": "nobody-here", "role": "host"}]},
            422,
            "/1/participants/0/actor",
        ),
        ({"external_id": "first"}, 409, "/1/external_id"),
        (b"{", 422, "/1"),
        (b"[]", 422, "/1"),
    ],
)
async def test_a_batch_with_one_invalid_line_creates_nothing(
    desk: Desk, bad: Any, status: int, pointer: str
) -> None:
    dataset = await desk.dataset()
    good = a_meeting(dataset, external_id="first")
    second = bad if isinstance(bad, bytes) else {**a_meeting(dataset), **bad}
    answer = await desk.ask(
        "POST /v1/events", lines(good, second), content_type="application/x-ndjson"
    )
    assert answer.status_code == status, answer.text
    assert [fault["pointer"] for fault in faults(answer)] == [pointer]
    assert await desk.items(f"/v1/events?dataset={dataset}") == []
