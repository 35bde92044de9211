"""The time of the mapping process by step, with its work done in this process."""

import gc
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from pickle import HIGHEST_PROTOCOL, dumps
from tempfile import TemporaryDirectory
from time import process_time

from app.ingest.mapping.detection import find_format
from app.ingest.mapping.map_rows import MappedBatch, ReadingTask, encode_mapping, read_batches
from app.ingest.mapping.mapping_process import list_batch_slugs
from app.ingest.reading.import_format import FileContext, FileRow, MappedEvent
from app.ingest.reading.source_files import open_file
from app.ingest.reading.text_lines import TextLines
from app.ingest.row_parsing.validation import validate_claim, validate_event
from app.models.imports import source_rows
from app.record.bulk_save import NewEvent, NewEventRows
from app.record.event_rows import SaveContext
from app.record.verification import SourceProfile
from app.values.row_encoding import pack_rows

ROWS = 5_000
REST = "ids, hashes and the rest of preparing"


@dataclass
class Stages:
    """Microseconds per row, by step."""

    microseconds: dict[str, float] = field(default_factory=dict)

    def note(self, name: str, began: float, rows: int) -> None:
        """Record the end of a step."""
        self.microseconds[name] = (process_time() - began) * 1e6 / rows


def measure_stages(name: str, file: Path) -> Stages:
    """Measure the first rows of a file, with as few garbage collections as the process has."""
    gc.disable()
    try:
        return _measure(name, file)
    finally:
        gc.enable()


def _measure(name: str, file: Path) -> Stages:
    stages = Stages()
    # Once before it counts: what is remembered is made in the first rows.
    _measure_mapping(name, file, Stages())
    _measure_mapping(name, file, stages)
    with TemporaryDirectory() as folder:
        began = process_time()
        context, seen = FileContext("measured"), Path(folder) / "seen"
        reading = ReadingTask(file, find_format(name), context, seen, 10**12, ROWS)
        batch = next(read_batches(reading))
        before = sum(stages.microseconds.values())
        stages.note(REST, began, batch.size)
    stages.microseconds[REST] -= before
    for driver in ("sqlite3", "asyncpg"):
        _measure_rendering(batch, driver, stages)
    return stages


def _measure_mapping(name: str, file: Path, stages: Stages) -> None:
    format, context = find_format(name), FileContext("measured")
    with open_file(file) as opened:
        began = process_time()
        rows = list(islice(format.read(TextLines(opened.text, 10**12)), ROWS))
    stages.note("reading lines and cells", began, len(rows))
    began = process_time()
    mapped = [format.map_row(row, context) for row in rows if isinstance(row, FileRow)]
    stages.note("mapping", began, len(rows))
    events = [each for each in mapped if isinstance(each, MappedEvent)]
    began = process_time()
    for each in events:
        validate_event(each.event)
        for claim in each.claims.values():
            validate_claim(claim)
    stages.note("checking events and claims", began, len(rows))


def _measure_rendering(batch: MappedBatch, driver: str, stages: Stages) -> None:
    actors, sources = list_batch_slugs(batch)
    names = {slug: slug for slug in actors}
    facts = {slug: SourceProfile("F", None, None) for slug in sources}
    began = process_time()
    fresh = NewEventRows(driver, None)
    context = SaveContext(names, facts)
    shared = dict.fromkeys((column.name for column in source_rows.columns), None)
    for row in batch.rows:
        source_row = {**shared, "row": row.text, "mapped": encode_mapping(row)}
        fresh.add(NewEvent(row.id, row.event, row.claims, source_row), context)
    stages.note(f"rendering and packing for {driver}", began, batch.size)
    began = process_time()
    prepared = pack_rows([(row.line, row.digest, row.text) for row in batch.rows])
    dumps((fresh.pack_tables(), prepared), HIGHEST_PROTOCOL)
    stages.note(f"handing over for {driver}", began, batch.size)
