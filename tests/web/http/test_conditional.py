"""Tags and conditions: when nothing is sent again, and when a change is refused."""

import pytest
from starlette.requests import Request

from app.errors import AnnalsError, Invalid, PreconditionRequired, Stale
from app.web.http.responses import (
    check_if_none_match,
    make_list_etag,
    make_record_etag,
    read_required_revision,
)
from tests.web.conftest import Ask
from tests.web.sample import ID


def request_with(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


def test_another_representation_has_another_tag() -> None:
    tags = {
        make_record_etag(4, 1),
        make_record_etag(4, 2),
        make_record_etag(5, 1),
        make_record_etag(4, 1, b"csv"),
    }
    assert len(tags) == 4
    assert make_record_etag(4, 1) == '"4-1"'


def test_the_tag_of_a_list_needs_the_secret() -> None:
    assert make_list_etag(b"page", b"one") != make_list_etag(b"page", b"two")
    assert make_list_etag(b"page", b"one").startswith('W/"')
    assert make_list_etag(b"page", b"s" * 100)


@pytest.mark.parametrize(
    ("header", "etag", "answered"),
    [
        ('"4-1"', '"4-1"', '"4-1"'),
        ('W/"4-1"', '"4-1"', 'W/"4-1"'),
        ('"3-1", "4-1"', '"4-1"', '"4-1"'),
        ("*", '"4-1"', '"4-1"'),
        ('"4-1-gzip"', '"4-1"', '"4-1-gzip"'),
        ('"4-1-zstd"', '"4-1"', '"4-1-zstd"'),
        ('W/"abc"', 'W/"abc"', 'W/"abc"'),
        ('"4-10"', '"4-1"', None),
        ('"3-1"', '"4-1"', None),
        ("4-1", '"4-1"', None),
        ('"4-1', '"4-1"', None),
    ],
)
def test_what_is_known_is_not_sent_again(header: str, etag: str, answered: str | None) -> None:
    answer = check_if_none_match(request_with(if_none_match=header), etag)
    assert (answer and answer.headers["etag"]) == answered


@pytest.mark.parametrize(
    ("header", "revision"),
    [
        ('"4-1"', 4),
        ('"4-1-gzip"', 4),
        ('"4-1-abcdef"', 4),
        ('"4-1", "4-1-abcdef"', 4),
        ('W/"3-1", "4-1"', 4),
        ("*", None),
        (" * ", None),
    ],
)
def test_a_change_names_its_revision(header: str, revision: int | None) -> None:
    assert read_required_revision(request_with(if_match=header)) == revision


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, PreconditionRequired),
        ({"if_match": 'W/"4-1"'}, Stale),
        ({"if_match": '"abc"'}, Stale),
        ({"if_match": '"3-1", "4-1"'}, Invalid),
        ({"if_match": "4-1"}, Invalid),
        ({"if_match": ""}, Invalid),
        ({"if_match": f'"{"9" * 40}-1"'}, Stale),
    ],
)
def test_a_change_without_a_usable_tag_is_refused(
    headers: dict[str, str], error: type[AnnalsError]
) -> None:
    with pytest.raises(error):
        read_required_revision(request_with(**headers))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_304_has_the_headers_and_no_body(ask: Ask, method: str) -> None:
    first = await ask(f"{method} /v1/events/{ID}")
    again = await ask(f"{method} /v1/events/{ID}", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "access-control-allow-origin"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize(
    ("if_match", "status"), [('"4-1"', 200), ("*", 200), (None, 428), ('W/"4-1"', 412)]
)
async def test_a_patch_needs_if_match(ask: Ask, if_match: str | None, status: int) -> None:
    headers = {"Authorization": "Bearer writer", "Content-Type": "application/merge-patch+json"}
    headers |= {"If-Match": if_match} if if_match else {}
    answer = await ask(f"PATCH /v1/events/{ID}", '{"tags":null}', **headers)
    assert answer.status_code == status
