"""Files that are tables: a header or a known layout, then rows; HXL's tag row is none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from app.errors import Invalid
from app.ingest.reading.import_format import SourceRow
from app.ingest.reading.text_lines import CsvRecord, Lines, csv_records, tab_records
from app.ingest.report import REJECTION, Finding
from app.values.repeats import repeats

Header = Callable[[CsvRecord], tuple[tuple[str, ...], bool]]
"""From a file's first record to the columns, and whether the record is their header."""

AS_WRITTEN: Mapping[str, str] = MappingProxyType({})


def csv_rows(lines: Lines, header: Header) -> Iterator[SourceRow | Finding]:
    """The rows of a CSV file; a record that is no row of the table is a rejection."""
    return _rows(csv_records(lines), header)


def tab_rows(lines: Lines, header: Header) -> Iterator[SourceRow | Finding]:
    """The rows of a file of cells between tabs; empty cells beyond the last column are none."""
    return _rows(tab_records(lines), header, spare=True)


def first_cells(head: bytes) -> list[str]:
    """The cells between tabs of a file's first line, to see whether they are a format's header."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return first.decode(errors="replace").split("\t")


def names_all(
    cells: Iterable[str], marks: frozenset[str], renamed: Mapping[str, str] = AS_WRITTEN
) -> bool:
    """Whether these cells of a header name all the columns by which a format is known."""
    return marks <= {_renamed(cell, renamed) for cell in cells}


def row_of(record: CsvRecord, columns: tuple[str, ...]) -> SourceRow | Finding:
    """The record as a row of these columns, or what is wrong with it and in which column."""
    fault, cells = record.fault, record.cells
    if fault is None and len(cells) == len(columns):
        return SourceRow(record.line, dict(zip(columns, cells, strict=True)))
    if fault is None:
        return _miscounted(record, columns)
    named = zip(columns, cells, strict=True) if len(cells) == len(columns) else ()
    column, value = next((each for each in named if _is_spoilt(each[1])), (None, None))
    return Finding(REJECTION, record.line, column, value and value[:_SHOWN], fault)


def _miscounted(record: CsvRecord, columns: tuple[str, ...]) -> Finding:
    """What is wrong with a row of too few cells, and the first it lacks; or of too many."""
    found, wanted = len(record.cells), len(columns)
    column = columns[found] if found < wanted else None
    value = record.cells[wanted][:_SHOWN] if found > wanted else None
    reason = f"the row has {found} columns, not {wanted}"
    return Finding(REJECTION, record.line, column, value, reason)


def header_names(
    record: CsvRecord, needed: frozenset[str], renamed: Mapping[str, str] = AS_WRITTEN
) -> tuple[str, ...]:
    """The columns that a header names, in lower case; Invalid if one is missing or comes twice.

    `renamed` is what a lower-case name is called here.
    """
    columns = tuple(_renamed(cell, renamed) for cell in record.cells)
    missing = sorted(needed - set(columns))
    if missing:
        raise Invalid(f"line {record.line}: the header lacks {', '.join(missing)}")
    for place in repeats(columns):
        raise Invalid(
            f"line {record.line}, column {place + 1}: the header names a column twice,"
            f" {columns[place]!r}"
        )
    return columns


_SHOWN = 200


def _renamed(cell: str, renamed: Mapping[str, str]) -> str:
    name = cell.strip().lower()
    return renamed.get(name, name)


def _rows(
    records: Iterator[CsvRecord], header: Header, *, spare: bool = False
) -> Iterator[SourceRow | Finding]:
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
            yield row_of(record, columns)
        tags_may_follow = False
    if not columns:
        raise Invalid("the file is empty")


def _is_tag_row(cells: list[str]) -> bool:
    return any(cells) and all(cell.startswith("#") for cell in cells if cell)


def _is_spoilt(cell: str) -> bool:
    return "\ufffd" in cell or "\0" in cell
