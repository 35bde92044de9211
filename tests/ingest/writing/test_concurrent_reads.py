"""Reads during an import: a read of an event waits for no batch."""

import asyncio
from collections import Counter
from pathlib import Path

from sqlalchemy import bindparam, select

from app.db.database import Database
from app.db.statements import Statement
from app.db.types import RecordId
from app.ingest.import_options import ImportOptions
from app.ingest.progress_steps import ImportObservers, ProgressStep
from app.ingest.run import run_import
from app.models.events import event_documents
from app.values.ids import make_record_id
from tests.ingest.conftest import Import
from tests.ingest.rows import RAMI, UCDP, row_of

BY_ID = Statement(
    select(event_documents.c.document).where(
        event_documents.c.id == bindparam("id", type_=RecordId, required=True)
    )
)


async def test_reads_go_on_beside_an_import(load: Import, database: Database) -> None:
    await load([row_of()])
    id = make_record_id("ucdp-ged", RAMI)
    file: Path = UCDP / "ged231_sample1000.csv"
    steps: list[ProgressStep] = []

    async def tell(step: ProgressStep) -> None:
        steps.append(step)

    importing = asyncio.create_task(
        run_import(
            database, file, ImportOptions(dataset="other", batch_rows=250), ImportObservers(tell)
        )
    )
    reads: Counter[int] = Counter()
    while not importing.done():
        assert await database.fetch(BY_ID, {"id": id})
        reads[len(steps)] += 1
        await asyncio.wait([importing], timeout=0.005)
    assert (await importing).rows.created == 1000
    assert len(steps) >= 4
    # A read that waited for a batch would be the only one during it.
    assert sum(count > 2 for count in reads.values()) >= 3, reads
