"""Authentication: the key in the Authorization header identifies the caller."""

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.db.limits.admission import Admission
from app.db.limits.request_limits import RequestUsage, limit_request
from app.errors import NotAuthenticated, ScopeMissing
from app.values.caller import ANONYMOUS, Caller
from app.web.middleware.client_names import ClientNames, watch_disconnect

Authenticate = Callable[[str], Awaitable[Caller]]
"""A function that returns the caller of a key, or raises `NotAuthenticated`."""

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{1,512}=*) *")
_KEY_PATHS = ("/v1", "/ogc")
LIVENESS_PATH = "/livez"
UNLIMITED_PATHS = frozenset({LIVENESS_PATH, "/readyz", "/healthz", "/metrics"})
"""Paths that are answered whatever the caller has in progress."""


class AuthenticationMiddleware:
    """Middleware that finds the caller, and limits its reads to its share.

    A key that is sent must be valid, on every path but `LIVENESS_PATH`; without a key nothing is
    looked up. If `open_reads` is off, the paths of records need a key.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticate: Authenticate,
        admission: Admission,
        askers: ClientNames,
        open_reads: bool = True,
    ) -> None:
        self.app = app
        self.authenticate = authenticate
        self.admission = admission
        self.askers = askers
        self.open_reads = open_reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the caller, then pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        caller = scope["state"]["caller"] = await self._find_caller(scope)
        if scope["path"] in UNLIMITED_PATHS:
            await self.app(scope, receive, send)
            return
        name = scope["state"]["asker"] = self.askers.name(scope, caller)
        # Only without a body can the middleware read from `receive`.
        left = watch_disconnect(receive) if scope["method"] == "GET" else None
        with limit_request(RequestUsage(self.admission, name, caller.key_id is None, left)):
            await self.app(scope, receive, send)

    async def _find_caller(self, scope: Scope) -> Caller:
        if scope["path"] == LIVENESS_PATH:
            return ANONYMOUS
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if sent:
            return await self.authenticate(_parse_token(sent))
        if not self.open_reads and scope["path"].startswith(_KEY_PATHS):
            raise NotAuthenticated("reading from this server needs a key")
        return ANONYMOUS


def read_caller(request: Request) -> Caller:
    """Return the caller: the holder of the key, or `ANONYMOUS`."""
    caller: Caller = request.scope["state"]["caller"]
    return caller


def read_client_name(request: Request) -> str:
    """Return the name under which the resources of a request are counted (see client_names)."""
    name: str = request.scope["state"]["asker"]
    return name


def require_caller(request: Request, scope: str) -> Caller:
    """Return the caller if its key has the scope; without a key raise `NotAuthenticated`."""
    caller = read_caller(request)
    if caller.key_id is None:
        raise NotAuthenticated(f"this needs a key with the scope {scope}")
    if not caller.has_scope(scope):
        raise ScopeMissing(f"the key lacks the scope {scope}")
    return caller


def _parse_token(sent: list[bytes]) -> str:
    match = _BEARER.fullmatch(sent[0])
    if match is None or len(sent) > 1:
        raise NotAuthenticated("send one key, as Authorization: Bearer <key>")
    return match[1].decode()
