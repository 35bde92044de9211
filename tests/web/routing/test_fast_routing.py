"""The short way to query routes answers as FastAPI's own routing would."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.web.routing.fast_routing import RouteTable
from app.web.routing.query_route import QueryRoute

ID = "01902f4e-0000-7000-8000-000000000001"


async def no_path(request: Request) -> Response:
    return Response()


async def by_id(request: Request, id: UUID) -> Response:
    return Response()


async def by_number(request: Request, number: int) -> Response:
    return Response()


async def by_name(request: Request, name: str) -> Response:
    return Response()


ROUTES: list[tuple[str, type[APIRoute], str, Callable[..., Any], str]] = [
    # name, route class, path, endpoint, method
    ("resolve", APIRoute, "/vocab/resolve", no_path, "GET"),
    ("any_file", APIRoute, "/files/{name:path}", by_name, "GET"),
    ("list_events", QueryRoute, "/events", no_path, "GET"),
    ("get_event", QueryRoute, "/events/{id}", by_id, "GET"),
    ("get_late", QueryRoute, "/events/late", no_path, "GET"),
    ("get_number", QueryRoute, "/numbers/{number:int}", by_number, "GET"),
    ("create_event", QueryRoute, "/events", no_path, "POST"),
    ("get_list", QueryRoute, "/vocab/{name}", by_name, "GET"),
    ("get_file", QueryRoute, "/files/{name}", by_name, "GET"),
]


def make_table() -> RouteTable:
    top = APIRouter()
    for name, route_class, path, endpoint, method in ROUTES:
        router = APIRouter(prefix="/v1", route_class=route_class)
        router.add_api_route(path, endpoint, methods=[method], name=name)
        top.include_router(router)
    return RouteTable(top.routes)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("GET /v1/events", ("list_events", {})),
        ("POST /v1/events", ("create_event", {})),
        (f"GET /v1/events/{ID}", ("get_event", {"id": ID})),
        ("GET /v1/events/late", ("get_event", {"id": "late"})),
        ("GET /v1/numbers/7", ("get_number", {"number": 7})),
        ("GET /v1/vocab/types", ("get_list", {"name": "types"})),
        ("GET /v1/vocab/resolve", None),
        ("GET /v1/files/a", None),
        ("GET /v1/files/a/b", None),
        ("DELETE /v1/events", None),
        ("GET /v1/events/", None),
        ("GET /v1/nothing", None),
    ],
)
def test_the_first_route_that_matches_wins(
    line: str, found: tuple[str, dict[str, object]] | None
) -> None:
    method, path = line.split()
    answer = make_table().find(path, method)
    assert (answer and (answer[0].name, answer[1])) == found
