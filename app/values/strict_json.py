"""JSON as it stands in a parameter: no name twice, no NaN, no depth that breaks a reader."""

import json
import re
from typing import Any

from app.values.repeats import list_repeats

DEEPEST_JSON = 200
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""Brackets outside strings. One without an end is the rest of the text, and looked through once."""


class JsonError(ValueError):
    """What is wrong; `start` is the character where, if that can be told."""

    def __init__(self, said: str, start: int | None = None) -> None:
        super().__init__(said)
        self.start = start


def load_json(text: str) -> Any:
    """The value that the text is; NotJson if it is none."""
    _check_depth(text)
    try:
        return json.loads(text, object_pairs_hook=_refuse_repeats, parse_constant=_refuse_constant)
    except json.JSONDecodeError as wrong:
        raise JsonError(f"this is not JSON: {wrong.msg}", wrong.pos) from None
    except JsonError:
        raise
    except ValueError:  # an integer of thousands of digits
        raise JsonError("a number is too large") from None


def _check_depth(text: str) -> None:
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        if depth > DEEPEST_JSON:
            raise JsonError(f"this stands deeper than {DEEPEST_JSON} brackets", found.start())


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = pairs[next(list_repeats(name for name, _ in pairs))]
        raise JsonError(f"an object has the name {twice[:80]!r} twice")
    return found


def _refuse_constant(constant: str) -> Any:
    raise JsonError(f"{constant} is not JSON")
