"""The query route: what reaches the endpoint, and what is refused before it."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Invalid
from app.query.params import PageParams
from app.web.routing.query_route import (
    LONGEST_CACHED_QUERY,
    MOST_CACHED_QUERIES,
    QueryRoute,
    _QueryArgument,
)
from app.web.routing.query_string import read_query
from tests.web.conftest import Ask
from tests.web.sample import ID

LISTS = frozenset({"type"})


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        (b"", {}),
        (b"q=a+b%20c", {"q": "a b c"}),
        (b"q=&limit", {"q": "", "limit": ""}),
        (b"type=a&type=b", {"type": ["a", "b"]}),
        (b"type=a", {"type": ["a"]}),
        (b"type=a,b&&", {"type": ["a,b"]}),
        (b"q=%E5%B9%B3%E5%A3%A4&x=%2B", {"q": "平壤", "x": "+"}),
        ("q=평양".encode(), {"q": "평양"}),
        (b"q=a=b;c", {"q": "a=b;c"}),
        (b"q=100%", {"q": "100%"}),
    ],
)
def test_the_query_string_is_read(raw: bytes, values: dict[str, Any]) -> None:
    assert read_query(raw, LISTS) == values


@pytest.mark.parametrize(
    ("raw", "parameter", "code"),
    [
        (b"q=1&q=2", "q", "repeated"),
        (b"q=%FF", "q", "not-utf-8"),
        (b"q=%ED%A0%80", "q", "not-utf-8"),
        (b"q=a%00", "q", "nul-character"),
        (b"%FF=1", "", "not-utf-8"),
    ],
)
def test_the_query_string_is_refused(raw: bytes, parameter: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_query(raw, LISTS)
    (fault,) = caught.value.faults
    assert (fault.parameter, fault.code) == (parameter, code)


async def test_what_a_query_string_means_is_remembered_and_its_faults_are_not(ask: Ask) -> None:
    for _ in range(2):
        assert (await ask("GET /v1/events?type=a&limit=7")).json()["items"] == ["a"]
        assert (await ask("GET /v1/events?type=a&limit=0")).status_code == 422


def test_so_many_query_strings_are_remembered_and_no_long_ones() -> None:
    argument = _QueryArgument.of("query", Annotated[PageParams, Query()])
    for number in range(MOST_CACHED_QUERIES + 1):
        assert argument.read(b"limit=7&cursor=%d" % number).cursor == str(number)
    argument.read(b"limit=7&cursor=%s" % (b"a" * LONGEST_CACHED_QUERY))
    assert list(argument.cached) == [b"limit=7&cursor=%d" % MOST_CACHED_QUERIES]
    assert argument.read(b"limit=7&cursor=%d" % MOST_CACHED_QUERIES) is argument.cached.popitem()[1]


async def test_the_model_reaches_the_endpoint(ask: Ask) -> None:
    answer = await ask("GET /v1/events?type=a&type=b&limit=7")
    assert answer.json() == {"items": ["a", "b"], "next_cursor": "next", "count": None, "limit": 7}


@pytest.mark.parametrize(
    ("query", "parameter", "code", "detail"),
    [
        (
            "tpye=summit",
            "tpye",
            "unknown-parameter",
            "unknown parameter 'tpye'; did you mean 'type'?",
        ),
        ("xyz=1", "xyz", "unknown-parameter", "unknown parameter 'xyz'"),
        ("key=reader", "key", "unknown-parameter", "unknown parameter 'key'"),
        ("limit=1&limit=2", "limit", "repeated", "this may be given only once"),
        ("limit=0", "limit", "greater-than-equal", "Input should be greater than or equal to 1"),
        (
            "lifecycle=planed",
            "lifecycle",
            "literal-error",
            "'planed' is not one of 'planned' or 'occurred'; did you mean 'planned'?",
        ),
        ("type=unknown", "type", "unknown-code", "there is no type 'unknown'"),
        ("since=%00", "since", "nul-character", "this contains a NUL character"),
    ],
)
async def test_a_wrong_parameter_is_named(
    ask: Ask, query: str, parameter: str, code: str, detail: str
) -> None:
    answer = await ask(f"GET /v1/events?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"parameter": parameter, "code": code, "detail": detail}]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("GET /v1/events/1", "not-a-uuid"),
        (f"GET /v1/events/{{{ID[:34]}}}", "not-a-uuid"),
        ("GET /v1/events/%00", "not-a-uuid"),
        (f"GET /v1/events/{ID}?limit=1", "unknown-parameter"),
    ],
)
async def test_paths_are_checked_too(ask: Ask, line: str, code: str) -> None:
    answer = await ask(line)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_all_that_is_wrong_is_told(ask: Ask) -> None:
    document = (await ask("GET /v1/events?limit=x&tpye=y")).json()
    assert [each["parameter"] for each in document["errors"]] == ["limit", "tpye"]
    assert document["detail"] == "2 things in the request are wrong; errors lists them"


def depended() -> int:
    return 1


async def with_dependency(number: Annotated[int, Depends(depended)]) -> Response:
    return Response()


async def with_loose_parameter(request: Request, limit: int = 1) -> Response:
    return Response()


async def with_single_parameter(limit: Annotated[int, Query()] = 1) -> Response:
    return Response()


def not_async(request: Request) -> Response:
    return Response()


@pytest.mark.parametrize(
    "endpoint", [with_dependency, with_loose_parameter, with_single_parameter, not_async]
)
def test_what_a_query_route_cannot_give_is_refused_at_once(endpoint: Any) -> None:
    app = FastAPI()
    app.router.route_class = QueryRoute
    with pytest.raises(TypeError):
        app.add_api_route("/x", endpoint)
