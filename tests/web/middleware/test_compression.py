"""Compression: the answers that are compressed, and their codings."""

import gzip

import pytest
from httpx2 import AsyncClient

from tests.web.conftest import Ask


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, zstd", "zstd"),
        ("br;q=0.5, gzip;q=0", "br"),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("identity", None),
        ("gzip;q=0, *", "zstd"),
        ("deflate", None),
    ],
)
async def test_the_coding_follows_accept_encoding(
    ask: Ask, accept: str, coding: str | None
) -> None:
    answer = await ask("GET /v1/big", Accept_Encoding=accept)
    assert answer.headers.get("content-encoding") == coding
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.headers["etag"] == (f'"4-1-{coding}"' if coding else '"4-1"')


@pytest.mark.parametrize("path", ["/v1/feed", "/livez", "/v1/export"])
async def test_streams_of_events_and_small_answers_are_not_compressed(ask: Ask, path: str) -> None:
    answer = await ask(f"GET {path}", Accept_Encoding="gzip, br, zstd")
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


async def test_a_stream_of_lines_is_compressed(client: AsyncClient) -> None:
    answer = await client.head("/v1/lines", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


async def test_the_bytes_are_what_the_header_says(client: AsyncClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    async with client.stream("GET", "/v1/big", headers=headers) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert int(answer.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw).startswith(b'["Pyongyang"')


@pytest.mark.parametrize(
    "path",
    [
        "/v1/big",
        "/v1/lines",
        "/v1/export",
        "/v1/events",
        "/v1/nowhere",
        "/livez",
        "/openapi.json",
        "/docs",
        "/assets/docs.js",
        "/assets/pages.css",
        "/problems/stale",
    ],
)
async def test_who_does_not_speak_of_codings_is_answered_as_who_wants_none(
    client: AsyncClient, path: str
) -> None:
    refused = await client.head(path, headers={"Accept-Encoding": "identity"})
    del client.headers["accept-encoding"]
    unasked = await client.head(path)
    for name in ("vary", "etag", "content-type", "content-encoding"):
        assert unasked.headers.get(name) == refused.headers.get(name)
