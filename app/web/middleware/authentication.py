"""Authentication: the caller of a request by its key, and the client that shares are held for.

A client is a key, or an address: as a whole in IPv4, by its network of 64 bits in IPv6, which is
what one customer has. Behind proxies that the settings trust, it is the last address in
X-Forwarded-For that is not a proxy's; whatever else a client writes there changes nothing.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.limits.admission import Admission
from app.db.limits.request_limits import RequestUsage, limit_request
from app.errors import NotAuthenticated, ScopeMissing
from app.values.caller import ANONYMOUS, Caller

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

MOST_CACHED_NAMES = 4096
UNNAMED_CLIENT = "an unnamed client"
"""The name of a client without an address, which uses a Unix socket."""

_SCHEMES = {b"http": "http", b"https": "https"}


class ClientNames:
    """The names of clients; also sets the scheme of a request through a trusted proxy."""

    def __init__(self, trusted: Sequence[IpNetwork]) -> None:
        self._trusted = tuple(trusted)
        self._name_peer = lru_cache(MOST_CACHED_NAMES)(_name_peer)
        self._is_trusted = lru_cache(MOST_CACHED_NAMES)(self._is_within)

    def name(self, scope: Scope, caller: Caller) -> str:
        """Return the name of a client: of its key, or of its address."""
        client = scope.get("client")
        peer = client[0] if client else ""
        is_proxied = bool(self._trusted) and self._is_trusted(peer)
        if is_proxied:
            _set_scheme(scope)
        if caller.key_id is not None:
            return f"key {caller.key_id}"
        return self._name_forwarded(scope, peer) if is_proxied else self._name_peer(peer)

    def _name_forwarded(self, scope: Scope, peer: str) -> str:
        sent = b",".join(
            value for name, value in scope["headers"] if name == b"x-forwarded-for"
        ).decode("latin-1")
        farthest = peer
        for part in reversed(sent.split(",")):
            address = _parse_address(part)
            if address is None:
                # Addresses further left were not written by a trusted proxy.
                break
            farthest = str(address)
            if not self._is_trusted(farthest):
                break
        return self._name_peer(farthest)

    def _is_within(self, peer: str) -> bool:
        address = _parse_address(peer)
        return address is not None and any(address in network for network in self._trusted)


def watch_disconnect(
    receive: Callable[[], Awaitable[Message]],
) -> Callable[[], Awaitable[Exception]]:
    """Return a function that waits until the client of a request without a body disconnects."""

    async def left() -> Exception:
        while (await receive())["type"] != "http.disconnect":
            pass
        return ClientDisconnect()

    return left


def _name_peer(peer: str) -> str:
    address = _parse_address(peer)
    if address is None:
        return UNNAMED_CLIENT
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), 64), strict=False))
    return str(address)


def _parse_address(text: str) -> IpAddress | None:
    """Return an address as proxies write it: bare, or with a port, IPv6 then in brackets."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _set_scheme(scope: Scope) -> None:
    for name, value in scope["headers"]:
        if name == b"x-forwarded-proto" and value in _SCHEMES:
            scope["scheme"] = _SCHEMES[value]


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
    """Return the name under which the resources of a request are counted."""
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
