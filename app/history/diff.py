"""Differences between two revisions of a record."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.values.strict_json import escape_step

IGNORED_FIELDS = {"revision", "created_at", "updated_at"}


def list_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each value that differs as `{"path", "from", "to"}`, the path a JSON pointer.

    Objects are compared member by member, arrays as a whole.
    """
    return [
        {"path": path, "from": old, "to": new}
        for path, old, new in _walk_values("", before, after)
        if path.removeprefix("/") not in IGNORED_FIELDS
    ]


def _walk_values(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        here = f"{path}/{escape_step(name)}"
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _walk_values(here, old, new)
        else:
            yield here, old, new
