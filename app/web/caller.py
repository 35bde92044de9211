"""Who is asking: a key in the Authorization header becomes the caller of a request."""

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import NotAuthenticated, ScopeMissing
from app.values.callers import ANONYMOUS, Caller

Authenticate = Callable[[str], Awaitable[Caller]]
"""Finds the caller of a key; raises `NotAuthenticated` for one that is not valid."""

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{1,512}=*) *")
_CLOSABLE = ("/v1", "/ogc")


class CallerMiddleware:
    """Puts the caller into the request's state; without a key nothing is looked up.

    A key that is sent must be good, whatever the path. With `open_reads` off the records'
    paths need one.
    """

    def __init__(self, app: ASGIApp, authenticate: Authenticate, open_reads: bool = True) -> None:
        self.app = app
        self.authenticate = authenticate
        self.open_reads = open_reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the caller, then pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if sent:
            scope["state"]["caller"] = await self.authenticate(_token(sent))
        elif self.open_reads or not scope["path"].startswith(_CLOSABLE):
            scope["state"]["caller"] = ANONYMOUS
        else:
            raise NotAuthenticated("reading from this server needs a key")
        await self.app(scope, receive, send)


def caller_of(request: Request) -> Caller:
    """Return who is asking: the holder of the key that was sent, or `ANONYMOUS`."""
    caller: Caller = request.scope["state"]["caller"]
    return caller


def asker_of(request: Request) -> str:
    """Return whose share of what is bounded a request uses: its key's, or its address's."""
    client = request.client
    return caller_of(request).key_id or (client.host if client else "")


def caller_who_may(request: Request, scope: str) -> Caller:
    """Return the caller if its key has the scope; no key is `NotAuthenticated`."""
    caller = caller_of(request)
    if caller.key_id is None:
        raise NotAuthenticated(f"this needs a key with the scope {scope}")
    if not caller.may(scope):
        raise ScopeMissing(f"the key lacks the scope {scope}")
    return caller


def _token(sent: list[bytes]) -> str:
    match = _BEARER.fullmatch(sent[0])
    if match is None or len(sent) > 1:
        raise NotAuthenticated("send one key, as Authorization: Bearer <key>")
    return match[1].decode()
