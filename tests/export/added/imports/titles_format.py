"""An import format whose rows have an id, a day and a title."""

from collections.abc import Iterator

from app.ingest.reading.import_format import (
    DatasetFacts,
    FileContext,
    FileRow,
    ImportFormat,
    MappedEvent,
)
from app.ingest.reading.tables import read_csv_rows
from app.ingest.reading.text_lines import TextLines
from app.ingest.report import RowFinding
from app.ingest.row_parsing.record_builders import make_plain_event


def recognize(head: bytes) -> str | None:
    """Return why a file is of this format, if it is."""
    return "it begins with TITLES" if head.startswith(b"TITLES") else None


def read(lines: TextLines) -> Iterator[FileRow | RowFinding]:
    """Yield the rows under the header on the second line."""
    next(iter(lines))
    return read_csv_rows(lines, lambda record: (tuple(record.cells), True))


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Return the event of a row."""
    cells = row.cells
    event = make_plain_event(context, cells["id"], "visit", cells["title"], cells["day"])
    return MappedEvent(event=event, claims={}, actors=[], sources=[], warnings=[])


FORMAT = ImportFormat(
    "titles",
    "Titles",
    1,
    DatasetFacts("titles", "Titles", None, None, None, None),
    recognize,
    read,
    map_row,
)
