"""Responses with JSON that is bytes already, and streams."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import orjson
from anyio import CancelScope
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.web.http.conditional import CACHING

_PLAIN = re.compile(r"(?:\w+=[\w.~-]+(?:&(?=.)|$))*", re.ASCII)
"""Query strings that parsing and encoding would not change."""

_JSON_HEADERS = (
    (b"content-type", b"application/json"),
    *((name.encode(), value.encode()) for name, value in CACHING.items()),
)


class JsonBytes(Response):
    """A response with JSON bytes, and the headers of every read."""

    media_type = "application/json"

    def __init__(
        self,
        body: bytes,
        *,
        status_code: int = 200,
        etag: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = status_code
        self.background = None
        self.body = body
        raw = [(b"content-length", b"%d" % len(body)), *_JSON_HEADERS]
        if etag is not None:
            raw.append((b"etag", etag.encode("latin-1")))
        if headers:
            replaced = {name.lower().encode("latin-1") for name in headers}
            raw = [header for header in raw if header[0] not in replaced]
            raw += [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ]
        self.raw_headers = raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the two messages."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        await send({"type": "http.response.body", "body": self.body})


def wrap_documents(
    documents: Sequence[str],
    next_cursor: str | None,
    count: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the envelope of a list around documents that are JSON texts already.

    `extra` adds members after `items`, `next_cursor` and `count`.
    """
    return wrap_items(",".join(documents).encode(), next_cursor, count, extra)


def wrap_items(
    items: bytes,
    next_cursor: str | None,
    count: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the envelope of a list around its items, which are separated by commas."""
    tail: dict[str, Any] = {"next_cursor": next_cursor, "count": count}
    if extra:
        tail |= extra
    # The opening brace of the tail becomes the comma after the items.
    return b'{"items":[%b],%b' % (items, orjson.dumps(tail)[1:])


def make_next_link(request: Request, next_cursor: str | None) -> dict[str, str]:
    """Return the Link header with the address of the next page, relative to the host."""
    if next_cursor is None:
        return {}
    asked = request.scope["query_string"].decode()
    if _PLAIN.fullmatch(asked) and "cursor" not in asked:
        query = "&".join([*([asked] if asked else []), f"cursor={quote_plus(next_cursor)}"])
    else:
        query = _replace_cursor(asked, next_cursor)
    return {"link": f'<{_quote_path(request.scope["path"])}?{query}>; rel="next"'}


@lru_cache(maxsize=256)
def _quote_path(path: str) -> str:
    return quote(path, safe="/:@!$&'()*+,;=~")


def _replace_cursor(asked: str, next_cursor: str) -> str:
    pairs = parse_qsl(asked, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name != "cursor"]
    return urlencode([*kept, ("cursor", next_cursor)])


def encode_count(value: int) -> bytes:
    """Return the body of a count."""
    return b'{"value":%d,"kind":"exact"}' % value


class ClosingStreamResponse(StreamingResponse):
    """A stream that closes its source as soon as the response ends, for whatever reason.

    A client that disconnects, or a HEAD, ends it early: otherwise a connection of the database
    would be held until the generator is collected. An error before the first chunk is raised before
    anything is sent.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(chunks, media_type=media_type, headers=headers)
        self.chunks = chunks

    async def stream_response(self, send: Send) -> None:
        """Send the chunks, and close their source."""
        try:
            chunk = await anext(self.chunks, b"")
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            while chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await anext(self.chunks, b"")
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            with CancelScope(shield=True):
                await self.chunks.aclose()
