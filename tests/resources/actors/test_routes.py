"""Actors over HTTP: creation, search, change, deletion and visibility."""

from typing import Any

import pytest

from tests.resources.conftest import Ask

KIM = {
    "slug": "kim-jong-un",
    "kind": "person",
    "name": "Kim Jong Un",
    "aliases": ["Kim Jong-eun", "김정은"],
    "codes": {"wikidata": "Q56226"},
    "country": "PRK",
}
PUTIN = {"slug": "vladimir-putin", "kind": "person", "name": "Владимир Путин", "country": "RUS"}
WAGNER = {
    "slug": "wagner",
    "kind": "armed-group",
    "name": "Wagner",
    "aliases": ["ЧВК «Вагнер»", "Africa Corps"],
    "codes": {"acled": ["Wagner Group", "WG"]},
}


@pytest.fixture
async def actors(ask: Ask) -> None:
    """Create three public actors."""
    for body in (KIM, PUTIN, WAGNER):
        answer = await ask("POST /v1/actors", body, key="writer")
        assert answer.status_code == 201, answer.text


async def test_an_actor_is_created(ask: Ask) -> None:
    answer = await ask("POST /v1/actors", KIM, key="writer")
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/actors/kim-jong-un"
    made = answer.json()
    assert list(made) == [
        *("slug", "kind", "name", "aliases", "codes", "country", "dataset"),
        *("revision", "created_at", "updated_at"),
    ]
    assert made["codes"] == {"wikidata": ["Q56226"]}
    assert (made["revision"], made["dataset"]) == (1, None)
    read = await ask("GET /v1/actors/kim-jong-un")
    assert read.content == answer.content
    assert read.headers["etag"] == answer.headers["etag"] == '"1-1"'


async def test_an_unchanged_record_is_not_sent_again(ask: Ask, actors: None) -> None:
    answer = await ask("GET /v1/actors/wagner", if_none_match='"1-1"')
    assert answer.status_code == 304


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["kim-jong-un", "wagner", "vladimir-putin"]),
        ("sort=-name", ["vladimir-putin", "wagner", "kim-jong-un"]),
        ("sort=-updated_at", ["wagner", "vladimir-putin", "kim-jong-un"]),
        ("kind=armed-group", ["wagner"]),
        ("country=North%20Korea", ["kim-jong-un"]),
        ("country=KP,RU", ["kim-jong-un", "vladimir-putin"]),
        ("name=kim%20jong-UN", ["kim-jong-un"]),
        ("name=김정은", ["kim-jong-un"]),
        ("name=kim", []),
        ("q=kim", ["kim-jong-un"]),
        ("q=jong%20e", ["kim-jong-un"]),
        ("q=ПУТ", ["vladimir-putin"]),
        ("q=вагнер", ["wagner"]),
        ("q=orps", []),
        ("q=%25", []),
        ("code=wikidata:Q56226", ["kim-jong-un"]),
        ("code=acled:WG,wikidata:Q56226", ["kim-jong-un", "wagner"]),
        ("code=iso3:WG", []),
        ("updated_since=2024-06-12T00:00:02Z", ["wagner", "vladimir-putin"]),
    ],
)
async def test_actors_are_found(ask: Ask, actors: None, query: str, found: list[str]) -> None:
    answer = await ask(f"GET /v1/actors?{query}")
    assert answer.status_code == 200, answer.text
    assert [item["slug"] for item in answer.json()["items"]] == found


async def test_a_list_is_walked_to_its_end(ask: Ask, actors: None) -> None:
    slugs, target = [], "/v1/actors?limit=1&count=exact"
    while target:
        page = (await ask(f"GET {target}")).json()
        assert page["count"] == {"value": 3, "kind": "exact"}
        slugs += [item["slug"] for item in page["items"]]
        cursor = page["next_cursor"]
        target = f"/v1/actors?limit=1&count=exact&cursor={cursor}" if cursor else ""
    assert slugs == ["kim-jong-un", "wagner", "vladimir-putin"]


@pytest.mark.parametrize(
    ("line", "body", "key", "status", "said"),
    [
        ("POST /v1/actors", KIM, "writer", 409, "'kim-jong-un' is taken"),
        ("POST /v1/actors", KIM, None, 401, "a key"),
        ("POST /v1/actors", KIM, "reader", 403, "write"),
        ("POST /v1/actors", {**KIM, "slug": "PRC"}, "writer", 422, "PRC is not an ISO 3166-1"),
        ("POST /v1/actors", {**KIM, "slug": "Kim"}, "writer", 422, "slug"),
        ("POST /v1/actors", {**KIM, "kind": "persn"}, "writer", 422, "did you mean 'person'?"),
        ("POST /v1/actors", {**KIM, "nam": "Kim"}, "writer", 422, "did you mean 'name'?"),
        ("POST /v1/actors", {**KIM, "dataset": "acled"}, "writer", 422, "unknown dataset 'acled'"),
        ("GET /v1/actors/kim", None, None, 404, "there is no actor 'kim'"),
        ("GET /v1/actors/north-korea", None, None, 404, "did you mean 'PRK'?"),
        ("GET /v1/actors?kin=state", None, None, 422, "did you mean 'kind'?"),
        ("PUT /v1/actors/kim", {"kind": "person", "name": "K"}, "writer", 404, "no actor 'kim'"),
        ("PUT /v1/actors/wagner", {"kind": "person"}, "writer", 422, "required"),
        ("PATCH /v1/actors/wagner", {"name": None}, "writer", 422, "required"),
        ("PATCH /v1/actors/wagner", {"slug": "w"}, "writer", 422, "cannot be changed"),
        ("PATCH /v1/actors/wagner", {"revision": 7}, "writer", 422, "cannot be changed"),
        ("PATCH /v1/actors/wagner", {"dataset": "acled"}, "writer", 422, "cannot be changed"),
        ("DELETE /v1/actors/kim", None, "writer", 404, "no actor 'kim'"),
    ],
)
async def test_invalid_requests_are_refused(
    ask: Ask, actors: None, line: str, body: Any, *, key: str | None, status: int, said: str
) -> None:
    answer = await ask(line, body, key=key)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("PUT /v1/actors/wagner", {"kind": "armed-group", "name": "W"}),
        ("PATCH /v1/actors/wagner", {"name": "W"}),
        ("DELETE /v1/actors/wagner", None),
    ],
)
@pytest.mark.parametrize(("tag", "status"), [("none", 428), ('"2-1"', 412), ("2-1", 422)])
async def test_a_change_needs_if_match(
    ask: Ask, actors: None, line: str, body: Any, tag: str, status: int
) -> None:
    answer = await ask(line, body, key="writer", if_match=tag)
    assert answer.status_code == status


