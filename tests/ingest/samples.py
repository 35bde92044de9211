"""Made-up samples, in the layouts of providers whose rows may not be passed on."""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from app.ingest.mapping.detection import find_format
from app.ingest.mapping.map_rows import MappedBatch
from app.ingest.reading.import_format import FileContext, FileRow, MappedEvent
from app.ingest.reading.text_lines import TextLines
from app.ingest.report import RowFinding
from tests.ingest.preparing import prepare
from tests.source import ROOT

DATA = ROOT / "tests" / "data"
SAMPLES = {
    "acled/sample.csv": 30,
    "acled/sample.json": 30,
    "acled/sample_2021.csv": 12,
    "acled/sample_2015.csv": 10,
    "polecat/sample.txt": 27,
    "icews/sample.tab": 27,
    "sipri/sample.csv": 24,
}
"""The number of rows in each file, from its NOTE.md; the folder names the format."""

MOST = 100_000_000
NOTHING: Mapping[str, str] = {}


def read_as(format: str, content: bytes) -> list[FileRow | RowFinding]:
    """Read a file with this content in a format."""
    return list(find_format(format).read(TextLines(BytesIO(content), MOST)))


@cache
def rows_in(sample: str) -> tuple[FileRow, ...]:
    """Return the rows of a sample."""
    found = read_as(sample.partition("/")[0], (DATA / sample).read_bytes())
    assert all(isinstance(row, FileRow) for row in found)
    return tuple(row for row in found if isinstance(row, FileRow))


def map_sample(sample: str, place: int, changed: Mapping[str, str] = NOTHING) -> MappedEvent:
    """Map a row of a sample, with some of its cells changed."""
    row, name = rows_in(sample)[place], sample.partition("/")[0]
    changed_row = FileRow(row.line, {**row.cells, **changed}, row.occurrence)
    mapped = find_format(name).map_row(changed_row, FileContext(name))
    assert isinstance(mapped, MappedEvent)
    return mapped


def batches(path: Path, format: str) -> list[MappedBatch]:
    """Return the batches of a file as the pipeline maps them."""
    return list(prepare(path, find_format(format), FileContext(format), MOST, 1000))


def findings_in(path: Path, format: str) -> list[tuple[int | None, str | None, str]]:
    """Return the findings in a file as (line, column, reason)."""
    found = [each for batch in batches(path, format) for each in batch.findings]
    return [(each.line, each.column, each.reason) for each in found]
