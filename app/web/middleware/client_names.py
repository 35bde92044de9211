"""Names of clients, which each get their share of the server: a key or an address.

An IPv4 address is one client, and so is a network of 64 bits in IPv6, which is what one customer
has. Behind the trusted proxies of the settings the address is the last one in X-Forwarded-For that
is not a trusted proxy; anything else that a client writes there has no effect.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import ClientDisconnect
from starlette.types import Message, Scope

from app.values.caller import Caller

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
        for each in reversed(sent.split(",")):
            address = _parse_address(each)
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
