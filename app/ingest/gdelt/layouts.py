"""Layouts of GDELT's files, identified by the number of columns, or by an added header."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.errors import Invalid
from app.ingest.gdelt.gdelt_timestamps import is_gdelt_day, is_gdelt_timestamp
from app.ingest.reading.import_format import FileRow
from app.ingest.reading.tables import read_csv_rows, read_header_names, read_tab_rows
from app.ingest.reading.text_lines import CsvRecord, TextLines
from app.ingest.report import RowFinding

SNIFFED_LINES = 5
"""Lines of which one must show the kind of the file."""

_ID = "globaleventid"


@dataclass(frozen=True)
class GdeltLayout:
    """The columns of one version; `moments` are those in the notation 20170101073000."""

    version: str
    columns: tuple[str, ...]
    days: tuple[str, ...]
    moments: tuple[str, ...] = ()

    def find_misfit(self, cells: Sequence[str]) -> str | None:
        """Return a column whose cell shows that a row of the same width has another layout."""
        named = dict(zip(self.columns, cells, strict=True))
        wrong = (column for column in self.days if not is_gdelt_day(named[column]))
        wrong_too = (column for column in self.moments if not is_gdelt_timestamp(named[column]))
        return next(wrong, None) or next(wrong_too, None)


@dataclass(frozen=True)
class GdeltTable:
    """A kind of file with its layouts, the longest first; `renamed` are names in added headers."""

    what: str
    layouts: tuple[GdeltLayout, ...]
    needed: frozenset[str]
    renamed: Mapping[str, str]

    def recognize(self, lines: Sequence[str]) -> str | None:
        """Return the reason if a file that begins with these lines is of this kind."""
        header = _split_names(lines[0]) if lines else []
        if _ID in header:
            named = {self.renamed.get(name) for name in header}
            return f"line 1 names the columns of {self.what}" if self.needed <= named else None
        for number, line in enumerate(lines[:SNIFFED_LINES], 1):
            cells = line.rstrip("\r\n").split("\t")
            layout = self._choose_layout(cells)
            if layout and cells[0].isdecimal() and not layout.find_misfit(cells):
                dates = " and ".join((*layout.days, *layout.moments))
                return (
                    f"line {number} has the {len(cells)} columns of {self.what} {layout.version},"
                    f" with dates in {dates}"
                )
        return None

    def read(self, lines: TextLines) -> Iterator[FileRow | RowFinding]:
        """Yield the rows, with tabs, or commas under a header, between cells."""
        first = lines.peek()
        is_listed = first.lower().startswith(_ID.encode() + b",")
        return (read_csv_rows if is_listed else read_tab_rows)(lines, self._choose_columns)

    def _choose_columns(self, record: CsvRecord) -> tuple[tuple[str, ...], bool]:
        if record.cells and record.cells[0].strip().lower() == _ID:
            return read_header_names(record, self.needed, self.renamed), True
        layout = self._choose_layout(record.cells)
        if layout is None:
            counts = ", ".join(
                f"{len(layout.columns)} ({layout.version})" for layout in self.layouts
            )
            raise Invalid(
                f"line {record.line}: {len(record.cells)} cells between tabs;"
                f" {self.what} have {counts}"
            )
        # A row cut short must not pass for one of a shorter layout.
        if layout is not self.layouts[0] and (column := layout.find_misfit(record.cells)):
            raise Invalid(
                f"line {record.line}, {column}: as many cells as {self.what} {layout.version} have,"
                f" but no date where that has one"
            )
        return layout.columns, False

    def _choose_layout(self, cells: Sequence[str]) -> GdeltLayout | None:
        return next((layout for layout in self.layouts if len(layout.columns) == len(cells)), None)


def read_first_lines(head: bytes) -> list[str]:
    """Return the first lines of a file that are not blank."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    return [line for line in text.split("\n") if line.strip()][:SNIFFED_LINES]


def map_column_names(columns: Sequence[str], **older: str) -> dict[str, str]:
    """Return the columns by their names in lower case, and by older names."""
    return {column.lower(): column for column in columns} | older


def _split_names(line: str) -> list[str]:
    separator = "\t" if "\t" in line else ","
    return [name.strip().strip('"').lower() for name in line.split(separator)]
