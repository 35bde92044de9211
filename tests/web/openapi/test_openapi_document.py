"""The OpenAPI document says what the edge does."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from app.web.application import ApiDescription, make_application
from app.web.openapi.openapi_document import describe, describe_request_body
from tests.web.sample import Place

Document = dict[str, Any]


@pytest.fixture(scope="module")
def document(app: FastAPI) -> Document:
    return app.openapi()


def operation(document: Document, line: str) -> Document:
    method, path = line.split()
    found: Document = document["paths"][path][method.lower()]
    return found


def test_it_is_3_1_with_server_licence_and_tags(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/", "description": "This server"}]
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert {tag["name"] for tag in document["tags"]} == {"events", "others", "operations"}


def test_operation_ids_are_unique_and_camel_case(document: Document) -> None:
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(set(ids)) == len(ids)
    assert {"listEvents", "getEvent", "createEvent", "getLiveness"} <= set(ids)


def test_head_is_not_listed(document: Document) -> None:
    assert all("head" not in path for path in document["paths"].values())


@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        ("GET /v1/events", "200 304 401 403 422 500 503"),
        ("GET /v1/events/{id}", "200 304 401 404 422 500 503"),
        ("POST /v1/events", "201 400 401 403 409 413 415 422 500 503 507"),
        ("PATCH /v1/events/{id}", "200 400 401 403 404 409 410 412 413 415 422 428 500 503 507"),
        ("GET /livez", "200 401 500 503"),
    ],
)
def test_each_status_is_documented(document: Document, line: str, statuses: str) -> None:
    responses = operation(document, line)["responses"]
    assert " ".join(responses) == statuses
    for status, response in responses.items():
        if status >= "400":
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}


def test_problems_are_described_and_the_frameworks_are_not(document: Document) -> None:
    schemas = document["components"]["schemas"]
    assert {"Problem", "ProblemFault"} <= set(schemas)
    assert not {"HTTPValidationError", "ValidationError", "ProblemDocument"} & set(schemas)
    assert "HTTPValidationError" not in str(document)


def test_parameters_are_never_null(document: Document) -> None:
    for path in document["paths"].values():
        for each in path.values():
            assert "null" not in str(each.get("parameters"))
    parameters = operation(document, "GET /v1/events")["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert schemas["since"] == {
        "type": "string",
        "format": "date",
        "title": "Since",
    }
    assert schemas["limit"]["maximum"] == 100


def test_changes_need_if_match_and_a_key(document: Document) -> None:
    patch = operation(document, "PATCH /v1/events/{id}")
    assert {"If-Match", "id"} == {parameter["name"] for parameter in patch["parameters"]}
    assert patch["security"] == [{"key": []}]
    assert list(patch["requestBody"]["content"]) == ["application/merge-patch+json"]
    assert operation(document, "GET /v1/events")["security"] == [{}, {"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def make(*names: str) -> FastAPI:
    about = ApiDescription(title="t", version="1", summary="s", description="d", tags={})
    app, router = make_application(about), APIRouter()

    async def endpoint() -> Response:
        return Response()

    for name in names:
        extra = describe_request_body({"application/json": Place, "application/x-ndjson": None})
        router.add_api_route(
            f"/{name}/{len(router.routes)}",
            endpoint,
            methods=["POST"],
            name=name,
            openapi_extra=extra,
        )
    app.include_router(router)
    return app


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_two_functions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="operationId makePlace"):
        describe(make("make_place", "make_place"))


def test_a_body_that_the_route_reads_itself_is_described() -> None:
    document = describe(make("make_place"), [Place])
    content = operation(document, "POST /make_place/0")["requestBody"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Place"}
    assert "Place" in document["components"]["schemas"]
