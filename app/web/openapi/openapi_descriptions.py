"""A description for every property of the OpenAPI document.

A property that the shapes of one noun share is described once, where it is set; those that nearly
every noun has are described here.
"""

import re
from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

_MODEL_SUFFIX = re.compile(r"(?:OfEvent)?(?:Create|Content|Fields|Replace|Patch|Part|In)$")
_COMMON_DESCRIPTIONS: Mapping[str, str] = {
    "id": "Its id, for good.",
    "slug": "Its name in URLs and in records, for good.",
    "revision": "How often it was changed, from 1; deleting and restoring count.",
    "created_at": "When it was recorded, in UTC.",
    "updated_at": "When it was last changed, in UTC.",
    "items": "What the page holds, in order.",
    "next_cursor": "The `cursor` of the next page; null on the last.",
    "dataset": "The dataset it belongs to.",
}


def add_descriptions(schemas: Mapping[str, Schema]) -> None:
    """Describe what has no description, from the same property of the noun's other shapes."""
    said: dict[tuple[str, str], str] = {}
    for noun, name, part in _list_properties(schemas):
        if "description" in part and not part.get("readOnly"):
            said.setdefault((noun, name), part["description"])
    for noun, name, part in _list_properties(schemas):
        text = said.get((noun, name)) or _COMMON_DESCRIPTIONS.get(name)
        if text and "description" not in part:
            part["description"] = text


def _list_properties(schemas: Mapping[str, Schema]) -> list[tuple[str, str, Schema]]:
    return [
        (_MODEL_SUFFIX.sub("", shape), name, part)
        for shape, schema in schemas.items()
        for name, part in schema.get("properties", {}).items()
    ]
