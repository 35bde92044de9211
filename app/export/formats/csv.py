"""CSV (RFC 4180): a header, then one row per event; columns as in `export/table_columns.py`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from app.export.event_struct import decode_events
from app.export.table_columns import list_columns
from app.export.text_columns import NUMBER_COLUMNS, TextColumn, make_text_columns
from app.export.writer import JsonText, RenderOptions, Writer, join_lines

BOM = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"[=+\-@\t\r]")
"""The beginning of a cell that a spreadsheet would read as a formula; numbers are safe."""

_QUOTE_TRIGGERS = ',"\r\n'
"""Characters that require quotes."""


@dataclass(frozen=True)
class CsvWriter(Writer):
    """A writer of the columns of selected fields; `names` are the columns."""

    rank: ClassVar[int] = 1

    names: Sequence[str] = ()

    @property
    def content_type(self) -> str:
        """The media type with its parameters."""
        return f"{self.media_type}; charset=utf-8; header=present"

    def with_options(self, options: RenderOptions) -> Writer:
        """Return a writer of the wanted columns, with their header."""
        names = list_columns(options.fields, options.extra)
        begin = (BOM if options.bom else b"") + _write_rows([[name] for name in names])
        return replace(self, options=options, begin=begin, names=names)

    def write(self, document: JsonText) -> bytes:
        """Write one row."""
        return self.write_batch([document], started=True)

    def write_batch(self, documents: Sequence[JsonText], started: bool) -> bytes:
        """Write one batch of rows."""
        return self.write_lines(join_lines(documents), started)

    def write_lines(self, lines: bytes, started: bool) -> bytes:
        """Write one batch of rows."""
        del started
        columns = make_text_columns(decode_events(lines), self.options)
        if self.options.is_safe:
            shown = zip(self.names, columns, strict=True)
            columns = (
                column if name in NUMBER_COLUMNS else _escape_formulas(column)
                for name, column in shown
            )
        return _write_rows(columns)


def _write_rows(columns: Iterable[TextColumn]) -> bytes:
    cells = [_quote_cells(column) for column in columns]
    if len(cells) == 1:  # A line without anything would be none.
        cells = [[cell or '""' for cell in cells[0]]]
    return "".join([f"{row}\r\n" for row in map(",".join, zip(*cells, strict=True))]).encode()


def _quote_cells(column: TextColumn) -> TextColumn:
    """Return the cells with quotes where needed, checked all at once, as few need any."""
    together = "".join(column)
    if not any(character in together for character in _QUOTE_TRIGGERS):
        return column
    return [
        '"' + cell.replace('"', '""') + '"'
        if "," in cell or '"' in cell or "\n" in cell or "\r" in cell
        else cell
        for cell in column
    ]


def _escape_formulas(column: TextColumn) -> TextColumn:
    return [f"'{cell}" if _FORMULA.match(cell) else cell for cell in column]


WRITER = CsvWriter(
    name="csv",
    media_type="text/csv",
    reference={
        "schema": {"type": "string", "description": "A header, then a row an item (RFC 4180)."},
        "example": "id,title\r\n01902f4e-0000-7000-8000-000000000001,Putin visits Pyongyang\r\n",
    },
).with_options(RenderOptions())
