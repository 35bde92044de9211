"""The rows of our own exports, NDJSON or CSV, read back into what was exported."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from app.errors import Invalid
from app.export.table_columns import COLUMNS, EXTRA, read_list, read_text
from app.ingest.reading.import_format import BadRow, SourceRow
from app.ingest.reading.tables import csv_rows
from app.ingest.reading.text_lines import LARGEST_EXPORTED, CsvRecord, Lines, Oversized
from app.ingest.report import REJECTION, Finding
from app.values.suggestions import did_you_mean

Exported = dict[str, Any]

LINE = "line"
"""The one cell of a row that was a line of NDJSON."""

NEEDED = ("dataset", "type", "title", "date")
_KNOWN = (*COLUMNS, *EXTRA.values())


def read(lines: Lines) -> Iterator[SourceRow | Finding]:
    """The lines of NDJSON, or the rows under the header of CSV."""
    lines.longest_line = lines.largest_record = LARGEST_EXPORTED
    if is_json(lines.peek().decode(errors="replace")):
        return _json_rows(lines)
    return csv_rows(lines, _header)


def is_json(text: str) -> bool:
    """Whether a text that begins a file is NDJSON, and not CSV."""
    return text.lstrip().startswith("{")


def exported(row: SourceRow) -> Exported:
    """What was exported as this row; BadRow where it cannot be read."""
    if LINE in row.cells:
        found: Exported = parsed(LINE, row.cells[LINE], dict)
        return found
    return _from_cells(row.cells)


def parsed(column: str, text: str, kind: type) -> Any:
    """A JSON text that holds an object or a list."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise BadRow(column, text, f"this is not JSON: {wrong}") from None
    if not isinstance(value, kind):
        raise BadRow(column, text, f"this is JSON, but no {_KINDS[kind]}")
    return value


_KINDS: Mapping[type, str] = {dict: "object", list: "list"}


def header_of(cells: list[str], line: int = 1) -> tuple[str, ...]:
    """The columns of a CSV export; Invalid for one that no export has, or that is missing."""
    names = tuple(cell.strip() for cell in cells)
    for name in names:
        if name not in _KNOWN:
            hint = did_you_mean(name, _KNOWN)
            raise Invalid(f"line {line}: an export has no column {name[:80]!r}{hint}")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Invalid(f"line {line}: the header lacks {', '.join(missing)}")
    if len(set(names)) < len(names):
        raise Invalid(f"line {line}: the header names a column twice")
    return names


def _json_rows(lines: Lines) -> Iterator[SourceRow | Finding]:
    is_first = True
    while True:
        began = lines.begin_record()
        try:
            line = next(lines)
        except StopIteration:
            return
        except Oversized as wrong:
            yield Finding(REJECTION, began, None, None, f"the row cannot be read: {wrong}")
            continue
        if is_first:
            _refuse_other(began, line)
        is_first = False
        if lines.fault:
            yield Finding(REJECTION, began, None, None, lines.fault)
        elif line.strip():
            yield SourceRow(began, {LINE: line.strip()})


def _refuse_other(number: int, line: str) -> None:
    """Refuse a file whose first object has nothing of an event."""
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        return
    if isinstance(first, dict) and not first.keys() & set(NEEDED):
        raise Invalid(f"line {number} is no event: it lacks {', '.join(NEEDED)}")


def _header(record: CsvRecord) -> tuple[tuple[str, ...], bool]:
    if not record.cells:
        raise Invalid(f"line {record.line}: the header cannot be read: {record.fault}")
    return header_of(record.cells, record.line), True


def _from_cells(cells: Mapping[str, str]) -> Exported:
    """The event that a CSV row was; columns that are not there say nothing."""
    found: Exported = {
        name: read_cell(cells[name], name) for name, read_cell in _PLAIN.items() if name in cells
    }
    for name, (column, parts) in _OBJECTS.items():
        if any(each in cells for each in parts.values()):
            found[name] = _object(cells, column, parts)
    if "participant_actors" in cells:
        found["participants"] = _participants(cells)
    if "codes" in cells:
        pairs = (each.partition(":") for each in _list(cells["codes"], "codes"))
        found["codes"] = {scheme: code for scheme, _, code in pairs}
    if "claim_items" in cells:
        found["claims"] = {"items": parsed("claim_items", cells["claim_items"], list)}
    if "relation_items" in cells:
        found["relations"] = {"items": parsed("relation_items", cells["relation_items"], list)}
    if "references" in cells:
        found["references"] = parsed("references", cells["references"], dict)
    return found


def _object(cells: Mapping[str, str], column: str, parts: Mapping[str, str]) -> Exported | None:
    """An object of several cells; null where `column`, which it cannot be without, is empty.

    Without such a column it is null where all are empty.
    """
    values = {
        part: _PARTS[part](cells.get(name, ""), name) if part in _PARTS else cells.get(name) or None
        for part, name in parts.items()
    }
    there = (
        values[column]
        if column
        else next((each for each in values.values() if each is not None), None)
    )
    return values if there is not None else None


def _participants(cells: Mapping[str, str]) -> list[Exported]:
    actors = _list(cells["participant_actors"], "participant_actors")
    columns = [
        _list(cells.get(f"participant_{name}", ""), f"participant_{name}")
        for name in ("names", "for", "roles")
    ]
    padded = [column + [""] * (len(actors) - len(column)) for column in columns]
    for name, column in zip(("names", "for", "roles"), padded, strict=True):
        if len(column) != len(actors):
            text = cells[f"participant_{name}"]
            raise BadRow(f"participant_{name}", text, f"these are not {len(actors)}, as the actors")
    return [
        {"actor": actor, "name": name or None, "for": acts_for or None, "role": role}
        for actor, name, acts_for, role in zip(actors, *padded, strict=True)
    ]


def _list(cell: str, column: str) -> list[str]:
    try:
        return read_list(cell)
    except ValueError as wrong:
        raise BadRow(column, cell, str(wrong)) from None


def _text(cell: str, column: str) -> str | None:
    del column
    return cell or None


def _summary(cell: str, column: str) -> str | None:
    del column
    return read_text(cell)


def _number(read: Callable[[str], int | float], what: str) -> Callable[[str, str], Any]:
    def read_cell(cell: str, column: str) -> int | float | None:
        try:
            return read(cell) if cell else None
        except ValueError:
            raise BadRow(column, cell, f"this is not {what}") from None

    return read_cell


def _details(cell: str, column: str) -> Exported | None:
    return parsed(column, cell, dict) if cell else None


_whole = _number(int, "a whole number")
_degrees = _number(float, "a number")
_PLAIN: Mapping[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(("id", "dataset", "external_id", "type", "title", "date", "lifecycle"), _text),
    **dict.fromkeys(("created_at", "updated_at"), _text),
    "summary": _summary,
    "revision": _whole,
    "details": _details,
    "tags": _list,
}
_OBJECTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "verification_override": (
        "status",
        {"status": "override_status", "reason": "override_reason"},
    ),
    "location": (
        "precision",
        {
            "name": "location_name",
            "country": "country",
            "admin1": "admin1",
            "longitude": "longitude",
            "latitude": "latitude",
            "precision": "location_precision",
        },
    ),
    "fatalities": ("", {part: f"fatalities_{part}" for part in ("low", "best", "high")}),
}
_PARTS: Mapping[str, Callable[[str, str], Any]] = {
    "longitude": _degrees,
    "latitude": _degrees,
    **dict.fromkeys(("low", "best", "high"), _whole),
}
