"""Files that are tables: a header or a known layout, then rows; HXL's tag row is none."""

from collections.abc import Callable, Iterator

from app.errors import Invalid
from app.ingest.format import SourceRow
from app.ingest.lines import CsvRecord, Lines, csv_records
from app.ingest.report import REJECTION, Finding

Header = Callable[[CsvRecord], tuple[tuple[str, ...], bool]]
"""From a file's first record to the columns, and whether the record is their header."""


def csv_rows(lines: Lines, header: Header) -> Iterator[SourceRow | Finding]:
    """The rows of a CSV file; a record that is no row of the table is a rejection."""
    columns: tuple[str, ...] = ()
    tags_may_follow = False
    for record in csv_records(lines):
        if not columns:
            columns, tags_may_follow = header(record)
            if tags_may_follow:
                continue
        if not (tags_may_follow and _is_tag_row(record.cells)):
            yield _row(record, columns)
        tags_may_follow = False
    if not columns:
        raise Invalid("the file is empty")


def header_names(record: CsvRecord, needed: frozenset[str]) -> tuple[str, ...]:
    """The columns that a header names, in lower case; Invalid if one is missing or comes twice."""
    columns = tuple(cell.strip().lower() for cell in record.cells)
    missing = sorted(needed - set(columns))
    if missing:
        raise Invalid(f"line {record.line}: the header lacks {', '.join(missing)}")
    if len(set(columns)) < len(columns):
        raise Invalid(f"line {record.line}: the header names a column twice")
    return columns


def _is_tag_row(cells: list[str]) -> bool:
    return any(cells) and all(cell.startswith("#") for cell in cells if cell)


def _row(record: CsvRecord, columns: tuple[str, ...]) -> SourceRow | Finding:
    fault = record.fault
    if fault is None and len(record.cells) != len(columns):
        fault = f"the row has {len(record.cells)} columns, not {len(columns)}"
    if fault is not None:
        return Finding(REJECTION, record.line, None, None, fault)
    return SourceRow(record.line, dict(zip(columns, record.cells, strict=True)))
