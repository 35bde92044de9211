"""The ids of a request: the trace it belongs to and the name the client gave it."""

import os
import re
from dataclasses import dataclass

_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


@dataclass(frozen=True, slots=True)
class Trace:
    """Which trace a request joins (32 hex digits), and the id that its answer repeats."""

    trace_id: str
    request_id: str


def trace_of(traceparent: bytes | None, request_id: bytes | None) -> Trace:
    """Join the W3C trace context that was sent, or begin one; malformed ids are ignored."""
    joined = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace_id = joined[1].decode() if joined else os.urandom(16).hex()
    if request_id and _REQUEST_ID.fullmatch(request_id):
        return Trace(trace_id, request_id.decode())
    return Trace(trace_id, trace_id)
