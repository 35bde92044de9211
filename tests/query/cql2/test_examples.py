"""The standard's examples: all are read, and as text they mean what they mean as JSON."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import cql2
import orjson
import pytest

from app.query.cql2.parse import parse_filter
from app.values.timestamps import parse_timestamp

EXAMPLES: dict[str, dict[str, Any]] = orjson.loads(
    Path(__file__).with_name("examples.json").read_bytes()
)
BOTH = [name for name, forms in EXAMPLES.items() if len(forms) == 2]


def meaning(node: Any) -> Any:
    """A tree without the places where its parts stand."""
    if not is_dataclass(node):
        return tuple(map(meaning, node)) if isinstance(node, tuple) else _plain(node)
    parts = (getattr(node, field.name) for field in fields(node) if field.name != "place")
    return (type(node).__name__, *map(meaning, parts))


def _plain(value: Any) -> Any:
    """An instant may be written with more noughts."""
    try:
        return parse_timestamp(value)
    except (TypeError, ValueError):
        return value


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_read(name: str) -> None:
    forms = EXAMPLES[name]
    if "text" in forms:
        parse_filter(forms["text"], "cql2-text")
    if "json" in forms:
        parse_filter(orjson.dumps(forms["json"]).decode())


@pytest.mark.parametrize("name", BOTH)
def test_text_and_json_mean_the_same(name: str) -> None:
    text, json = EXAMPLES[name]["text"], orjson.dumps(EXAMPLES[name]["json"]).decode()
    assert meaning(parse_filter(text)) == meaning(parse_filter(json))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "text" in EXAMPLES[name]])
def test_another_reader_reads_the_same(name: str) -> None:
    text = EXAMPLES[name]["text"]
    other = orjson.dumps(cql2.parse_text(text).to_json()).decode()
    assert meaning(parse_filter(other)) == meaning(parse_filter(text))
