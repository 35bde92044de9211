"""Closed lists in the OpenAPI document: each stands there once, and what takes it refers to it."""

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
            "description": "One value of a closed list, which `/v1/vocab` explains.",
            "type": node["type"],
            "enum": node["enum"],
        }
        for part in _LIST_KEYWORDS:
            del node[part]
        node["$ref"] = f"#/components/schemas/{name}"
    parts = node.values() if isinstance(node, dict) else node
    for part in parts if isinstance(node, dict | list) else ():
        _replace_lists(part, found)
