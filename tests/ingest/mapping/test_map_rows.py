"""Limits of a batch by rows and by text: long rows take no more memory than short ones."""

from pathlib import Path

from app.ingest.mapping.detection import find_format
from app.ingest.mapping.map_rows import BATCH_CHARACTERS
from app.ingest.reading.import_format import FileContext
from tests.ingest.preparing import prepare
from tests.ingest.rows import row_of, write_csv

LONG = BATCH_CHARACTERS // 12


def sizes(file: Path, batch_rows: int) -> list[int]:
    batches = prepare(file, find_format("ucdp-ged"), FileContext("sizes"), 10_000_000, batch_rows)
    return [batch.size for batch in batches]


def test_a_batch_ends_when_its_text_is_long_enough(tmp_path: Path) -> None:
    rows = [row_of(id=str(id), source_article="x" * LONG) for id in range(1, 15)]
    assert sizes(write_csv(tmp_path / "long.csv", rows), 1000) == [12, 2]


def test_a_batch_ends_after_so_many_rows(tmp_path: Path) -> None:
    rows = [row_of(id=str(id)) for id in range(1, 7)]
    assert sizes(write_csv(tmp_path / "short.csv", rows), 4) == [4, 2]
