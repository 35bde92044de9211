"""A filter as it was written, with other words for what it names."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.query.cql2.ast import Value, parts_of
from app.query.cql2.json_parser import Steps, pointer
from app.query.cql2.parse import Expression
from app.query.cql2.text_tokens import exchange_texts
from app.values.strict_json import load_json


def respell(written: str, asked: Expression, meant: Expression) -> str:
    """What `asked` was read from, with the texts that differ in `meant`, which is its like."""
    before = _texts_of(asked)
    others = {place: text for place, text in _texts_of(meant).items() if text != before[place]}
    if not others:
        return written
    if next(iter(others)).startswith(pointer(())):
        return orjson.dumps(_exchanged(load_json(written), (), others)).decode()
    return exchange_texts(written, others)


def _texts_of(expression: Expression) -> dict[str, str]:
    parts = (part for part in parts_of(expression.root) if isinstance(part, Value))
    return {part.place: part.value for part in parts if isinstance(part.value, str)}


def _exchanged(given: Any, steps: Steps, others: Mapping[str, str]) -> Any:
    if isinstance(given, dict):
        return {name: _exchanged(each, (*steps, name), others) for name, each in given.items()}
    if isinstance(given, list):
        return [_exchanged(each, (*steps, place), others) for place, each in enumerate(given)]
    return others.get(pointer(steps), given) if isinstance(given, str) else given
