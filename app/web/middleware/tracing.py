"""The ids of a request: its W3C trace id, and the request id that the client sent."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


_IDS_AT_ONCE = 256
_ID_BYTES = 16


class Trace(NamedTuple):
    """The trace id of a request (32 hex digits), and the request id that its response repeats."""

    trace_id: str
    request_id: str


def read_trace(traceparent: bytes | None, request_id: bytes | None) -> Trace:
    """Return the ids that were sent, or new ones; malformed ids are ignored."""
    joined = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace_id = joined[1].decode() if joined else next(_NEW_IDS)
    if request_id and _REQUEST_ID.fullmatch(request_id):
        return Trace(trace_id, request_id.decode())
    return Trace(trace_id, trace_id)


def _generate_ids() -> Iterator[str]:
    """Yield random ids, from random bytes that are read for many of them at once."""
    while True:
        digits = os.urandom(_IDS_AT_ONCE * _ID_BYTES).hex()
        length = 2 * _ID_BYTES
        for place in range(0, len(digits), length):
            yield digits[place : place + length]


_NEW_IDS = _generate_ids()
