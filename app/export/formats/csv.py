"""CSV (RFC 4180): a header, then one row per event; columns as in `export/table_columns.py`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.export.event_struct import decode_lines
from app.export.table_columns import columns_of
from app.export.text_columns import NUMBERS, Column, text_columns
from app.export.writer import Look, Text, Writer, as_lines

BOM = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"[=+\-@\t\r]")
"""How a cell begins that a spreadsheet takes for a formula; numbers are none."""

_QUOTED = ',"\r\n'
"""What a cell has to be quoted for."""


@dataclass(frozen=True)
class CsvWriter(Writer):
    """Writes the columns of the fields that are shown; `names` are theirs."""

    names: Sequence[str] = ()

    @property
    def content_type(self) -> str:
        """The media type with its parameters."""
        return f"{self.media_type}; charset=utf-8; header=present"

    def looking(self, look: Look) -> Writer:
        """A writer of the columns that are wanted, with the header that names them."""
        names = columns_of(look.fields, look.extra)
        begin = (BOM if look.bom else b"") + _rows([[name] for name in names])
        return replace(self, look=look, begin=begin, names=names)

    def write(self, document: Text) -> bytes:
        """One row."""
        return self.chunk([document], started=True)

    def chunk(self, documents: Sequence[Text], started: bool) -> bytes:
        """One batch of rows."""
        return self.lines(as_lines(documents), started)

    def lines(self, lines: bytes, started: bool) -> bytes:
        """One batch of rows."""
        del started
        columns = text_columns(decode_lines(lines), self.look)
        if self.look.is_safe:
            shown = zip(self.names, columns, strict=True)
            columns = (each if name in NUMBERS else _neutral(each) for name, each in shown)
        return _rows(columns)


def _rows(columns: Iterable[Column]) -> bytes:
    cells = [_quoted(column) for column in columns]
    if len(cells) == 1:  # A line without anything would be none.
        cells = [[cell or '""' for cell in cells[0]]]
    return "".join([f"{row}\r\n" for row in map(",".join, zip(*cells, strict=True))]).encode()


def _quoted(column: Column) -> Column:
    """The cells, each in quotes that needs them; looked through all at once, as most do not."""
    together = "".join(column)
    if not any(character in together for character in _QUOTED):
        return column
    return [
        '"' + cell.replace('"', '""') + '"'
        if "," in cell or '"' in cell or "\n" in cell or "\r" in cell
        else cell
        for cell in column
    ]


def _neutral(column: Column) -> Column:
    return [f"'{cell}" if _FORMULA.match(cell) else cell for cell in column]


WRITER = CsvWriter(name="csv", media_type="text/csv").looking(Look())
