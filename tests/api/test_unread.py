"""Bodies of callers without the right to write: every route refuses before it reads them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Message

from app.web.http.json_body import LARGEST_TEXT
from app.web.middleware.authentication import LIVENESS_PATH
from tests.api.desk import DATABASES, Desk, open_desk
from tests.api.test_authorisation import CALLERS, keys_of, operations, path_of, places, rows

OWNED = "/v1/questions/{question_id}"
"""The owner is in the database, so a key with the scope may still be refused."""

PIECE = b'{"a":1,' * 9000


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One desk for the module: nothing is changed."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


async def send_without_end(desk: Desk, line: str, key: str | None) -> tuple[int, int]:
    """Send a request whose body has no end: the status, and how often the server read of it."""
    method, target = line.split(" ")
    path, _, query = target.partition("?")
    status = read = 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": PIECE, "more_body": True}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = [(b"host", b"annals.test"), (b"content-type", b"application/json")]
    if key is not None:
        headers.append((b"authorization", f"Bearer {key}".encode()))
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
    }
    await desk.app({**scope, "state": {}}, receive, send)
    return status, read


async def test_no_route_reads_the_body_of_whom_it_refuses(desk: Desk) -> None:
    keys, at = await keys_of(desk), await places(desk)
    told = {(row["route"], row["method"]): row for row in rows()}
    wrong, refused = [], 0
    for route, method in operations(await desk.get("/openapi.json")):
        for caller in (each for each in CALLERS if not each.startswith("held")):
            expected = told[route, method][caller]
            if method == "GET" or expected not in {"401", "403"}:
                continue
            if (route, caller) == (OWNED, "write"):
                continue
            line = f"{method} {path_of(route, at)}"
            status, read = await send_without_end(desk, line, keys[caller])
            refused += 1
            if (str(status), read) != (expected, 0):
                wrong.append((line, caller, status, read))
    assert wrong == []
    assert refused > 80


async def test_a_bad_key_is_refused_unread_on_every_path(desk: Desk) -> None:
    at = await places(desk)
    for route, method in operations(await desk.get("/openapi.json")):
        line = f"{method} {path_of(route, at)}"
        # The liveness probe answers without a look at the key.
        expected = 200 if route == LIVENESS_PATH else 401
        assert await send_without_end(desk, line, "nonsense") == (expected, 0), line


async def test_what_is_too_long_is_read_no_further(desk: Desk) -> None:
    key = await desk.key("write")
    for line in ("POST /v1/events", "POST /v1/merges", "POST /v1/questions"):
        status, read = await send_without_end(desk, line, key)
        assert (status, read) == (413, LARGEST_TEXT // len(PIECE) + 1), line
