"""Request bodies: JSON, lines of JSON (NDJSON) and JSON merge patches."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from app.errors import Invalid
from app.web.errors.validation_errors import make_body_faults, summarize_faults
from app.web.http.json_body import check_length, parse_json
from app.web.http.negotiation import JSON, check_content_type
from app.web.http.responses import read_header

BodyModel = TypeVar("BodyModel")

PARSED_AT_ONCE = 100_000
"""Bytes; longer texts are parsed in a thread, while the event loop answers others."""


async def read_json(request: Request, accepts: Sequence[str] = (JSON,)) -> Any:
    """Return the JSON body of a request whose Content-Type is one of `accepts`."""
    check_content_type(request, accepts)
    body = await _read_bytes(request)
    if len(body) > PARSED_AT_ONCE:
        return await asyncio.to_thread(parse_json, body)
    return parse_json(body)


async def read_lines(request: Request) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the lines of an NDJSON body with their numbers from 1, leaving out blank ones."""
    number, pending = 0, bytearray()
    async for chunk in request.stream():
        pending += chunk
        if b"\n" not in chunk:
            check_length(len(pending))
            continue
        *lines, rest = pending.split(b"\n")
        pending = rest
        for line in lines:
            number += 1
            if line.strip():
                yield number, bytes(line)
    if pending.strip():
        yield number + 1, bytes(pending)


def validate_body(adapter: TypeAdapter[BodyModel], body: object, shape: object) -> BodyModel:
    """Validate a parsed body against the annotation `shape`; faults carry pointers into it."""
    try:
        return adapter.validate_python(body)
    except ValidationError as wrong:
        faults = make_body_faults(wrong.errors(include_url=False), body, shape)
        raise Invalid(summarize_faults(faults), *faults) from None


def apply_merge_patch(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return the target changed by an RFC 7396 merge patch; both arguments stay unchanged."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            present = merged.get(name)
            merged[name] = apply_merge_patch(present if isinstance(present, dict) else {}, value)
        else:
            merged[name] = value
    return merged


async def _read_bytes(request: Request) -> bytearray:
    declared = read_header(request, b"content-length") or ""
    # Only ASCII digits: the server refused anything else.
    check_length(int(declared) if declared.isdigit() else 0)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        check_length(len(body))
    return body
