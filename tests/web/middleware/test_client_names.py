"""Names of clients, and the proxies that are trusted."""

from ipaddress import ip_network

import pytest

from app.values.caller import ANONYMOUS, OPERATOR
from app.web.middleware.authentication import UNNAMED_CLIENT, ClientNames

PROXIES = tuple(map(ip_network, ("10.0.0.0/8", "fd00::/8")))


def name_of(
    peer: str | None, *forwarded: str, proto: str | None = None, trusted: bool = True
) -> tuple[str, str]:
    """Return the name of a client without a key, and the scheme of its request."""
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    headers += [(b"x-forwarded-proto", proto.encode())] if proto else []
    scope = {"client": (peer, 1) if peer else None, "headers": headers, "scheme": "http"}
    askers = ClientNames(PROXIES if trusted else ())
    return askers.name(scope, ANONYMOUS), str(scope["scheme"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "name"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["[2001:db8:1:2:3::4]:443"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", ["198.51.100.1"], "2001:db8:1:2::/64"),
        (None, ["198.51.100.1"], UNNAMED_CLIENT),
    ],
)
def test_an_address_is_the_last_that_is_no_trusted_proxy_s(
    peer: str | None, forwarded: list[str], name: str
) -> None:
    assert name_of(peer, *forwarded)[0] == name


@pytest.mark.parametrize("forwarded", ["198.51.100.1", "10.0.0.1", "nonsense, ,"])
def test_without_trusted_proxies_no_header_changes_anything(forwarded: str) -> None:
    told = name_of("10.0.0.1", forwarded, proto="https", trusted=False)
    assert told == ("10.0.0.1", "http")


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "gopher", "http"),
        ("192.0.2.1", "https", "http"),
    ],
)
def test_the_scheme_is_believed_from_trusted_proxies(peer: str, proto: str, scheme: str) -> None:
    assert name_of(peer, proto=proto)[1] == scheme


def test_a_key_is_one_caller_wherever_it_comes_from() -> None:
    askers = ClientNames(PROXIES)
    scopes = [{"client": (peer, 1), "headers": []} for peer in ("10.0.0.1", "192.0.2.1")]
    assert {askers.name(scope, OPERATOR) for scope in scopes} == {"key operator"}
