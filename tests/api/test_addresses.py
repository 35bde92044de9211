"""Absolute addresses: of the service as others know it, whatever host a request names."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from pydantic import ValidationError

from app.main import create_app
from app.settings import Settings
from tests.api.conftest import ADMIN_KEY, client_of, serving

HOSTS = (
    {"host": "annals.test"},
    {"host": "other.test:81"},
    {"host": "annals.test", "x-forwarded-host": "evil.test", "forwarded": "host=evil.test"},
)


async def citations(app: FastAPI, api: AsyncClient) -> list[str]:
    """Return the citations of one question in requests that name each of the hosts, asked twice."""
    made = await api.post("/v1/questions", json={"title": "All", "query": ""})
    assert made.status_code == 201
    found = []
    for headers in (*HOSTS, *HOSTS):
        for path in (made.headers["location"], "/v1/questions"):
            body = (await api.get(path, headers=headers)).json()
            question = body["items"][0] if "items" in body else body
            found.append(question["citation"]["apa"].rpartition(" ")[2])
    return [url.removesuffix(made.headers["location"]) for url in found]


@pytest.mark.parametrize("public_url", ["https://annals.example.org/api/", "http://[::1]:8000"])
async def test_a_citation_begins_with_the_public_address(
    sqlite_url: str, tmp_path: Path, public_url: str
) -> None:
    settings = Settings(database_url=sqlite_url, spool_dir=tmp_path, public_url=public_url)
    async with serving(create_app(settings)) as app, client_of(app, ADMIN_KEY) as api:
        assert set(await citations(app, api)) == {public_url.rstrip("/")}


async def test_without_one_each_host_is_told_its_own(app: FastAPI, api: AsyncClient) -> None:
    told = await citations(app, api)
    hosts = [f"http://{headers['host']}" for headers in (*HOSTS, *HOSTS) for _ in range(2)]
    assert told == hosts


@pytest.mark.parametrize(
    "wrong",
    ["annals.example.org", "ftp://annals.example.org", "https://a/?q=1", "https://a/#x", "https://",
     "https://me:secret@a", "https://a b", "https://a/{}", "https://a:port", ""],
)  # fmt: skip
def test_what_is_no_address_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError, match="public_url"):
        Settings(public_url=wrong)
