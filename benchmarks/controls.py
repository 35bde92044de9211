"""The controls that know no database: (f) a bare application, (m) the same behind our edge.

Both answer `/body/<bytes>` with JSON of that length.
"""

from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.errors import NotAuthenticated
from app.settings import Settings
from app.values.callers import Caller
from app.web.edge import About, install, new_application
from app.web.logs import configure_logs
from app.web.pages import JsonBytes
from app.web.query_route import QueryRoute

ABOUT = About(title="Control", version="0", summary="", description="", tags={})

_BODIES: dict[int, bytes] = {}


def body_of(size: int) -> bytes:
    """JSON of exactly that many bytes, made once."""
    body = _BODIES.get(size)
    if body is None:
        body = _BODIES[size] = b'"%b"' % (b"x" * (size - 2))
    return body


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Control (f): what the server costs without anything behind it."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    body = body_of(int(scope["path"][6:]))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def behind_edge() -> FastAPI:
    """Control (m): the same body as a route of ours, behind all that our routes stand behind."""
    settings = Settings()
    configure_logs(settings.log_format)
    router = APIRouter(route_class=QueryRoute)

    @router.get("/body/{size}")
    async def body(request: Request, size: int) -> Response:
        """A constant body."""
        del request
        return JsonBytes(body_of(size), etag='"1-1"')

    app = new_application(ABOUT)
    app.include_router(router)
    install(app, settings, authenticate=_nobody)
    return app


def bare_factory() -> Any:
    """Control (f), as the server takes it."""
    return bare


async def _nobody(token: str) -> Caller:
    raise NotAuthenticated(f"no key is known here, nor is {token[:8]}")


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
