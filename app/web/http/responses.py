"""Responses: JSON that is bytes already, its ETag, conditional requests, and streams.

ETags follow RFC 9110 §8.8: strong ones of single records, weak ones of lists.
"""

import hashlib
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

from app.errors import Fault, Invalid, PreconditionRequired, Stale

CACHING = {"cache-control": "no-cache", "vary": "Accept, Authorization"}
"""Caching of reads: always revalidated, and separate for each caller."""

CODINGS = ("br", "gzip", "zstd")
"""Content codings that the edge appends to a strong ETag, since they change the bytes."""

_STATE_BYTES = 80
"""Bytes at the beginning of a document that include its id and revision."""

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_CODING = re.compile(rf"-(?:{'|'.join(CODINGS)})$")
_REVISION = re.compile(r"(\d{1,18})-")


def make_record_etag(revision: int, rendering: int | str, other_bytes: bytes | None = None) -> str:
    """Return the strong ETag of one record: its revision and the version of its rendering.

    Every representation other than the stored document has other bytes, whose digest is added.
    """
    if other_bytes is None:
        return f'"{revision}-{rendering}"'
    digest = hashlib.blake2b(other_bytes, digest_size=6).hexdigest()
    return f'"{revision}-{rendering}-{digest}"'


def make_page_etag(documents: Sequence[bytes], rest: bytes, secret: bytes) -> str:
    """Return the weak ETag of a page of documents that begin with their id and revision.

    Id and revision identify a document, so that the rest of it need not be hashed; `rest` are the
    other members of the page.
    """
    states = [document[:_STATE_BYTES] for document in documents]
    return make_list_etag(b"".join([*states, rest]), secret)


def make_list_etag(body: bytes, secret: bytes) -> str:
    """Return the weak ETag of a list or an aggregate: a keyed digest, which reveals nothing."""
    return f'W/"{hashlib.blake2b(body, key=secret[:64], digest_size=12).hexdigest()}"'


def check_if_none_match(request: Request, etag: str) -> Response | None:
    """Return 304 if the client has these bytes already, else None."""
    header = read_header(request, b"if-none-match")
    if header is None:
        return None
    opaque = _strip_tag(etag)
    if header.strip() == "*":
        return make_not_modified(etag)
    for weak, tag in _parse_tags(header):
        if _CODING.sub("", tag) == opaque:
            return make_not_modified(f'{weak}"{tag}"' if not etag.startswith("W/") else etag)
    return None


def make_not_modified(etag: str) -> Response:
    """Return the 304 of an answer with this ETag."""
    return Response(status_code=304, headers={"etag": etag, **CACHING})


def add_coding_to_etag(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with the Content-Encoding appended to a strong ETag."""
    coding = next(value for name, value in headers if name == b"content-encoding")
    return [
        (name, value[:-1] + b"-" + coding + b'"')
        if name == b"etag" and value.startswith(b'"')
        else (name, value)
        for name, value in headers
    ]


def read_required_revision(request: Request) -> int | None:
    """Return the revision in If-Match, or None for any revision (`If-Match: *`).

    Only the revision in the tags counts, so that a tag of any representation serves. Raise
    `PreconditionRequired` without If-Match, and `Stale` for a weak or foreign tag, which can match
    no revision.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired("send If-Match with the ETag of the record as you read it")
    if header.strip() == "*":
        return None
    tags = _parse_tags(header)
    if not tags:
        raise _make_error('If-Match takes a quoted tag such as "4-1", several, or *')
    revisions = {_parse_revision(tag) for weak, tag in tags if not weak} - {None}
    if len(revisions) > 1:
        raise _make_error("the tags in If-Match name different revisions; send one")
    if not revisions:
        raise Stale(f"{header[:80]} is not a strong ETag of this record")
    return revisions.pop()


def read_optional_revision(request: Request) -> int | None:
    """Return the revision in If-Match, or None for any revision if there is no If-Match."""
    return read_required_revision(request) if "if-match" in request.headers else None


def _parse_revision(tag: str) -> int | None:
    match = _REVISION.match(tag)
    return int(match[1]) if match else None


def _parse_tags(header: str) -> list[tuple[str, str]]:
    """Return (weak mark, opaque tag) of each tag, or an empty list for a malformed header."""
    tags, place = [], 0
    while place < len(header):
        match = _TAG.match(header, place)
        if match is None:
            return []
        tags.append((match[1] or "", match[2]))
        place = match.end()
    return tags


def _strip_tag(etag: str) -> str:
    return etag.removeprefix("W/").strip('"')


def _make_error(detail: str) -> Invalid:
    return Invalid(detail, Fault(code="if-match", detail=detail, parameter="If-Match"))


def read_header(request: Request, name: bytes) -> str | None:
    """Return the first value of a header, whose name is in lower case."""
    for sent_name, value in request.scope["headers"]:
        if sent_name == name:
            return bytes(value).decode("latin-1")
    return None


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
