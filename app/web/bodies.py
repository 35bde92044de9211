"""Reading bodies strictly: what a JSON body may be, and how a merge patch changes a document."""

import json
import math
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from app.errors import Fault, Invalid, Unparsable
from app.web.faults import body_faults, escaped_step, summary_of
from app.web.negotiation import JSON, check_content_type

Shape = TypeVar("Shape")

DEEPEST = 64
"""How many arrays and objects may lie inside one another."""

LARGEST_EXACT = 2**53
"""Up to here a float has all whole numbers."""

_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_SUSPICIOUS_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


async def read_json(request: Request, accepts: Sequence[str] = (JSON,)) -> Any:
    """Return the JSON body of a request whose Content-Type is one of `accepts`."""
    check_content_type(request, accepts)
    parsed = parse_json(await request.body())
    request.state.parsed_body = parsed
    return parsed


def parsed_body(request: Request) -> Any:
    """Return the JSON body as it was sent, after a route has read it."""
    return request.state.parsed_body


def parse_json(body: bytes) -> Any:
    """Parse one JSON text; broken, ambiguous or unbounded ones are `Unparsable`.

    Strings with NUL or half of a surrogate pair are `Invalid`, with a pointer: they are JSON,
    but no database keeps them. Integers keep all their digits; their range is the model's.
    """
    if not body.strip():
        raise Unparsable("the body is empty")
    _check_depth(body)
    try:
        parsed = json.loads(
            body.decode(),
            object_pairs_hook=_object_without_repeats,
            parse_constant=_refuse_constant,
            parse_float=_finite_number,
        )
    except UnicodeDecodeError:
        raise Unparsable("the body is not UTF-8") from None
    except json.JSONDecodeError as broken:
        place = f"line {broken.lineno}, column {broken.colno}"
        raise Unparsable(f"the body is not JSON: {broken.msg} at {place}") from None
    except ValueError:
        raise Unparsable("the body has a number with too many digits") from None
    if _SUSPICIOUS_ESCAPE.search(body):
        _check_strings(parsed)
    return parsed


async def read_lines(request: Request) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the lines of an NDJSON body with their numbers from 1, leaving out blank ones."""
    number, pending = 0, bytearray()
    async for chunk in request.stream():
        pending += chunk
        if b"\n" not in chunk:
            continue
        *lines, rest = pending.split(b"\n")
        pending = rest
        for line in lines:
            number += 1
            if line.strip():
                yield number, bytes(line)
    if pending.strip():
        yield number + 1, bytes(pending)


def validate_body(adapter: TypeAdapter[Shape], body: object, shape: object) -> Shape:
    """Validate a parsed body against the annotation `shape`; faults carry pointers into it."""
    try:
        return adapter.validate_python(body)
    except ValidationError as wrong:
        faults = body_faults(wrong.errors(include_url=False), body, shape)
        raise Invalid(summary_of(faults), *faults) from None


def apply_merge_patch(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return the target as changed by an RFC 7396 merge patch; neither argument is touched."""
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


def _check_depth(body: bytes) -> None:
    # Bodies with few brackets cannot be deep: nearly all end here.
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise Unparsable(f"the body is nested deeper than {DEEPEST} levels")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in made if names.count(name) > 1)
        raise Unparsable(f"the key {json.dumps(repeated)} is twice in one object")
    return made


def _refuse_constant(name: str) -> None:
    raise Unparsable(f"{name} is not a JSON number")


def _finite_number(digits: str) -> int | float:
    number = float(digits)
    if math.isinf(number):
        raise Unparsable(f"the number {digits[:40]} is too large")
    # 3.0 is a whole number to JSON Schema, and to those who cannot write it otherwise.
    return int(number) if number.is_integer() and abs(number) <= LARGEST_EXACT else number


def _check_strings(parsed: object) -> None:
    faults: list[Fault] = []
    _collect_unstorable(parsed, "", faults)
    if faults:
        raise Invalid(summary_of(faults), *faults)


def _collect_unstorable(value: object, pointer: str, faults: list[Fault]) -> None:
    if isinstance(value, str) and "\0" in value:
        detail = "this contains a NUL character"
        faults.append(Fault(code="nul-character", detail=detail, pointer=pointer))
    if isinstance(value, str) and _SURROGATE.search(value):
        detail = "this contains half of a surrogate pair"
        faults.append(Fault(code="lone-surrogate", detail=detail, pointer=pointer))
    for place, item in enumerate(value if isinstance(value, list) else ()):
        _collect_unstorable(item, f"{pointer}/{place}", faults)
    for name, item in (value if isinstance(value, dict) else {}).items():
        _collect_unstorable(name, pointer, faults)
        _collect_unstorable(item, f"{pointer}/{escaped_step(name)}", faults)
