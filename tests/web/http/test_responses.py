"""The envelope of a list, made by joining."""

import json
from typing import Any

import pytest
from starlette.requests import Request

from app.web.http.responses import JsonBytes, make_next_link, wrap_documents


@pytest.mark.parametrize(
    ("documents", "cursor", "count", "extra", "page"),
    [
        ([], None, None, None, {"items": [], "next_cursor": None, "count": None}),
        (
            ['{"a":1}', '{"b":"평양"}'],
            "c",
            {"value": 41, "kind": "exact"},
            {"position": "p"},
            {
                "items": [{"a": 1}, {"b": "평양"}],
                "next_cursor": "c",
                "count": {"value": 41, "kind": "exact"},
                "position": "p",
            },
        ),
    ],
)
def test_documents_are_joined(
    documents: list[str], cursor: str | None, count: Any, extra: Any, page: dict[str, Any]
) -> None:
    made = wrap_documents(documents, cursor, count, extra)
    assert json.loads(made) == page
    assert list(json.loads(made)) == list(page)


@pytest.mark.parametrize(
    ("path", "query", "link"),
    [
        ("/v1/events", b"", "</v1/events?cursor=n%2B1>"),
        ("/v1/events", b"type=a&type=b&cursor=old", "</v1/events?type=a&type=b&cursor=n%2B1>"),
        ("/v1/평양", b"q=a%20b", "</v1/%ED%8F%89%EC%96%91?q=a+b&cursor=n%2B1>"),
    ],
)
def test_the_link_keeps_the_question(path: str, query: bytes, link: str) -> None:
    request = Request({"type": "http", "path": path, "query_string": query, "headers": []})
    assert make_next_link(request, "n+1") == {"link": f'{link}; rel="next"'}
    assert make_next_link(request, None) == {}


def test_own_headers_replace_the_usual_ones() -> None:
    answer = JsonBytes(b"{}", etag='"1-1"', headers={"Content-Type": "application/geo+json"})
    assert answer.headers.getlist("content-type") == ["application/geo+json"]
    assert (answer.headers["etag"], answer.headers["content-length"]) == ('"1-1"', "2")
