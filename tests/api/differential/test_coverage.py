"""Completeness of the generated requests: a new parameter gets values that mean something."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from tests.api.differential.reading import KINDS, LEFT_OUT, VALUES
from tests.source import ROOT

REFERENCE = orjson.loads((ROOT / "openapi.json").read_bytes())


def test_every_parameter_has_values() -> None:
    """A text without values, a closed list or an example would always be asked for as "1"."""
    known = VALUES.keys() | KINDS.keys() | LEFT_OUT
    missing = {
        f"{path} {parameter['name']}"
        for path, parameter in list_parameters()
        if parameter["name"] not in known and not is_self_explaining(parameter["schema"])
    }
    assert missing == set(), "add them to VALUES or KINDS of tests/api/differential/reading.py"


def list_parameters() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each query parameter of each GET of the reference, with its path."""
    for path, methods in REFERENCE["paths"].items():
        if path.startswith("/v1") and "get" in methods:
            for parameter in methods["get"].get("parameters", ()):
                if parameter["in"] == "query":
                    yield path, parameter


def is_self_explaining(schema: Mapping[str, Any]) -> bool:
    """Return whether the schema says which values there are."""
    for choice in (schema, *schema.get("anyOf", ())):
        items = choice.get("items", choice)
        if "$ref" in items:
            items = REFERENCE["components"]["schemas"][items["$ref"].rsplit("/", 1)[1]]
        is_closed = items.get("type") in ("boolean", "integer", "number") or "const" in items
        if is_closed or "enum" in items or items.get("examples"):
            return True
    return False
