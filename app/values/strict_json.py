"""JSON as it stands in a parameter: no name twice, no NaN, no depth that breaks a reader."""

import json
import re
from typing import Any

from app.values.repeats import repeats

DEEPEST = 200
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""Brackets outside strings. One without an end is the rest of the text, and looked through once."""


class NotJson(ValueError):
    """What is wrong; `start` is the character where, if that can be told."""

    def __init__(self, said: str, start: int | None = None) -> None:
        super().__init__(said)
        self.start = start


def load_json(text: str) -> Any:
    """The value that the text is; NotJson if it is none."""
    _check_depth(text)
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse)
    except json.JSONDecodeError as wrong:
        raise NotJson(f"this is not JSON: {wrong.msg}", wrong.pos) from None
    except NotJson:
        raise
    except ValueError:  # an integer of thousands of digits
        raise NotJson("a number is too large") from None


def _check_depth(text: str) -> None:
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        if depth > DEEPEST:
            raise NotJson(f"this stands deeper than {DEEPEST} brackets", found.start())


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = pairs[next(repeats(name for name, _ in pairs))]
        raise NotJson(f"an object has the name {twice[:80]!r} twice")
    return found


def _refuse(constant: str) -> Any:
    raise NotJson(f"{constant} is not JSON")
