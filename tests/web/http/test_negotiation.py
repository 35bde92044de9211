"""Content negotiation: the representation that is made, and the bodies that are accepted."""

import pytest

from app.errors import NotAcceptable
from app.web.http.negotiation import choose_accepted
from tests.web.conftest import Ask

MAKES = (("json", "application/json"), ("geojson", "application/geo+json"), ("csv", "text/csv"))


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("*", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV; header=present", "csv"),
        ("text/*", "csv"),
        ("application/json;q=0.5, text/csv", "csv"),
        ("application/json;q=0.5, text/csv;q=0.4", "json"),
        ("application/json;q=0, */*", "geojson"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("application/*;q=0.2, application/geo+json;q=0.3", "geojson"),
        ("image/png, text/csv;q=0.001", "csv"),
    ],
)
def test_accept_chooses(accept: str | None, name: str) -> None:
    assert choose_accepted(accept, MAKES) == name


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "*/*;q=0", "*/*;q=x"])
def test_an_impossible_accept_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="application/json, application/geo\\+json, text/csv"):
        choose_accepted(accept, MAKES)


@pytest.mark.parametrize(
    ("line", "accept", "status", "media_type"),
    [
        ("GET /v1/export", "text/csv", 200, "text/csv; charset=utf-8"),
        ("GET /v1/export?format=csv", "application/json", 200, "text/csv; charset=utf-8"),
        ("GET /v1/export", "image/png", 406, "application/problem+json"),
        ("GET /v1/export?format=cvs", "*/*", 422, "application/problem+json"),
    ],
)
async def test_the_parameter_beats_accept(
    ask: Ask, line: str, accept: str, status: int, media_type: str
) -> None:
    answer = await ask(line, Accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (status, media_type)


async def test_an_unknown_format_names_the_nearest(ask: Ask) -> None:
    (fault,) = (await ask("GET /v1/export?format=cvs")).json()["errors"]
    assert fault["parameter"] == "format"
    assert fault["detail"].endswith("did you mean 'csv'?")


@pytest.mark.parametrize(
    ("line", "content_type", "status", "header"),
    [
        ("POST /v1/events", "application/json", 201, None),
        ("POST /v1/events", "application/json; charset=UTF-8", 201, None),
        ("POST /v1/events", 'Application/JSON;charset="utf-8"', 201, None),
        ("POST /v1/events", "application/json; charset=latin-1", 415, "accept-post"),
        ("POST /v1/events", "text/plain", 415, "accept-post"),
        ("POST /v1/events", "", 415, "accept-post"),
        ("PATCH /v1/events/ID", "application/merge-patch+json", 200, None),
        ("PATCH /v1/events/ID", "application/json", 415, "accept-patch"),
        ("PATCH /v1/events/ID", "application/json-patch+json", 415, "accept-patch"),
    ],
)
async def test_only_the_right_media_type_is_taken(
    ask: Ask, line: str, content_type: str, status: int, header: str | None
) -> None:
    line = line.replace("ID", "01902f4e-0000-7000-8000-000000000001")
    headers = {"Authorization": "Bearer writer", "Content-Type": content_type, "If-Match": "*"}
    answer = await ask(line, '{"title":"x"}', **headers)
    assert answer.status_code == status
    assert header is None or answer.headers[header].startswith("application/")
