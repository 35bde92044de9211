"""Filters in their own spelling, with other names in them."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.query.cql2.ast import Value, walk_parts
from app.query.cql2.json_parser import PointerSteps, format_steps
from app.query.cql2.parse import Expression
from app.query.cql2.text_tokens import replace_texts
from app.values.strict_json import load_json


def rewrite_filter(written: str, asked: Expression, meant: Expression) -> str:
    """Return the text that `asked` was parsed from, with the values that differ in `meant`."""
    before = _collect_texts(asked)
    others = {place: text for place, text in _collect_texts(meant).items() if text != before[place]}
    if not others:
        return written
    if next(iter(others)).startswith(format_steps(())):
        return orjson.dumps(_replace_texts(load_json(written), (), others)).decode()
    return replace_texts(written, others)


def _collect_texts(expression: Expression) -> dict[str, str]:
    parts = (part for part in walk_parts(expression.root) if isinstance(part, Value))
    return {part.place: part.value for part in parts if isinstance(part.value, str)}


def _replace_texts(given: Any, steps: PointerSteps, others: Mapping[str, str]) -> Any:
    if isinstance(given, dict):
        return {
            name: _replace_texts(value, (*steps, name), others) for name, value in given.items()
        }
    if isinstance(given, list):
        return [_replace_texts(item, (*steps, place), others) for place, item in enumerate(given)]
    return others.get(format_steps(steps), given) if isinstance(given, str) else given
