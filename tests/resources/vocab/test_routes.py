"""The vocabularies over HTTP."""

import jsonschema
import pytest

from app.models.datasets import event_types as event_type_rows
from app.resources.vocab.service import seed_event_types
from app.vocab.catalog import list_names
from app.vocab.event_types import EVENT_TYPES
from tests.resources.conftest import Ask, Run

KINDS = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Nothing is asked of the database, so one kind will do."""


@KINDS
async def test_every_event_type_is_listed(ask: Ask) -> None:
    answer = (await ask("GET /v1/event-types")).json()
    assert [item["type"] for item in answer["items"]] == list(EVENT_TYPES)
    assert answer["count"] == {"value": len(EVENT_TYPES), "kind": "exact"}
    assert answer["next_cursor"] is None


@KINDS
async def test_event_types_of_a_category(ask: Ask) -> None:
    answer = (await ask("GET /v1/event-types?category=arms,protest")).json()
    assert {item["category"] for item in answer["items"]} == {"arms", "protest"}


@KINDS
async def test_an_event_type_has_its_schema_and_crosswalk(ask: Ask) -> None:
    summit = (await ask("GET /v1/event-types/summit")).json()
    assert summit["codes"]["cameo"] == ["042", "043", "044"]
    jsonschema.Draft202012Validator.check_schema(summit["details_schema"])
    assert "series" in summit["details_schema"]["properties"]
    visit = (await ask("GET /v1/event-types/visit")).json()
    assert set(visit["crosswalk"]) == {"cameo", "plover", "acled", "ucdp"}


@KINDS
@pytest.mark.parametrize("name", list_names())
async def test_every_list_can_be_read(ask: Ask, name: str) -> None:
    answer = await ask(f"GET /v1/vocab/{name}")
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert items
    assert all({"value", "label", "definition"} <= item.keys() for item in items)
    named = {item["list"]: item for item in (await ask("GET /v1/vocab")).json()["items"]}
    assert named[name] == {"list": name, "size": len(items), "url": f"/v1/vocab/{name}"}


@KINDS
@pytest.mark.parametrize(
    ("query", "meanings"),
    [
        ("code=fips:KN", [("fips", "country", "PRK")]),
        ("code=KN&scheme=fips", [("fips", "country", "PRK")]),
        ("q=north%20korea", [("name", "country", "PRK")]),
        ("code=PRK&scheme=iso3", [("iso3", "country", "PRK")]),
        ("code=cameo:042", [("cameo", "event-type", "visit")]),
        ("q=Security%20Council", [("name", "organisation", "un-security-council")]),
    ],
)
async def test_a_code_is_resolved(
    ask: Ask, query: str, meanings: list[tuple[str, str, str]]
) -> None:
    answer = await ask(f"GET /v1/vocab/resolve?{query}")
    items = answer.json()["items"]
    assert [(item["scheme"], item["kind"], item["value"]) for item in items] == meanings


@KINDS
async def test_every_reading_of_a_code_is_given(ask: Ask) -> None:
    items = (await ask("GET /v1/vocab/resolve?code=KN")).json()["items"]
    assert {("iso2", "KNA"), ("fips", "PRK")} <= {(each["scheme"], each["value"]) for each in items}


@KINDS
@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("GET /v1/event-types/sumit", 404, "did you mean 'summit'"),
        ("GET /v1/event-types?category=arm", 422, "did you mean 'arms'?"),
        ("GET /v1/vocab/role", 404, "did you mean 'roles'?"),
        ("GET /v1/vocab/roles?limit=1", 422, "unknown parameter 'limit'"),
        ("GET /v1/vocab/resolve", 422, "either code or q"),
        ("GET /v1/vocab/resolve?code=KN&q=KN", 422, "either code or q"),
        ("GET /v1/vocab/resolve?q=KN&scheme=fips", 422, "scheme goes with code"),
        ("GET /v1/vocab/resolve?code=KN&scheme=fip", 422, "did you mean 'fips'?"),
        ("GET /v1/vocab/resolve?code=North%20Koria", 422, "did you mean 'North Korea'"),
    ],
)
async def test_what_is_refused(ask: Ask, line: str, status: int, said: str) -> None:
    answer = await ask(line)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


@KINDS
@pytest.mark.parametrize("path", ["event-types", "event-types/summit", "vocab", "vocab/countries"])
async def test_the_vocabulary_can_be_kept(ask: Ask, path: str) -> None:
    answer = await ask(f"GET /v1/{path}")
    etag = answer.headers["etag"]
    assert etag.startswith('"')
    again = await ask(f"GET /v1/{path}", if_none_match=etag)
    assert (again.status_code, again.content) == (304, b"")
    kept = {each.headers["cache-control"] for each in (answer, again)}
    assert kept == {"public, max-age=3600"}


async def test_the_database_has_a_copy_of_the_event_types(run: Run) -> None:
    assert await run(seed_event_types) == len(EVENT_TYPES)
    assert await run(seed_event_types) == 0
    wrong = event_type_rows.update().where(event_type_rows.c.type == "summit")
    await run(lambda write: write.connection.execute(wrong.values(category="arms")).rowcount)
    more = {"type": "gone", "category": "arms"}
    await run(lambda write: write.connection.execute(event_type_rows.insert(), more).rowcount)
    assert await run(seed_event_types) == 2
