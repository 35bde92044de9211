"""Rows of this project's own exports, NDJSON or CSV."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from app.errors import Invalid
from app.export.table_columns import COLUMNS, INCLUDE_COLUMNS, read_list_cell, read_text_cell
from app.ingest.reading.import_format import BadRow, FileRow
from app.ingest.reading.tables import read_csv_rows
from app.ingest.reading.text_lines import (
    LARGEST_EXPORTED_RECORD,
    CsvRecord,
    RecordTooLong,
    TextLines,
)
from app.ingest.report import REJECTION, RowFinding
from app.values.suggestions import did_you_mean
from app.vocab.event_layout import EVENT_LAYOUT, DocumentField, FieldType

ExportedRecord = dict[str, Any]

LINE_CELL = "line"
"""The name of the only cell in a row read from a line of NDJSON."""

REQUIRED_COLUMNS = ("dataset", "type", "title", "date")
_KNOWN_COLUMNS = (*COLUMNS, *INCLUDE_COLUMNS.values())


def read_exported_rows(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Read the lines of NDJSON, or the rows below the header of CSV."""
    lines.longest_line = lines.largest_record = LARGEST_EXPORTED_RECORD
    if is_ndjson(lines.peek().decode(errors="replace")):
        return _read_json_rows(lines)
    return read_csv_rows(lines, _read_header)


def is_ndjson(text: str) -> bool:
    """Return whether the beginning of a file is NDJSON rather than CSV."""
    return text.lstrip().startswith("{")


def parse_exported_row(row: FileRow) -> ExportedRecord:
    """Return the exported record in this row; raise BadRow if it cannot be read."""
    if LINE_CELL in row.cells:
        found: ExportedRecord = parse_json_cell(LINE_CELL, row.cells[LINE_CELL], dict)
        return found
    return _parse_cells(row.cells)


def parse_json_cell(column: str, text: str, kind: type) -> Any:
    """Parse a JSON text into an object or a list; raise BadRow for anything else."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise BadRow(column, text, f"this is not JSON: {wrong}") from None
    if not isinstance(value, kind):
        raise BadRow(column, text, f"this is JSON, but not {_KIND_NAMES[kind]}")
    return value


_KIND_NAMES: Mapping[type, str] = {dict: "an object", list: "a list"}


def parse_header(cells: list[str], line: int = 1) -> tuple[str, ...]:
    """Return the columns of a CSV export; raise Invalid for an unknown or a missing column."""
    names = tuple(cell.strip() for cell in cells)
    for name in names:
        if name not in _KNOWN_COLUMNS:
            hint = did_you_mean(name, _KNOWN_COLUMNS)
            raise Invalid(f"line {line}: an export has no column {name[:80]!r}{hint}")
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise Invalid(f"line {line}: the header lacks {', '.join(missing)}")
    if len(set(names)) < len(names):
        raise Invalid(f"line {line}: the header names a column twice")
    return names


def _read_json_rows(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    is_first = True
    while True:
        began = lines.begin_record()
        try:
            line = next(lines)
        except StopIteration:
            return
        except RecordTooLong as wrong:
            yield RowFinding(REJECTION, began, None, None, f"the row cannot be read: {wrong}")
            continue
        if is_first:
            _refuse_other_objects(began, line)
        is_first = False
        if lines.fault:
            yield RowFinding(REJECTION, began, None, None, lines.fault)
        elif line.strip():
            yield FileRow(began, {LINE_CELL: line.strip()})


def _refuse_other_objects(number: int, line: str) -> None:
    """Raise Invalid for a file whose first object has no field of an event."""
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        return
    if isinstance(first, dict) and not first.keys() & set(REQUIRED_COLUMNS):
        raise Invalid(f"line {number} is not an event: it lacks {', '.join(REQUIRED_COLUMNS)}")


def _read_header(record: CsvRecord) -> tuple[tuple[str, ...], bool]:
    if not record.cells:
        raise Invalid(f"line {record.line}: the header cannot be read: {record.fault}")
    return parse_header(record.cells, record.line), True


def _parse_cells(cells: Mapping[str, str]) -> ExportedRecord:
    """Return the event in a CSV row; absent columns leave their fields out."""
    found: ExportedRecord = {
        name: read_cell(cells[name], name)
        for name, read_cell in _FIELD_PARSERS.items()
        if name in cells
    }
    for field in _OBJECT_FIELDS:
        if any(column in cells for column in field.columns):
            found[field.name] = _parse_object(cells, field)
    if "participant_actors" in cells:
        found["participants"] = _parse_participants(cells)
    if "codes" in cells:
        pairs = (pair.partition(":") for pair in _parse_list(cells["codes"], "codes"))
        found["codes"] = {scheme: code for scheme, _, code in pairs}
    if "claim_items" in cells:
        found["claims"] = {"items": parse_json_cell("claim_items", cells["claim_items"], list)}
    if "relation_items" in cells:
        found["relations"] = {
            "items": parse_json_cell("relation_items", cells["relation_items"], list)
        }
    if "references" in cells:
        found["references"] = parse_json_cell("references", cells["references"], dict)
    return found


def _parse_object(cells: Mapping[str, str], field: DocumentField) -> ExportedRecord | None:
    """Return the object of several cells; None if its required member is empty.

    Return None for an object without a required member if all cells are empty.
    """
    values = {
        member.name: _PARSERS[member.type](cells.get(member.column, ""), member.column)
        for member in field.members
    }
    required = field.required_member
    present = values.values() if required is None else [values[required]]
    return values if any(value is not None for value in present) else None


def _parse_participants(cells: Mapping[str, str]) -> list[ExportedRecord]:
    actors = _parse_list(cells["participant_actors"], "participant_actors")
    columns = [
        _parse_list(cells.get(f"participant_{name}", ""), f"participant_{name}")
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


def _parse_list(cell: str, column: str) -> list[str]:
    try:
        return read_list_cell(cell)
    except ValueError as wrong:
        raise BadRow(column, cell, str(wrong)) from None


def _parse_text(cell: str, column: str) -> str | None:
    del column
    return cell or None


def _parse_blank_text(cell: str, column: str) -> str | None:
    del column
    return read_text_cell(cell)


def _make_number_parser(read: Callable[[str], int | float], what: str) -> Callable[[str, str], Any]:
    def read_cell(cell: str, column: str) -> int | float | None:
        try:
            return read(cell) if cell else None
        except ValueError:
            raise BadRow(column, cell, f"this is not {what}") from None

    return read_cell


def _parse_details(cell: str, column: str) -> ExportedRecord | None:
    return parse_json_cell(column, cell, dict) if cell else None


_parse_integer = _make_number_parser(int, "a whole number")
_parse_degrees = _make_number_parser(float, "a number")
_PARSERS: Mapping[FieldType, Callable[[str, str], Any]] = {
    "text": _parse_text,
    "blank-text": _parse_blank_text,
    "day": _parse_text,
    "instant": _parse_text,
    "integer": _parse_integer,
    "number": _parse_degrees,
    "texts": _parse_list,
    "json": _parse_details,
}
_READ_FIELDS = [
    field
    for field in EVENT_LAYOUT
    if field.settable or field.name in {"id", "revision", "created_at", "updated_at"}
]
_FIELD_PARSERS = {
    field.name: _PARSERS[field.type] for field in _READ_FIELDS if field.type in _PARSERS
}
_OBJECT_FIELDS = [field for field in _READ_FIELDS if field.type == "object"]