async def test_a_document_can_be_sent_back_as_it_was_read(ask: Ask, actors: None) -> None:
    read = await ask("GET /v1/actors/wagner")
    same = await ask("PUT /v1/actors/wagner", read.json(), key="writer", if_match='"1-1"')
    assert (same.status_code, same.content) == (200, read.content)
    changed = await ask(
        "PUT /v1/actors/wagner", {**read.json(), "name": "PMC Wagner"}, key="writer"
    )
    assert changed.json()["revision"] == 2
    assert changed.headers["etag"] == '"2-1"'
    assert changed.json()["updated_at"] > changed.json()["created_at"]


async def test_a_put_empties_fields_left_out(ask: Ask, actors: None) -> None:
    answer = await ask(
        "PUT /v1/actors/wagner", {"kind": "organisation", "name": "PMC"}, key="writer"
    )
    assert (answer.json()["aliases"], answer.json()["codes"]) == ([], {})
    assert (await ask("GET /v1/actors?name=Africa%20Corps")).json()["items"] == []
    assert (await ask("GET /v1/actors?code=acled:WG")).json()["items"] == []


async def test_a_patch_changes_the_fields_that_it_has(ask: Ask, actors: None) -> None:
    patch = {"codes": {"acled": None, "wikidata": "Q1"}, "country": "RUS"}
    answer = await ask("PATCH /v1/actors/wagner", patch, key="writer")
    assert answer.json()["codes"] == {"wikidata": ["Q1"]}
    assert (answer.json()["country"], answer.json()["name"]) == ("RUS", "Wagner")
    found = await ask("GET /v1/actors?code=wikidata:Q1")
    assert [item["slug"] for item in found.json()["items"]] == ["wagner"]


async def test_a_patch_needs_its_media_type(ask: Ask, actors: None) -> None:
    answer = await ask(
        "PATCH /v1/actors/wagner", {"name": "W"}, key="writer", content_type="application/json"
    )
    assert answer.status_code == 415


async def test_an_actor_is_deleted(ask: Ask, actors: None) -> None:
    answer = await ask("DELETE /v1/actors/wagner", key="writer", if_match='"1-1"')
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ask("GET /v1/actors/wagner")).status_code == 410
    assert (await ask("POST /v1/actors", WAGNER, key="writer")).status_code == 201


@pytest.mark.parametrize(("key", "seen"), [(None, 0), ("other", 0), ("writer", 1), ("admin", 1)])
async def test_an_actor_has_the_visibility_of_its_dataset(
    ask: Ask, key: str | None, seen: int
) -> None:
    private = {"slug": "acled", "title": "ACLED", "visibility": "private"}
    assert (await ask("POST /v1/datasets", private, key="writer")).status_code == 201
    made = await ask("POST /v1/actors", {**WAGNER, "dataset": "acled"}, key="writer")
    assert made.json()["dataset"] == "acled"
    assert len((await ask("GET /v1/actors?q=wag", key=key)).json()["items"]) == seen
    assert (await ask("GET /v1/actors/wagner", key=key)).status_code == (200 if seen else 404)
    if key in {"other", "admin"}:
        put = await ask("PATCH /v1/actors/wagner", {"name": "W"}, key=key)
        assert put.status_code == (200 if seen else 404)
        delete = await ask("DELETE /v1/actors/wagner", key=key)
        assert delete.status_code == (204 if seen else 404)


async def test_an_actor_of_a_public_dataset_is_public(ask: Ask) -> None:
    await ask("POST /v1/datasets", {"slug": "open", "title": "Open"}, key="writer")
    made = await ask("POST /v1/actors", {**WAGNER, "dataset": "open"}, key="writer")
    assert made.json()["dataset"] is None


async def test_the_openapi_document_has_every_operation(ask: Ask) -> None:
    paths = (await ask("GET /openapi.json")).json()["paths"]
    assert set(paths["/v1/actors/{slug}"]) == {"get", "put", "patch", "delete"}
    assert paths["/v1/actors"]["post"]["operationId"] == "createActor"
