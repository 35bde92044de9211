"""A body in an unsupported content coding is 415; the answer lists the supported ones."""

import gzip
from collections.abc import AsyncIterator

import pytest

from tests.api.desk import DATABASES, Desk, open_desk
from tests.api.test_authorisation import operations, path_of, places

UPLOAD = ("/v1/imports", "POST")


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: nothing is changed."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, GZIP"])
async def test_no_route_takes_a_coded_body_for_plain(desk: Desk, coding: str) -> None:
    document, at = await desk.get("/openapi.json"), await places(desk)
    for route, method in operations(document):
        operation = document["paths"][route][method.lower()]
        if "requestBody" not in operation or (route, method) == UPLOAD:
            continue
        for media_type in operation["requestBody"]["content"]:
            headers = {"content_type": media_type, "content_encoding": coding}
            line = f"{method} {path_of(route, at)}"
            answer = await desk.ask(line, gzip.compress(b"{}"), **headers)
            assert (answer.status_code, answer.json()["type"]) == (
                415,
                "/problems/unsupported-media-type",
            ), line
            assert answer.headers["accept-encoding"] == "identity", line


async def test_an_import_takes_gzip_and_no_other_coding(desk: Desk) -> None:
    headers = {"content_type": "text/csv"}
    line, body = "POST /v1/imports?format=ucdp-ged", gzip.compress(b"id,relid\n")
    for coding, status in (("br", 415), ("gzip, zstd", 415), ("gzip", 202), ("identity", 202)):
        answer = await desk.ask(line, body, content_encoding=coding, **headers)
        assert answer.status_code == status, coding
        assert answer.headers.get("accept-encoding") == (
            "gzip, x-gzip, identity" if status == 415 else None
        )


async def test_a_plain_body_may_say_that_it_is_one(desk: Desk) -> None:
    body = {"slug": desk.name("desk"), "title": "Desk", "visibility": "public"}
    answer = await desk.ask("POST /v1/datasets", body, content_encoding="identity")
    assert answer.status_code == 201
