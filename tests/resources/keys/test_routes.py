"""Keys over HTTP: for administrators only, and never shown twice."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from app.auth.key_tokens import FIRST_KEY_ID, hash_token
from tests.resources.keys.conftest import PRIVATE, Ask

READER = {"name": "Dashboard", "scopes": ["read"], "datasets": [PRIVATE]}
SHOWN = {"id", "revision", "name", "scopes", "datasets", "created_at", "revoked_at"}


async def make(ask: Ask, **changed: Any) -> dict[str, Any]:
    answer = await ask("POST /v1/keys", {**READER, **changed})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_key_is_shown_once(ask: Ask) -> None:
    answer = await ask("POST /v1/keys", READER)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/keys/{made['id']}"
    assert "no-store" in answer.headers["cache-control"]
    assert re.fullmatch(rf"annals_{made['id']}_\w+", made["key"])
    read = await ask(f"GET {answer.headers['location']}")
    assert read.json() == {name: made[name] for name in SHOWN}
    assert read.headers["etag"].startswith('"1-')
    for text in (read.text, (await ask("GET /v1/keys")).text):
        assert made["key"] not in text
        assert hash_token(made["key"]) not in text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, {"scopes": ["read"], "datasets": [PRIVATE]}),
        ({"datasets": None}, {"datasets": None}),
        ({"datasets": []}, {"datasets": []}),
        ({"datasets": [PRIVATE, PRIVATE]}, {"datasets": [PRIVATE]}),
        (
            {"scopes": ["admin", "import", "write", "read"], "datasets": None},
            {"scopes": ["read", "write", "import", "admin"], "datasets": None},
        ),
        ({"scopes": ["write", "write"]}, {"scopes": ["write"]}),
    ],
)
async def test_a_key_keeps_what_it_was_made_with(
    ask: Ask, sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    made = await make(ask, **sent)
    assert made.items() >= {"name": "Dashboard", "revision": 1, "revoked_at": None, **kept}.items()


@pytest.mark.parametrize(
    ("sent", "pointer", "hint"),
    [
        ({"scopes": []}, "/scopes", ""),
        ({"scopes": ["reed"]}, "/scopes/0", "did you mean 'read'?"),
        ({"datasets": ["aclid"]}, "/datasets/0", "did you mean 'acled'?"),
        ({"datasets": ["ACLED"]}, "/datasets/0", ""),
        ({"name": ""}, "/name", ""),
        ({"hash": "0"}, "/hash", "unknown field 'hash'"),
        ({"name": 7}, "/name", ""),
        ({"scopes": ["read", "admin"]}, "/datasets", "held to no datasets"),
        ({"scopes": ["admin"], "datasets": []}, "/datasets", "held to no datasets"),
    ],
)
async def test_what_is_wrong_with_a_key_is_named(
    ask: Ask, sent: dict[str, Any], pointer: str, hint: str
) -> None:
    answer = await ask("POST /v1/keys", {**READER, **sent})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == pointer
    assert hint in fault["detail"]


@pytest.mark.parametrize(
    "line",
    [
        "GET /v1/keys",
        f"GET /v1/keys/{FIRST_KEY_ID}",
        "POST /v1/keys",
        f"DELETE /v1/keys/{FIRST_KEY_ID}",
    ],
)
@pytest.mark.parametrize(
    ("scopes", "status"), [(None, 401), (["read"], 403), (["read", "write", "import"], 403)]
)
async def test_keys_are_for_administrators(
    ask: Ask, line: str, scopes: list[str] | None, status: int
) -> None:
    key = None if scopes is None else (await make(ask, scopes=scopes))["key"]
    body = READER if line.startswith("POST") else None
    answer = await ask(line, body, key, if_match="*")
    assert answer.status_code == status
    assert ("a key" if scopes is None else "admin") in answer.json()["detail"]


async def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(ask: Ask) -> None:
    made = await make(ask, scopes=["admin"], datasets=None)
    path = f"/v1/keys/{made['id']}"
    assert (await ask(f"GET {path}", key=made["key"])).status_code == 200
    assert (await ask(f"DELETE {path}", if_match='"1-1"')).status_code == 204
    refused = await ask(f"GET {path}", key=made["key"])
    assert refused.status_code == 401
    read = await ask(f"GET {path}")
    assert read.json()["revoked_at"] == "2024-06-10T06:13:20.000000Z"
    assert read.headers["etag"].startswith('"2-')
    unknown = await ask(f"GET {path}", key=made["key"] + "x")
    assert unknown.json()["detail"] == refused.json()["detail"]


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("DELETE /v1/keys/{id}", {}, 428),
        ("DELETE /v1/keys/{id}", {"if_match": '"2-1"'}, 412),
        ("DELETE /v1/keys/{id}", {"if_match": "*"}, 204),
        ("DELETE /v1/keys/none", {"if_match": "*"}, 404),
        ("GET /v1/keys/none", {}, 404),
        ("GET /v1/keys/{id}", {"if_none_match": "*"}, 304),
        ("HEAD /v1/keys/{id}", {}, 200),
        ("PUT /v1/keys/{id}", {}, 405),
        ("GET /v1/keys?name=x", {}, 422),
    ],
)
async def test_the_rules_of_the_wire_hold(
    ask: Ask, line: str, headers: dict[str, str], status: int
) -> None:
    made = await make(ask)
    assert (await ask(line.format(id=made["id"]), **headers)).status_code == status


async def test_a_tag_is_of_the_bytes(ask: Ask) -> None:
    made = await make(ask, scopes=["write"])
    path = f"/v1/keys/{made['id']}"
    tag = (await ask(f"GET {path}")).headers["etag"]
    assert (await ask(f"GET {path}", if_none_match=tag)).status_code == 304
    await ask(f"DELETE {path}", if_match=tag)
    assert (await ask(f"GET {path}", if_none_match=tag)).status_code == 200


async def test_the_list_is_walked_to_its_end(ask: Ask) -> None:
    made = [(await make(ask, name=f"key {number}"))["id"] for number in range(5)]
    found: list[str] = []
    target = "/v1/keys?limit=2&count=exact"
    while target:
        answer = await ask(f"GET {target}")
        assert answer.json()["count"] == {"value": 6, "kind": "exact"}
        found += [key["id"] for key in answer.json()["items"]]
        target = answer.links["next"]["url"] if answer.json()["next_cursor"] else ""
    assert sorted(found) == sorted([FIRST_KEY_ID, *made])


@pytest.mark.parametrize(
    ("query", "names"),
    [("", {"gone", "kept"}), ("?revoked=true", {"gone"}), ("?revoked=false", {"kept"})],
)
async def test_revoked_keys_can_be_listed_apart(ask: Ask, query: str, names: set[str]) -> None:
    gone, _ = await make(ask, name="gone"), await make(ask, name="kept")
    await ask(f"DELETE /v1/keys/{gone['id']}", if_match="*")
    items = (await ask(f"GET /v1/keys{query}")).json()["items"]
    assert {key["name"] for key in items if key["id"] != FIRST_KEY_ID} == names


async def test_a_cursor_belongs_to_its_question(ask: Ask) -> None:
    await make(ask)
    cursor = (await ask("GET /v1/keys?limit=1")).json()["next_cursor"]
    answer = await ask(f"GET /v1/keys?revoked=false&cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor")


async def test_the_hash_is_in_no_shape(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert set(schemas["Key"]["properties"]) == SHOWN
    assert set(schemas["NewKey"]["properties"]) == SHOWN | {"key"}
