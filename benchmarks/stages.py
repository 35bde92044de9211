"""Where the mapping process spends its time: its work done by itself, step by step."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from pickle import dumps
from tempfile import TemporaryDirectory
from time import process_time

from app.ingest.check import check_claim, checked_event
from app.ingest.files import open_file
from app.ingest.format import Context, Mapped, SourceRow
from app.ingest.lines import Lines
from app.ingest.prepare import Reading, mapped_text, read_batches
from app.ingest.registry import find_format
from app.record.fresh import FreshEvent, FreshRows
from app.record.statements import SourceFacts

ROWS = 5_000


@dataclass
class Stages:
    """Microseconds a row, by step."""

    microseconds: dict[str, float] = field(default_factory=dict)

    def note(self, name: str, began: float, rows: int) -> None:
        """A step that has just ended."""
        self.microseconds[name] = (process_time() - began) * 1e6 / rows


def measure_stages(name: str, file: Path) -> Stages:
    """Measure the first rows of a file."""
    format, context, stages = find_format(name), Context("measured"), Stages()
    with open_file(file) as opened:
        began = process_time()
        rows = list(islice(format.read(Lines(opened.text, 10**12)), ROWS))
    stages.note("reading lines and cells", began, len(rows))
    began = process_time()
    mapped = [format.map_row(row, context) for row in rows if isinstance(row, SourceRow)]
    stages.note("mapping", began, len(rows))
    began = process_time()
    for each in mapped:
        if isinstance(each, Mapped):
            checked_event(each.event)
            for claim in each.claims.values():
                check_claim(claim)
    stages.note("checking events and claims", began, len(rows))
    with TemporaryDirectory() as folder:
        began = process_time()
        reading = Reading(file, format, context, Path(folder) / "seen", 10**12, ROWS)
        batch = next(read_batches(reading))
        stages.note("ids, hashes and the rest of preparing", began, len(rows))
    before = ("reading lines and cells", "mapping", "checking events and claims")
    spent = stages.microseconds
    spent["ids, hashes and the rest of preparing"] -= sum(spent[each] for each in before)
    names = {
        each["actor"]: each["actor"] for row in batch.rows for each in row.event["participants"]
    }
    slugs = [row.claims for row in batch.rows]
    facts = {
        slug: SourceFacts("F", None, None)
        for claims in slugs
        for claim in claims.values()
        for slug in (claim["source"], claim["origin"])
        if slug
    }
    for driver in ("sqlite3", "asyncpg"):
        began = process_time()
        fresh = FreshRows(driver, None)
        for row in batch.rows:
            kept = {"event_id": row.id, "row": row.text, "mapped": mapped_text(row)}
            fresh.add(FreshEvent(row.id, row.event, row.claims, kept), names, facts)
        stages.note(f"rendering and packing for {driver}", began, len(rows))
        began = process_time()
        dumps(([(row.line, row.digest, row.text) for row in batch.rows], fresh.rows))
        stages.note(f"handing over for {driver}", began, len(rows))
    return stages
