"""Keys in requests, and their callers."""

import pytest
from httpx2 import AsyncClient

from tests.web.conftest import Ask, asking, connect
from tests.web.sample import ID, make_app


@pytest.mark.parametrize(
    ("header", "key"),
    [(None, None), ("Bearer reader", "r1"), ("bearer  reader ", "r1"), ("BEARER writer", "w1")],
)
async def test_a_good_key_makes_the_caller(ask: Ask, header: str | None, key: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    assert (await ask("GET /v1/whoami", **headers)).json() == {"key": key}


@pytest.mark.parametrize(
    "header",
    ["Bearer bad", "Bearer", "Bearer ", "Basic eDp5", "reader", "Bearer a b", "Bearer a,b"],
)
@pytest.mark.parametrize("path", ["/v1/whoami", "/readyz", f"/v1/events/{ID}"])
async def test_a_bad_key_is_refused_on_every_path(ask: Ask, path: str, header: str) -> None:
    answer = await ask(f"GET {path}", Authorization=header)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_whether_the_process_is_alive_needs_no_good_key(ask: Ask) -> None:
    assert (await ask("GET /livez", Authorization="Bearer bad")).status_code == 200


async def test_two_keys_are_refused(client: AsyncClient) -> None:
    headers = [("Authorization", "Bearer reader"), ("Authorization", "Bearer writer")]
    assert (await client.get("/v1/whoami", headers=headers)).status_code == 401


@pytest.mark.parametrize("query", ["key=reader", "api_key=reader", "access_token=reader"])
async def test_a_key_in_the_url_is_an_unknown_parameter(ask: Ask, query: str) -> None:
    assert (await ask(f"GET /v1/events?{query}")).status_code == 422


@pytest.mark.parametrize(
    ("key", "status"), [("writer", 201), ("reader", 403), (None, 401), ("bad", 401)]
)
async def test_writes_need_the_scope(ask: Ask, key: str | None, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    answer = await ask("POST /v1/events", '{"title":"x"}', **headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["detail"] == "the key lacks the scope write"


@pytest.mark.parametrize(
    ("line", "key", "status"),
    [
        ("GET /v1/whoami", None, 401),
        ("HEAD /v1/whoami", None, 401),
        ("GET /v1/whoami", "reader", 200),
        ("GET /livez", None, 200),
        ("GET /openapi.json", None, 200),
    ],
)
async def test_closed_reads_need_a_key(line: str, key: str | None, status: int) -> None:
    async with connect(make_app(open_reads=False)) as client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        assert (await asking(client)(line, **headers)).status_code == status
