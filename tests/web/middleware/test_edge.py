"""The rules for every request and every response, on every route."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.web.observability import read_trace
from tests.waiting import until
from tests.web.conftest import Ask, asking, connect
from tests.web.sample import ID, SECRET, make_app

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
READS = [f"/v1/events/{ID}", "/v1/events", "/v1/big", "/livez", "/metrics", "/docs", "/problems"]
EVERYWHERE = [*READS, "/v1/nowhere", "/v1/broken", "/v1/events?limit=0", "/v1/export?format=x"]


@pytest.mark.parametrize("path", [*EVERYWHERE, "/openapi.json", "/", "/v1/lines"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_head_answers_like_get(ask: Ask, path: str, coding: str) -> None:
    head = await ask(f"HEAD {path}", Accept_Encoding=coding, X_Request_Id="same")
    assert head.content == b""
    if path == "/v1/lines":
        assert (head.status_code, head.headers["content-type"]) == (200, "application/x-ndjson")
        return
    get = await ask(f"GET {path}", Accept_Encoding=coding, X_Request_Id="same")
    assert (head.status_code, {**head.headers}) == (get.status_code, {**get.headers}) or (
        # The measurements count the request before, and a trace id is new each time.
        path == "/metrics" and head.headers.keys() == get.headers.keys()
    )
    assert "content-length" in head.headers


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_all_answers_carry_the_common_headers(ask: Ask, path: str) -> None:
    headers = (await ask(f"GET {path}", Origin="https://example.org")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    exposed = headers["access-control-expose-headers"].split(", ")
    assert {"Link", "ETag", "Location", "RateLimit", "Retry-After", "X-Request-Id"} <= {*exposed}


async def test_writes_are_not_open_to_other_sites(ask: Ask) -> None:
    answer = await ask("POST /v1/events", "{}", Origin="https://example.org")
    assert "access-control-allow-origin" not in answer.headers
    preflight = await ask(
        "OPTIONS /v1/events",
        Origin="https://example.org",
        Access_Control_Request_Method="POST",
    )
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


async def test_preflight_needs_no_route_and_no_key() -> None:
    async with connect(make_app(open_reads=False)) as client:
        answer = await asking(client)(
            "OPTIONS /v1/events", Origin="https://a.example", Access_Control_Request_Method="GET"
        )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", [f"/v1/events/{ID}", "/v1/big", "/v1/nowhere", "/docs"])
async def test_answers_to_a_key_are_never_kept(ask: Ask, path: str) -> None:
    keyed = await ask(f"GET {path}", Authorization="Bearer reader")
    assert keyed.headers.get_list("cache-control") == ["private, no-store"]
    assert "private" not in (await ask(f"GET {path}")).headers["cache-control"]


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [("abc-123", True), ("a" * 129, False), ("a b", False), ("<script>", False), ("", False)],
)
async def test_the_request_id_comes_back(ask: Ask, sent: str, echoed: bool) -> None:
    answer = await ask("GET /livez", X_Request_Id=sent)
    assert (answer.headers["x-request-id"] == sent) is echoed
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("traceparent", "joined"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", True),
        (f"01-{TRACE}-00f067aa0ba902b7-01-more", True),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", False),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", False),
        ("nonsense", False),
    ],
)
async def test_a_trace_is_joined(ask: Ask, traceparent: str, joined: bool) -> None:
    document = (await ask("GET /v1/nowhere", traceparent=traceparent)).json()
    assert (document["trace_id"] == TRACE) is joined


async def chunks(size: int) -> AsyncIterator[bytes]:
    """Send a body without saying how long it will be."""
    for _ in range(size // 100):
        yield b"[" + b" " * 98 + b"\n"


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/v1/plain", 2_100, 413),
        ("/v1/events", 2_100, 413),
        ("/v1/plain", 1_900, 400),
        ("/v1/imports", 19_000, 200),
        ("/v1/imports", 21_000, 413),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_bodies_are_limited(
    client: AsyncClient, path: str, size: int, status: int, chunked: bool
) -> None:
    content: Any = chunks(size) if chunked else b"[" + b" " * (size - 1)
    headers = {"Authorization": "Bearer writer", "Content-Type": "application/json"}
    answer = await client.post(path, content=content, headers=headers)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["type"] == "/problems/too-large"


@pytest.mark.parametrize(
    ("line", "route", "status"),
    [
        (f"GET /v1/events/{ID}", "/v1/events/{id}", 200),
        ("GET /v1/events?limit=0", "/v1/events", 422),
        ("HEAD /v1/big", "/v1/big", 200),
        ("GET /v1/nowhere", "unmatched", 404),
        ("DELETE /v1/big", "/v1/big", 405),
        ("GET /problems/stale", "/problems/{slug}", 200),
        ("GET /assets/docs.js", "/assets/{name}", 200),
    ],
)
async def test_each_request_is_one_log_line_and_one_count(
    ask: Ask, line: str, route: str, status: int
) -> None:
    with capture_logs() as lines:
        await ask(line, X_Request_Id="r-1", Authorization="Bearer reader")
    (entry,) = lines
    method = line.split(maxsplit=1)[0]
    assert entry["event"] == "request"
    assert (entry["method"], entry["route"], entry["status"]) == (method, route, status)
    assert (entry["request_id"], entry["key"]) == ("r-1", "r1")
    measured = (await ask("GET /metrics")).text
    label = f'method="{method}",route="{route}"'
    assert f'http_requests_total{{{label},status="{status}"}}' in measured
    assert f"http_request_duration_seconds_count{{{label}}}" in measured


async def test_the_log_has_no_query_and_no_key(ask: Ask) -> None:
    with capture_logs() as lines:
        await ask("GET /v1/events?q=secret-word&key=secret-key", Authorization="Bearer reader")
    assert "secret" not in str(lines)
    assert "Bearer" not in str(lines)


def test_no_two_traces_that_begin_here_are_the_same() -> None:
    begun = {read_trace(None, None).trace_id for _ in range(1000)}
    assert len(begun) == 1000
    assert {len(each) for each in begun} == {32}


async def test_an_unexpected_error_is_logged_under_the_trace_id(ask: Ask) -> None:
    with capture_logs() as lines:
        document = (await ask("GET /v1/broken")).json()
    error = next(line for line in lines if line["log_level"] == "error")
    assert error["trace_id"] == document["trace_id"]
    assert SECRET in str(error["exc_info"])


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
async def test_probes_are_counted_but_not_logged(ask: Ask, path: str) -> None:
    with capture_logs() as lines:
        await ask(f"GET {path}")
    assert lines == []


async def test_invented_methods_and_paths_make_no_labels(ask: Ask) -> None:
    await ask("BREW /v1/coffee-pot")
    measured = (await ask("GET /metrics")).text
    assert 'method="other",route="unmatched"' in measured
    assert "BREW" not in measured
    assert "coffee" not in measured


async def test_a_failing_stream_is_broken_off(app: FastAPI) -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "asgi": {"spec_version": "2.4"},
        "method": "GET",
        "path": "/v1/half",
        "query_string": b"",
        "headers": [],
    }
    await app(scope, receive, send)
    assert sent[-1].get("more_body", False)
    assert SECRET.encode() not in b"".join(message.get("body", b"") for message in sent)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """The address of the sample application behind a real server."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(make_app(), log_level=logging.CRITICAL, lifespan="off")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


async def test_head_and_limits_hold_over_a_real_connection(address: str) -> None:
    async with AsyncClient(base_url=address) as client:
        for path in ("/v1/big", "/v1/lines", f"/v1/events/{ID}", "/v1/nowhere"):
            head = await client.head(path)
            assert head.content == b""
        get = await client.get("/v1/big")
        assert (await client.head("/v1/big")).headers["content-length"] == get.headers[
            "content-length"
        ]
        assert (await client.post("/v1/plain", content=chunks(3_000))).status_code == 413
        assert (await client.get("/livez")).status_code == 200
