"""JSON bodies: one unambiguous value, within limits.

Each limit is checked before the value is built, by searches of the whole text that take a few
milliseconds for the longest text: a hostile body costs the server neither memory nor time.
"""

import math
import re
from typing import Any

from app.errors import Fault, Invalid, TooLarge, Unparsable
from app.values.strict_json import JsonError, Pairs, build_object, decode_json, escape_step
from app.web.errors.validation_errors import MOST_FAULTS, summarize_faults

DEEPEST = 64
"""The deepest nesting of arrays and objects."""

LARGEST_TEXT = 2_000_000
"""Bytes of one JSON text; a record usually has a few thousand, and a million at its limits."""

MOST_VALUES = 10_000
"""Members and items in one JSON text; an actor with all its names and codes has 3,000."""

LONGEST_NAME = 1_000
"""Characters; the longest names of members have 40."""

LARGEST_EXACT = 2**53
"""Up to here a float represents every integer."""

_SUSPICIOUS_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(body: bytes | bytearray) -> Any:
    """Return the value of a JSON text.

    Raise `Unparsable` if it is broken, ambiguous or beyond a limit. Strings with NUL or half of a
    surrogate pair are `Invalid`, with a pointer: they are JSON, but databases do not store them.
    Integers keep all their digits; the models limit their range.
    """
    check_length(len(body))
    if not body.strip():
        raise Unparsable("the body is empty")
    _check_structure(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Unparsable("the body is not UTF-8") from None
    try:
        parsed = decode_json(text, _make_object, _parse_finite)
    except JsonError as wrong:
        raise Unparsable(f"{_locate(text, wrong.start)}{wrong}") from None
    if _SUSPICIOUS_ESCAPE.search(body):
        _check_strings(parsed)
    return parsed


def check_length(length: int) -> None:
    """Raise `TooLarge` for a text longer than `LARGEST_TEXT`, before more of it is read."""
    if length > LARGEST_TEXT:
        raise TooLarge(f"one JSON text is larger than the {LARGEST_TEXT:,} bytes accepted here")


def _check_structure(body: bytes | bytearray) -> None:
    openings = body.count(b"[") + body.count(b"{")
    # Nearly all bodies pass this cheap test.
    if openings <= DEEPEST and openings + body.count(b",") <= MOST_VALUES:
        return
    outside = _strip_strings(body)
    openings = outside.count(b"[") + outside.count(b"{")
    if openings + outside.count(b",") > MOST_VALUES:
        raise _make_too_many_error()
    depth = 0
    for byte in outside.translate(None, _NO_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > DEEPEST:
            raise Unparsable(f"the body is nested deeper than {DEEPEST} levels")


_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _strip_strings(body: bytes | bytearray) -> bytes:
    """Return the text without the contents of its strings."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if body.count(b'"') > 4 * MOST_VALUES:
        raise _make_too_many_error()
    return b"".join(body.split(b'"')[::2])


def _make_too_many_error() -> Unparsable:
    return Unparsable(f"the body has more than {MOST_VALUES:,} values")


def _locate(text: str, start: int | None) -> str:
    """Return the place of a fault, as the beginning of a sentence about it."""
    if start is None:
        return ""
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    return f"line {line}, column {column}: "


def _make_object(pairs: Pairs) -> dict[str, Any]:
    made = build_object(pairs)
    if made and max(map(len, made)) > LONGEST_NAME:
        raise JsonError(f"the body has a key longer than {LONGEST_NAME:,} characters")
    return made


def _parse_finite(digits: str) -> int | float:
    number = float(digits)
    if math.isinf(number):
        raise JsonError(f"the number {digits[:40]} is too large")
    # 3.0 is an integer to JSON Schema, and some clients cannot write it otherwise.
    return int(number) if number.is_integer() and abs(number) <= LARGEST_EXACT else number


def _check_strings(parsed: object) -> None:
    faults: list[Fault] = []
    _collect_unstorable(parsed, "", faults)
    if faults:
        raise Invalid(summarize_faults(faults), *faults)


def _collect_unstorable(value: object, pointer: str, faults: list[Fault]) -> None:
    if len(faults) >= MOST_FAULTS:
        return
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
        _collect_unstorable(item, f"{pointer}/{escape_step(name)}", faults)
