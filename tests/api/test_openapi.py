"""The OpenAPI document: complete, committed as it is, and true of real answers."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from httpx2 import Response
from jsonschema import Draft202012Validator

from app.cli.openapi import render_document
from tests.api.desk import Desk, open_desk
from tests.api.specimens import make_specimens
from tests.source import ROOT

Document = dict[str, Any]

DOCUMENT: Document = orjson.loads(render_document())
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
NAMING = {"/v1/vocab/resolve", "/v1/lookup/actors", "/v1/lookup/sources"}
"""Requests that need a parameter before they can be sent."""

READS = [
    (path, operation)
    for method, path, operation in OPERATIONS
    if method == "GET" and path not in NAMING
]
VISIT = "9ee8e511-5681-5d2f-9049-ce520c9c7483"
DATABASE = ["sqlite"]  # the answers' shapes are the same: other tests compare the databases


def validate(schema: Document, value: object) -> list[str]:
    """Return the faults of a value; references lead into the document's components."""
    whole = {**schema, "components": DOCUMENT["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    found = Draft202012Validator(whole, format_checker=checker).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def parameters() -> Iterator[tuple[str, Document]]:
    for method, path, operation in OPERATIONS:
        for parameter in operation.get("parameters", ()):
            yield f"{method} {path} {parameter['name']}", parameter


def shapes() -> Iterator[tuple[str, Document]]:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        yield name, schema
        for part, inner in schema.get("properties", {}).items():
            yield f"{name}.{part}", inner


def bounded(schema: Document) -> bool:
    """Return whether a parameter's schema says how much it takes."""
    if schema.get("type") == "array":
        return "maxItems" in schema and bounded(schema["items"])
    if "anyOf" in schema:
        return all(bounded(each) for each in schema["anyOf"])
    limits = {"enum", "format", "maxLength", "maximum", "$ref"}
    return schema.get("type") == "boolean" or bool(limits & set(schema))


def test_the_committed_document_is_this_program_s() -> None:
    committed = (ROOT / "openapi.json").read_text(encoding="utf-8")
    assert committed == render_document(), "renew it: annals openapi > openapi.json"


def test_operations_are_named_described_and_tagged() -> None:
    tags = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(?:[A-Z][a-z]*)*", name) for name in names)
    assert all(operation["description"] for _, _, operation in OPERATIONS)
    assert {tag for _, _, each in OPERATIONS for tag in each["tags"]} == set(tags)


@pytest.mark.parametrize(
    ("name", "parameter"), [pytest.param(*each, id=each[0]) for each in parameters()]
)
def test_a_parameter_is_described_bounded_and_has_an_example(
    name: str, parameter: Document
) -> None:
    assert parameter["description"]
    assert "null" not in str(parameter)
    assert name.endswith("If-None-Match") or bounded(parameter["schema"])
    assert validate(parameter["schema"], parameter["example"]) == []
    if parameter["schema"].get("type") == "array":
        assert (parameter["style"], parameter["explode"]) == ("form", True)


@pytest.mark.parametrize(("name", "schema"), [pytest.param(*each, id=each[0]) for each in shapes()])
def test_a_schema_is_described_and_its_examples_are_valid(name: str, schema: Document) -> None:
    assert "description" in schema or "$ref" in schema
    assert "$ref" in schema or schema["examples"]
    assert [validate(schema, example) for example in schema.get("examples", ())] == [
        [] for _ in schema.get("examples", ())
    ]


@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        ("GET /v1/events", "200 206 304 401 406 416 422 500 503"),
        ("GET /v1/events/{event_id}", "200 304 308 401 404 406 410 422 500 503"),
        ("POST /v1/events", "201 400 401 403 409 413 415 422 500 503 507"),
        (
            "PATCH /v1/events/{event_id}",
            "200 400 401 403 404 409 410 412 413 415 422 428 500 503 507",
        ),
        ("GET /v1/keys", "200 304 401 403 422 500 503"),
    ],
)
def test_every_status_is_documented(line: str, statuses: str) -> None:
    method, path = line.split()
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    assert " ".join(responses) == statuses
    for status, response in responses.items():
        assert status in {"204", "304", "308"} or response["content"]


