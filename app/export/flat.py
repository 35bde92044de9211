r"""An event as one flat row: the columns of tables, which never change their order.

A column belongs to a field of the event, or to what was asked for beside the fields. Lists stand
in one cell, parted by `;`, with `\;` and `\\` for a semicolon and a backslash in an item; what has
no fixed shape stands as JSON. An empty cell is null. A text that is empty, or nothing but
backslashes, gets one backslash more, so that each cell can be read back as what it was.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

Cell = str | int | float | None
Document = Mapping[str, Any]

_PLAIN = """
id revision dataset external_id type category title summary date earliest_on latest_on
date_precision lifecycle verification verification_rule verification_reason
"""
FIELDS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in _PLAIN.split()},
    "verification_override": ("override_status", "override_reason"),
    "location": (
        "location_name",
        "country",
        "admin1",
        "longitude",
        "latitude",
        "location_precision",
    ),
    "participants": (
        "participant_actors",
        "participant_names",
        "participant_for",
        "participant_roles",
    ),
    "details": ("details",),
    "fatalities": ("fatalities_low", "fatalities_best", "fatalities_high"),
    "codes": ("codes",),
    "tags": ("tags",),
    "claims": ("claims_affirming", "claims_denying", "claims_independent", "claims_first_made_on"),
    "created_at": ("created_at",),
    "updated_at": ("updated_at",),
}
"""The columns of each field of an event, in the order of both."""

EXTRA: Mapping[str, str] = {
    "known_by": "known_by",
    "claims": "claim_items",
    "relations": "relation_items",
    "references": "references",
    "snippets": "snippets",
}
"""The column, behind all others, of what can be asked for beside the fields."""

COLUMNS = tuple(column for columns in FIELDS.values() for column in columns)

_PARTS = "name country admin1 longitude latitude precision low best high status reason"
_NOTHING: Document = dict.fromkeys(_PARTS.split())
_PART = re.compile(r"(?:[^;\\]|\\.)*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def columns_of(fields: frozenset[str] | None, extra: Iterable[str]) -> list[str]:
    """The names of the columns that are shown."""
    shown = [
        column
        for name, columns in FIELDS.items()
        if fields is None or name in fields
        for column in columns
    ]
    return [*shown, *(EXTRA[name] for name in EXTRA if name in set(extra))]


def flat_row(event: Document) -> list[Cell]:
    """The cells of all `COLUMNS`; a number stays one."""
    override = event["verification_override"] or _NOTHING
    place = event["location"] or _NOTHING
    dead = event["fatalities"] or _NOTHING
    taking, counts, details = event["participants"], event["claims"], event["details"]
    return [
        *map(event.__getitem__, _BEFORE_SUMMARY),
        text_cell(event["summary"]),
        *map(event.__getitem__, _BEFORE_OVERRIDE),
        override["status"],
        override["reason"],
        place["name"],
        place["country"],
        place["admin1"],
        place["longitude"],
        place["latitude"],
        place["precision"],
        list_cell([each["actor"] for each in taking]),
        list_cell([each["name"] for each in taking]),
        list_cell([each["for"] or "" for each in taking]),
        list_cell([each["role"] for each in taking]),
        None if details is None else orjson.dumps(details).decode(),
        dead["low"],
        dead["best"],
        dead["high"],
        list_cell([f"{scheme}:{code}" for scheme, code in event["codes"].items()]),
        list_cell(event["tags"]),
        counts["affirming"],
        counts["denying"],
        counts["independent"],
        counts["first_made_on"],
        event["created_at"],
        event["updated_at"],
    ]


_BEFORE_SUMMARY = COLUMNS[: COLUMNS.index("summary")]
_BEFORE_OVERRIDE = COLUMNS[COLUMNS.index("date") : COLUMNS.index("override_status")]


def extra_cells(event: Document, extra: Iterable[str]) -> list[Cell]:
    """The cells of what was asked for beside the fields."""
    asked = set(extra)
    return [_EXTRA_CELLS[name](event) for name in EXTRA if name in asked]


def _items(part: Mapping[str, Any] | None) -> Cell:
    return None if part is None else orjson.dumps(part.get("items", [])).decode()


_EXTRA_CELLS: Mapping[str, Any] = {
    "known_by": lambda event: event["known_by"]["day"],
    "claims": lambda event: _items(event["claims"]),
    "relations": lambda event: _items(event["relations"]),
    "references": lambda event: orjson.dumps(event["references"]).decode(),
    "snippets": lambda event: orjson.dumps(event["snippets"]).decode(),
}


def text_cell(text: str | None) -> str | None:
    """A text that may be empty, told apart from none."""
    return text if text is None or text.strip("\\") else text + "\\"


def list_cell(items: Sequence[str]) -> str:
    """A list in one cell."""
    joined = ";".join(items)
    if "\\" not in joined and joined.count(";") < max(len(items), 1):
        return joined
    return ";".join(item.replace("\\", "\\\\").replace(";", "\\;") for item in items)


def read_text(cell: str) -> str | None:
    """What `text_cell` wrote."""
    if not cell:
        return None
    return cell if cell.strip("\\") else cell[:-1]


def read_list(cell: str) -> list[str]:
    """What `list_cell` wrote; ValueError for a backslash that stands for nothing."""
    items, place = [], 0
    while cell and place <= len(cell):
        found = _PART.match(cell, place)
        assert found is not None, "the pattern takes nothing as well"
        items.append(_ESCAPED.sub(r"\1", found[0]))
        place = found.end() + 1
        if place <= len(cell) and cell[place - 1] != ";":
            raise ValueError("a backslash at the end stands for nothing")
    return items
