"""Strict JSON: no name twice in an object, no NaN, a bounded depth; JSON pointers (RFC 6901)."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

DEEPEST_JSON = 200
"""Levels of arrays and objects in a parameter, far below the depth at which `json` fails."""

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""Brackets outside strings. A string without an end is the rest of the text, matched once."""

Pairs = list[tuple[str, Any]]


class JsonError(ValueError):
    """A fault of a JSON text; `start` is the index of the character, if known."""

    def __init__(self, message: str, start: int | None = None) -> None:
        super().__init__(message)
        self.start = start


def load_json(text: str) -> Any:
    """Return the value of a JSON text; raise JsonError if it is not strict JSON."""
    _check_depth(text)
    return decode_json(text)


def decode_json(
    text: str,
    make_object: Callable[[Pairs], dict[str, Any]] | None = None,
    parse_float: Callable[[str], Any] | None = None,
) -> Any:
    """Return the value of a JSON text whose depth the caller has checked; raise JsonError."""
    try:
        return json.loads(
            text,
            object_pairs_hook=make_object or build_object,
            parse_constant=_refuse_constant,
            parse_float=parse_float,
        )
    except json.JSONDecodeError as wrong:
        raise JsonError(f"this is not JSON: {wrong.msg}", wrong.pos) from None
    except JsonError:
        raise
    except ValueError:  # an integer of thousands of digits
        raise JsonError("a number has too many digits") from None


def build_object(pairs: Pairs) -> dict[str, Any]:
    """Return the object of these members; raise JsonError if a name is repeated."""
    built = dict(pairs)
    if len(built) < len(pairs):
        repeated, _ = pairs[next(list_repeats(name for name, _ in pairs))]
        raise JsonError(f"an object has the name {json.dumps(repeated[:80])} twice")
    return built


def list_repeats(names: Iterable[str]) -> Iterator[int]:
    """Yield the indexes of the names that occurred before, in one pass."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield index
        seen.add(name)


def format_pointer(steps: Iterable[str | int]) -> str:
    """Return the JSON pointer of these names and indexes; "" for the whole document."""
    return "".join([f"/{escape_step(str(step))}" for step in steps])


def escape_step(step: str) -> str:
    """Return one step of a JSON pointer with its two special characters escaped."""
    return step.replace("~", "~0").replace("/", "~1")


def _check_depth(text: str) -> None:
    """Raise JsonError where a text is nested too deep."""
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket.group(), 0)
        if depth > DEEPEST_JSON:
            raise JsonError(f"this is nested deeper than {DEEPEST_JSON} levels", bracket.start())


def _refuse_constant(constant: str) -> Any:
    raise JsonError(f"{constant} is not JSON")
