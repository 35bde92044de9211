"""The controls without a database: (f) a bare application, (m) the same behind our middleware.

Both answer `/body/<bytes>` with JSON of that length. (e) echoes the events that it is sent.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.errors import NotAuthenticated
from app.resources.events.schemas import EventCreate
from app.settings import Settings
from app.values.caller import Caller
from app.web.application import ApiDescription, install, make_application
from app.web.http.responses import JsonBytes
from app.web.observability import configure_logs
from app.web.routing.query_route import QueryRoute

ABOUT = ApiDescription(title="Control", version="0", summary="", description="", tags={})

_BODIES: dict[int, bytes] = {}


def body_of(size: int) -> bytes:
    """Return JSON of exactly that many bytes, created once."""
    body = _BODIES.get(size)
    if body is None:
        body = _BODIES[size] = b'"%b"' % (b"x" * (size - 2))
    return body


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Create control (f): the cost of the server alone."""
    if scope["type"] == "lifespan":
        await _answer_live(receive, send)
        return
    body = body_of(int(scope["path"][6:]))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def behind_edge() -> FastAPI:
    """Create control (m): the same body as one of our routes, behind all our middleware."""
    settings = Settings()
    write_line = configure_logs(settings.log_format)
    router = APIRouter(route_class=QueryRoute)

    @router.get("/body/{size}")
    async def body(request: Request, size: int) -> Response:
        """Return a constant body."""
        del request
        return JsonBytes(body_of(size), etag='"1-1"')

    app = make_application(ABOUT)
    app.include_router(router)
    install(app, settings, authenticate=_refuse_all, write_line=write_line)
    return app


def echoing() -> FastAPI:
    """Create control (e): validate an event as we do and send it back, behind our middleware."""
    settings = Settings()
    write_line = configure_logs(settings.log_format)
    router = APIRouter(route_class=QueryRoute)

    @router.post("/echo", status_code=201)
    async def echo(
        request: Request, body: Annotated[EventCreate, Body(media_type="application/json")]
    ) -> Response:
        """Return the event that was sent."""
        del request
        return JsonBytes(body.model_dump_json(by_alias=True).encode(), status_code=201)

    app = make_application(ABOUT)
    app.include_router(router)
    install(app, settings, authenticate=_admit_all, write_line=write_line)
    return app


def bare_factory() -> Any:
    """Create control (f) as the server's factory."""
    return bare


async def _refuse_all(token: str) -> Caller:
    raise NotAuthenticated(f"no key is known here, nor is {token[:8]}")


async def _admit_all(token: str) -> Caller:
    return Caller("measured", token[:8], frozenset({"write"}), None)


async def _answer_live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