@pytest.fixture(scope="module", params=DATABASE)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk with some records of every noun."""
    folder: Path = tmp_path_factory.mktemp("openapi")
    async with open_desk(request, folder) as desk:
        await make_specimens(desk)
        yield desk


def faults_of(answer: Response, operation: Document) -> list[str]:
    """Return the differences from the document: in status, media type, body or headers."""
    response = operation["responses"].get(str(answer.status_code))
    if response is None:
        return [f"{answer.status_code} is not documented"]
    missing = [name for name in ("ETag", "Location") if name in answer.headers]
    faults = [f"{name} is not documented" for name in missing if name not in response["headers"]]
    if not answer.content:
        return faults
    media_type = answer.headers["content-type"].partition(";")[0]
    described = response["content"].get(media_type)
    if described is None:
        return [*faults, f"{media_type} is not documented"]
    is_json = media_type.endswith(("/json", "+json"))
    value = answer.json() if is_json else answer.text
    return [*faults, *validate(described["schema"], value)]


async def address(desk: Desk, path: str, operation: Document) -> str:
    """A path of the document with what is there in the place of its parameters."""
    found = {
        "event_id": lambda: desk.items("/v1/events?dataset=ucdp-ged"),
        "relation_id": lambda: desk.items("/v1/relations"),
        "merge_id": lambda: desk.items("/v1/merges"),
        "question_id": lambda: desk.items("/v1/questions"),
        "id": lambda: desk.items("/v1/keys" if "keys" in path else "/v1/imports"),
        "slug": lambda: desk.items("/".join(path.split("/")[:3])),
    }
    for parameter in operation["parameters"]:
        if parameter["in"] != "path":
            continue
        name, value = parameter["name"], parameter["example"]
        if (
            name in found
            and not path.startswith(("/problems", "/v1/rerenderings"))
            and ("source-row" in path or name != "event_id")
        ):
            first = (await found[name]())[0]
            value = first.get("slug") or first["id"]
        path = path.replace(f"{{{name}}}", str(value))
    return path


@pytest.mark.parametrize(("path", "operation"), [pytest.param(*each, id=each[0]) for each in READS])
async def test_what_is_read_is_as_the_document_says(
    desk: Desk, path: str, operation: Document
) -> None:
    target = await address(desk, path, operation) if "{" in path else path
    answer = await desk.ask(f"GET {target}")
    assert faults_of(answer, operation) == []
    assert answer.status_code == 200
    if "etag" in answer.headers:
        kept = await desk.ask(f"GET {target}", if_none_match=answer.headers["etag"])
        assert (kept.status_code, faults_of(kept, operation)) == (304, [])


@pytest.mark.parametrize(
    ("path", "template", "query"),
    [
        ("/v1/events", None, {"fields": "id,title", "count": "exact"}),
        ("/v1/events", None, {"include": "claims,relations"}),
        ("/v1/events", None, {"format": "geojson", "limit": 2}),
        ("/v1/events", None, {"format": "ndjson"}),
        ("/v1/events", None, {"format": "csv", "include": "references"}),
        ("/v1/events", None, {"known_by": "2024-06-20", "as_of": "now"}),
        ("/v1/events", None, {"tpye": "summit"}),
        ("/v1/claims", None, {"as_of": "now", "limit": 1}),
        ("/v1/vocab/resolve", None, {"code": "fips:KN"}),
        ("/v1/lookup/actors", None, {"name": "Kim Chong-un"}),
        ("/v1/lookup/sources", None, {"name": "https://www3.nhk.or.jp/news"}),
        (f"/v1/events/{VISIT}", "/v1/events/{event_id}", {"format": "geojson"}),
        (f"/v1/events/{VISIT}", "/v1/events/{event_id}", {"fields": "title"}),
        (f"/v1/events/{VISIT}/graph", "/v1/events/{event_id}/graph", {"depth": 5}),
        ("/v1/actors/nobody", "/v1/actors/{slug}", {}),
    ],
)
async def test_answers_to_parameters_are_as_the_document_says(
    desk: Desk, path: str, template: str | None, query: dict[str, str]
) -> None:
    answer = await desk.ask(f"GET {path}?{urlencode(query)}")
    assert faults_of(answer, DOCUMENT["paths"][template or path]["get"]) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("POST /v1/datasets", "DatasetCreate"),
        ("POST /v1/actors", "ActorCreate"),
        ("POST /v1/sources", "SourceCreate"),
        ("POST /v1/events", "EventCreate"),
        ("POST /v1/claims", "ClaimOfEventCreate"),
        ("POST /v1/relations", "RelationCreate"),
        ("POST /v1/keys", "KeyCreate"),
    ],
)
async def test_what_is_sent_as_in_the_examples_is_taken(desk: Desk, line: str, name: str) -> None:
    (example,) = DOCUMENT["components"]["schemas"][name]["examples"]
    method, path = line.lower().split()
    answer = await desk.ask(line, example)
    assert answer.status_code in {201, 409}, answer.text
    assert faults_of(answer, DOCUMENT["paths"][path][method]) == []
