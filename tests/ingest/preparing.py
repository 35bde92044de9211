"""A whole file, read and mapped batch by batch as by an import."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.ingest.mapping.map_rows import MappedBatch, ReadingTask, read_batches
from app.ingest.reading.import_format import FileContext, ImportFormat


def prepare(
    path: Path, format: ImportFormat, context: FileContext, most_bytes: int, batch_rows: int
) -> Iterator[MappedBatch]:
    """Read and map a whole file; the last batch may be empty."""
    with tempfile.TemporaryDirectory() as folder:
        seen = Path(folder) / "seen"
        yield from read_batches(ReadingTask(path, format, context, seen, most_bytes, batch_rows))
