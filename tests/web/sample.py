"""A small application behind the whole edge, with one route of each kind."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Body, FastAPI, Path, Query
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.errors import Conflict, NotAuthenticated, ScopeMissing
from app.settings import Settings
from app.values.caller import Caller
from app.web.application import ApiDescription, install, make_application
from app.web.errors.problems import make_error_responses
from app.web.health import ReadinessCheck, ReadinessChecks
from app.web.http.content_change import ContentChange, MergePatch
from app.web.http.negotiation import JSON, MERGE_PATCH, choose_format
from app.web.http.request_body import read_lines
from app.web.http.responses import (
    JsonBytes,
    check_if_none_match,
    make_next_link,
    make_record_etag,
    read_required_revision,
    wrap_documents,
)
from app.web.middleware.authentication import read_caller, require_caller
from app.web.routing.query_route import QueryRoute

CSV = "text/csv"
ID = "01902f4e-0000-7000-8000-000000000001"
RECORD = b'{"id":"' + ID.encode() + b'","title":"Putin visits Pyongyang"}'
SECRET = "the cause that must not leave the server"
KEYS = {
    "reader": Caller("r1", "Reader", frozenset({"read"}), None),
    "writer": Caller("w1", "Writer", frozenset({"read", "write"}), None),
}


class Strict(BaseModel):
    """Takes no field that it does not name."""

    model_config = ConfigDict(extra="forbid")


class SampleQuery(Strict):
    """The parameters of the list."""

    type: list[str] = Field(default=[], description="Event types.", examples=[["summit"]])
    lifecycle: Literal["planned", "occurred"] | None = Field(default=None, description="Stage.")
    since: date | None = Field(default=None, description="The first day.")
    limit: int = Field(default=50, ge=1, le=100, description="How many.")
    cursor: str | None = Field(default=None, description="Where to go on.")

    @field_validator("type")
    @classmethod
    def known(cls, words: list[str]) -> list[str]:
        """Refuse one word, to test the answer to a refusal."""
        if "unknown" in words:
            raise PydanticCustomError("unknown_code", "there is no type 'unknown'")
        return words


class Place(Strict):
    """A place."""

    name: str
    longitude: float | None = None


class SampleCreate(Strict):
    """The body of a POST."""

    title: str = Field(min_length=1, max_length=20)
    number: int = Field(default=0, ge=-(2**63), lt=2**63)
    location: Place | None = None
    tags: list[str] = []

    @field_validator("title")
    @classmethod
    def not_blank(cls, title: str) -> str:
        """Refuse by ValueError."""
        if title.isspace():
            raise ValueError("this is blank")
        return title


class SamplePatch(Strict):
    """The body of a PATCH."""

    title: str | None = None
    tags: list[str] | None = None


events = APIRouter(prefix="/events", tags=["events"], route_class=QueryRoute)


@events.get("", responses=make_error_responses(ScopeMissing))
async def list_events(request: Request, query: Annotated[SampleQuery, Query()]) -> Response:
    """List events."""
    documents = [orjson.dumps(word).decode() for word in query.type]
    body = wrap_documents(documents, "next", None, {"limit": query.limit})
    return JsonBytes(body, headers=make_next_link(request, "next"))


@events.get("/{id}")
async def get_event(request: Request, id: Annotated[UUID, Path(description="Id.")]) -> Response:
    """Read one event."""
    etag = make_record_etag(4, 1)
    return check_if_none_match(request, etag) or JsonBytes(RECORD, etag=etag)


@events.post("", status_code=201)
async def create_event(request: Request, event: Annotated[SampleCreate, Body()]) -> Response:
    """Create an event."""
    require_caller(request, "write")
    headers = {"Location": f"/v1/events/{ID}"}
    return JsonBytes(event.model_dump_json().encode(), status_code=201, headers=headers)


@events.patch("/{id}")
async def change_event(
    request: Request,
    id: UUID,
    change: Annotated[
        ContentChange[SamplePatch], MergePatch(SamplePatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change an event."""
    revision = read_required_revision(request)
    return JsonBytes(orjson.dumps({"revision": revision, "sent": change.sent}))


others = APIRouter(tags=["others"])


@others.get("/big")
async def get_big() -> Response:
    """Answer with enough to be compressed."""
    return JsonBytes(orjson.dumps(["Pyongyang"] * 500), etag='"4-1"')


@others.get("/lines", response_class=StreamingResponse)
async def stream_lines() -> Response:
    """Stream NDJSON for ever."""

    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b'{"line":1}\n' * 100

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@others.get("/half", response_class=StreamingResponse)
async def stream_half() -> Response:
    """Fail in the middle of a stream."""

    async def lines() -> AsyncIterator[bytes]:
        yield b'{"line":1}\n'
        raise RuntimeError(SECRET)

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@others.get("/feed", response_class=EventSourceResponse)
async def stream_feed() -> AsyncIterator[dict[str, str]]:
    """Send a few server-sent events."""
    for _ in range(3):
        yield {"title": "Pyongyang " * 500}


@others.get("/export")
async def get_export(request: Request, format: str | None = None) -> Response:
    """Answer in one of two formats."""
    makes = {"json": JSON, "csv": CSV}
    name = choose_format(request, makes, parameter=format)
    return Response(b"x", media_type=makes[name])


@others.get("/broken")
async def get_broken() -> Response:
    """Fail."""
    raise RuntimeError(SECRET)


@others.get("/taken")
async def get_taken() -> Response:
    """Refuse."""
    raise Conflict("it is there already", headers={"Location": "/v1/there"})


@others.get("/whoami")
async def get_caller(request: Request) -> Response:
    """Say who is asking."""
    return JsonBytes(orjson.dumps({"key": read_caller(request).key_id}))


@others.post("/plain")
async def post_plain(event: SampleCreate, limit: int = 1) -> Response:
    """Take a body through FastAPI itself."""
    return JsonBytes(event.model_dump_json().encode())


@others.post("/imports")
async def post_import(request: Request) -> Response:
    """Count the lines of an upload."""
    numbers = [number async for number, _ in read_lines(request)]
    return JsonBytes(orjson.dumps(numbers))


async def authenticate(key: str) -> Caller:
    """Know two keys."""
    if key not in KEYS:
        raise NotAuthenticated("the key is not valid")
    return KEYS[key]


def make_app(checks: dict[str, ReadinessCheck] | None = None, **settings: object) -> FastAPI:
    """Put the application together as `app.main` does."""
    app = make_application(
        ApiDescription(
            title="Sample",
            version="1",
            summary="A sample",
            description="A sample of the edge.",
            tags={"events": "Events.", "others": "Others.", "operations": "Operations."},
        )
    )
    top = APIRouter(prefix="/v1")
    top.include_router(events)
    top.include_router(others)
    app.include_router(top)
    values: dict[str, object] = {"body_limit": 2_000, "upload_limit": 20_000, **settings}
    install(
        app,
        Settings.model_validate(values),
        authenticate=authenticate,
        needs=ReadinessChecks(checks or {}),
    )
    return app
