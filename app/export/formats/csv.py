"""CSV (RFC 4180): a header, then a row an event; what the columns mean is in `export/flat.py`."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

import orjson

from app.export.flat import COLUMNS, Cell, Document, columns_of, extra_cells, flat_row
from app.export.writer import Look, Text, Writer

BOM = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"[=+\-@\t\r]")
"""How a cell begins that a spreadsheet takes for a formula; numbers are none."""


@dataclass(frozen=True)
class CsvWriter(Writer):
    """Writes the columns of the fields that are shown; `places` are theirs among all, None all."""

    places: Sequence[int] | None = field(default=None)

    @property
    def content_type(self) -> str:
        """The media type with its parameters."""
        return f"{self.media_type}; charset=utf-8; header=present"

    def looking(self, look: Look) -> Writer:
        """A writer of the columns that are wanted, with the header that names them."""
        names = columns_of(look.fields, look.extra)
        places = None
        if look.fields is not None:
            places = [COLUMNS.index(name) for name in names if name in COLUMNS]
        begin = (BOM if look.bom else b"") + _text([names])
        return replace(self, look=look, begin=begin, places=places)

    def write(self, document: Text) -> bytes:
        """One row."""
        return self.chunk([document], started=True)

    def chunk(self, documents: Sequence[Text], started: bool) -> bytes:
        """One batch of rows."""
        del started
        return _text([self._row(orjson.loads(document)) for document in documents])

    def _row(self, event: Document) -> Sequence[Cell]:
        row: list[Cell] = flat_row(event)
        if self.places is not None:
            row = [row[place] for place in self.places]
        row += extra_cells(event, self.look.extra)
        return [_neutral(cell) for cell in row] if self.look.is_safe else row


def _text(rows: Sequence[Sequence[Any]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _neutral(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


WRITER = CsvWriter(name="csv", media_type="text/csv").looking(Look())
