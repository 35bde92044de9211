"""Component schemas of the OpenAPI document: closed lists, and a description for every property.

A closed list is one component, to which its uses refer. A property that several schemas of one
resource share is described where it is set; the properties of nearly all resources are described
here.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.vocab.field_types import LIST_NAME

Schema = dict[str, Any]

_LIST_KEYWORDS = ("type", "enum", LIST_NAME)


def name_lists(node: Any) -> dict[str, Schema]:
    """Replace every named list below `node` by a reference; return the lists as components."""
    found: dict[str, Schema] = {}
    _replace_lists(node, found)
    return found


def _replace_lists(node: Any, found: dict[str, Schema]) -> None:
    if isinstance(node, dict) and LIST_NAME in node:
        name = node[LIST_NAME]
        found[name] = {
            "title": name,
            "description": "A value of a closed list; `/v1/vocab` explains each.",
            "type": node["type"],
            "enum": node["enum"],
        }
        for part in _LIST_KEYWORDS:
            del node[part]
        node["$ref"] = f"#/components/schemas/{name}"
    parts = node.values() if isinstance(node, dict) else node
    for part in parts if isinstance(node, dict | list) else ():
        _replace_lists(part, found)


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
    """Describe the properties without a description like the same property of related schemas."""
    said: dict[tuple[str, str], str] = {}
    for resource, name, part in _list_properties(schemas):
        if "description" in part and not part.get("readOnly"):
            said.setdefault((resource, name), part["description"])
    for resource, name, part in _list_properties(schemas):
        text = said.get((resource, name)) or _COMMON_DESCRIPTIONS.get(name)
        if text and "description" not in part:
            part["description"] = text


def _list_properties(schemas: Mapping[str, Schema]) -> list[tuple[str, str, Schema]]:
    return [
        (_MODEL_SUFFIX.sub("", shape), name, part)
        for shape, schema in schemas.items()
        for name, part in schema.get("properties", {}).items()
    ]
