"""Tables: a header or a known layout, then rows, without HXL's tag row."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from app.errors import Invalid
from app.ingest.reading.import_format import FileRow
from app.ingest.reading.text_lines import CsvRecord, TextLines, read_csv_records, read_tab_records
from app.ingest.report import REJECTION, SHOWN_CELL, RowFinding
from app.values.strict_json import list_repeats

HeaderReader = Callable[[CsvRecord], tuple[tuple[str, ...], bool]]
"""A function from a file's first record to its columns, and whether the record is their header."""

NO_RENAMES: Mapping[str, str] = MappingProxyType({})


def read_csv_rows(lines: TextLines, header: HeaderReader) -> Iterator[FileRow | RowFinding]:
    """Yield the rows of a CSV file, and a rejection for each record that does not fit."""
    return _read_rows(read_csv_records(lines), header)


def read_tab_rows(lines: TextLines, header: HeaderReader) -> Iterator[FileRow | RowFinding]:
    """Yield the rows of a tab-separated file, ignoring empty cells after the last column."""
    return _read_rows(read_tab_records(lines), header, spare=True)


def split_first_line(head: bytes) -> list[str]:
    """Return the tab-separated cells of a file's first line, which may be a format's header."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return first.decode(errors="replace").split("\t")


def has_all_columns(
    cells: Iterable[str], marks: frozenset[str], renamed: Mapping[str, str] = NO_RENAMES
) -> bool:
    """Return whether a header has all columns that identify a format."""
    return marks <= {_rename_column(cell, renamed) for cell in cells}


def make_source_row(record: CsvRecord, columns: tuple[str, ...]) -> FileRow | RowFinding:
    """Return the record as a row, or a finding with the faulty column."""
    fault, cells = record.fault, record.cells
    if fault is None and len(cells) == len(columns):
        return FileRow(record.line, dict(zip(columns, cells, strict=True)))
    if fault is None:
        return _make_width_finding(record, columns)
    named = zip(columns, cells, strict=True) if len(cells) == len(columns) else ()
    column, value = next((cell for cell in named if _is_corrupt(cell[1])), (None, None))
    return RowFinding(REJECTION, record.line, column, value and value[:SHOWN_CELL], fault)


def _make_width_finding(record: CsvRecord, columns: tuple[str, ...]) -> RowFinding:
    """Return a finding for a row with missing or surplus cells, and the first of them."""
    found, wanted = len(record.cells), len(columns)
    column = columns[found] if found < wanted else None
    value = record.cells[wanted][:SHOWN_CELL] if found > wanted else None
    reason = f"the row has {found} columns, not {wanted}"
    return RowFinding(REJECTION, record.line, column, value, reason)


def read_header_names(
    record: CsvRecord, needed: frozenset[str], renamed: Mapping[str, str] = NO_RENAMES
) -> tuple[str, ...]:
    """Return the lower-case columns of a header; raise Invalid if one is missing or repeated.

    `renamed` maps lower-case names to their name here.
    """
    columns = tuple(_rename_column(cell, renamed) for cell in record.cells)
    missing = sorted(needed - set(columns))
    if missing:
        raise Invalid(f"line {record.line}: the header lacks {', '.join(missing)}")
    for place in list_repeats(columns):
        raise Invalid(
            f"line {record.line}, column {place + 1}: the header names a column twice,"
            f" {columns[place]!r}"
        )
    return columns


def _rename_column(cell: str, renamed: Mapping[str, str]) -> str:
    name = cell.strip().lower()
    return renamed.get(name, name)


def _read_rows(
    records: Iterator[CsvRecord], header: HeaderReader, *, spare: bool = False
) -> Iterator[FileRow | RowFinding]:
    columns: tuple[str, ...] = ()
    tags_may_follow = False
    for record in records:
        if not columns:
            columns, tags_may_follow = header(record)
            if tags_may_follow:
                continue
        if spare and not any(record.cells[len(columns) :]):
            del record.cells[len(columns) :]
        if not (tags_may_follow and _is_tag_row(record.cells)):
            yield make_source_row(record, columns)
        tags_may_follow = False
    if not columns:
        raise Invalid("the file is empty")


def _is_tag_row(cells: list[str]) -> bool:
    return any(cells) and all(cell.startswith("#") for cell in cells if cell)


def _is_corrupt(cell: str) -> bool:
    return "\ufffd" in cell or "\0" in cell
