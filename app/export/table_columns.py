r"""Events as flat rows: the columns of tables, whose order never changes.

A column belongs to a field of the event, or to something included beside the fields. A list is one
cell, separated by `;`, with `\;` and `\\` for a semicolon and a backslash in an item; values
without a fixed shape are JSON. An empty cell is null. An empty text, or one of backslashes only,
gets one more backslash, so that each cell can be read back unchanged.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from app.vocab.event_layout import EVENT_LAYOUT

FIELD_COLUMNS: Mapping[str, tuple[str, ...]] = {field.name: field.columns for field in EVENT_LAYOUT}
"""The columns of each field of an event, both in order."""

INCLUDE_COLUMNS: Mapping[str, str] = {
    "known_by": "known_by",
    "claims": "claim_items",
    "relations": "relation_items",
    "references": "references",
    "snippets": "snippets",
}
"""The column of each included part, after all others."""

COLUMNS = tuple(column for columns in FIELD_COLUMNS.values() for column in columns)

_PART = re.compile(r"(?:[^;\\]|\\.)*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def list_columns(fields: frozenset[str] | None, extra: Iterable[str]) -> list[str]:
    """Return the names of the selected columns."""
    shown = [
        column
        for name, columns in FIELD_COLUMNS.items()
        if fields is None or name in fields
        for column in columns
    ]
    return [*shown, *(INCLUDE_COLUMNS[name] for name in INCLUDE_COLUMNS if name in set(extra))]


def write_text_cell(text: str | None) -> str | None:
    """Return the cell of a text, with an empty text distinguished from null."""
    return text if text is None or text.strip("\\") else text + "\\"


def write_list_cell(items: Sequence[str]) -> str:
    """Return a list as one cell."""
    joined = ";".join(items)
    if "\\" not in joined and joined.count(";") < max(len(items), 1):
        return joined
    return ";".join(item.replace("\\", "\\\\").replace(";", "\\;") for item in items)


def read_text_cell(cell: str) -> str | None:
    """Return the text that `write_text_cell` wrote."""
    if not cell:
        return None
    return cell if cell.strip("\\") else cell[:-1]


def read_list_cell(cell: str) -> list[str]:
    """Return the list that `write_list_cell` wrote; raise ValueError for a stray backslash."""
    items, place = [], 0
    while cell and place <= len(cell):
        found = _PART.match(cell, place)
        assert found is not None, "the pattern takes nothing as well"
        items.append(_ESCAPED.sub(r"\1", found[0]))
        place = found.end() + 1
        if place <= len(cell) and cell[place - 1] != ";":
            raise ValueError("a backslash at the end stands for nothing")
    return items
