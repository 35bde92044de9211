"""Conditional requests (RFC 9110): ETags, 304 answers and the revision in If-Match."""

import hashlib
import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

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
    for each, value in request.scope["headers"]:
        if each == name:
            return bytes(value).decode("latin-1")
    return None
