"""The three-way merge of an import: what the provider said, what it says now, what we hold.

An untouched field follows the provider. A field that an editor changed stays; where the
provider changed it too, to something else, that is a conflict.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MERGED_BY_KEY = frozenset({"codes", "details"})
"""Fields that are merged key by key; all others, such as a location, are one value."""

NEVER_MERGED = frozenset({"dataset", "external_id"})
_ABSENT: Any = object()


@dataclass(slots=True)
class FieldMerge:
    """The content to hold from now on, and (field, the provider's value) of each conflict."""

    content: dict[str, Any] = field(default_factory=dict)
    conflicts: list[tuple[str, Any]] = field(default_factory=list)


def merge_fields(
    base: Mapping[str, Any], new: Mapping[str, Any], held: Mapping[str, Any]
) -> FieldMerge:
    """Merge all fields; `base` is what the provider's former row became."""
    merged = FieldMerge()
    for name, ours in held.items():
        if name in NEVER_MERGED:
            merged.content[name] = ours
        elif name in MERGED_BY_KEY:
            merged.content[name] = _merge_by_key(name, (base.get(name), new[name], ours), merged)
        else:
            merged.content[name] = _merge_value(name, (base.get(name), new[name], ours), merged)
    return merged


def _merge_value(name: str, sides: tuple[Any, Any, Any], merged: FieldMerge) -> Any:
    before, now, ours = sides
    if now in (before, ours):
        return ours
    if ours == before:
        return now
    merged.conflicts.append((name, None if now is _ABSENT else now))
    return ours


def _merge_by_key(name: str, sides: tuple[Any, Any, Any], merged: FieldMerge) -> Any:
    before, now, ours = sides
    if now in (before, ours):
        return ours
    parts = [side or {} for side in sides]
    found: dict[str, Any] = {}
    for key in dict.fromkeys(key for part in reversed(parts) for key in part):
        values = [part.get(key, _ABSENT) for part in parts]
        value = _merge_value(f"{name}.{key}", (values[0], values[1], values[2]), merged)
        if value is not _ABSENT:
            found[key] = value
    return found if found or ours is not None else None
