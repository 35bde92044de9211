"""The dataset of an import: created with its first row, with the release last imported."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.errors import AnnalsError
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_store import ImportStopped, JobJournal, create_job, finish_job
from app.ingest.progress_steps import ImportObservers
from app.ingest.reading.ucdp_file_names import is_release
from app.ingest.run import run_import
from app.models.actors import actors
from app.models.datasets import datasets
from app.models.imports import imports
from app.models.sources import sources
from app.resources.datasets.schemas import DatasetContent
from app.resources.datasets.service import change_dataset
from app.values.caller import OPERATOR
from tests.ingest.conftest import Import
from tests.ingest.rows import row_of, write_csv

Scalar = Callable[[Any], Awaitable[Any]]
OLD, NEW, MONTH = "GEDEvent_v23_1.csv", "GEDEvent_v24_1.csv", "GEDEvent_v24_0_3.csv"
ROADS = pytest.mark.parametrize("process_from", [0, 10**9])
NOUNS = [select(func.count()).select_from(table) for table in (datasets, actors, sources)]


async def made(scalar: Scalar) -> list[int]:
    return [await scalar(count) for count in NOUNS]


async def version(scalar: Scalar, slug: str = "ucdp-ged") -> str | None:
    document = await scalar(select(datasets.c.document).where(datasets.c.slug == slug))
    found: str | None = orjson.loads(document)["version"]
    return found


@ROADS
async def test_a_file_without_a_good_row_makes_nothing(
    load: Import, scalar: Scalar, process_from: int
) -> None:
    before = await made(scalar)
    report = await load([row_of(best="x")], file_name=OLD, process_from=process_from)
    assert (report.rows.read, report.rows.rejected) == (1, 1)
    assert await made(scalar) == before
    await load([row_of(), row_of("401115", best="x")], file_name=NEW, process_from=process_from)
    assert await version(scalar) == "24.1"


@ROADS
async def test_what_failed_halfway_is_of_no_release(
    load: Import, scalar: Scalar, tmp_path: Path, process_from: int
) -> None:
    file = write_csv(tmp_path / OLD, [row_of(), row_of("401115")])
    whole = file.stat().st_size
    with pytest.raises(AnnalsError, match="holds more than"):
        await load(file, batch_rows=1, most_bytes=whole - 10, process_from=process_from)
    assert await version(scalar) is None
    await load(file, process_from=process_from)
    assert await version(scalar) == "23.1"
    with pytest.raises(AnnalsError, match="holds more than"):
        await load(file, file_name=NEW, most_bytes=whole - 10, process_from=process_from)
    assert await version(scalar) == "23.1"


async def test_a_dry_run_makes_nothing(load: Import, scalar: Scalar) -> None:
    before = await made(scalar)
    assert (await load([row_of()], file_name=OLD, dry_run=True)).rows.created == 1
    assert await made(scalar) == before


async def test_a_whole_release_follows_another_and_no_extract_does(
    load: Import, scalar: Scalar
) -> None:
    await load([row_of()], file_name="ged231_sample1000.csv")
    assert await version(scalar) is None
    for name, told in ((OLD, "23.1"), (MONTH, "23.1"), (NEW, "24.1"), (OLD, "24.1")):
        await load([row_of()], file_name=name)
        assert await version(scalar) == told, name


async def test_what_an_editor_said_of_the_release_stays(
    load: Import, database: Database, scalar: Scalar
) -> None:
    await load([row_of()], file_name=OLD)

    def revise(document: dict[str, Any]) -> DatasetContent:
        fields = {name: document[name] for name in DatasetContent.model_fields}
        return DatasetContent.model_validate({**fields, "version": "23.1, checked"})

    await database.write(lambda write: change_dataset(write, OPERATOR, "ucdp-ged", None, revise))
    await load([row_of()], file_name=NEW)
    assert await version(scalar) == "23.1, checked"


async def test_a_job_that_was_cancelled_in_the_line_makes_nothing(
    database: Database, scalar: Scalar, tmp_path: Path
) -> None:
    before = await made(scalar)
    file = write_csv(tmp_path / OLD, [row_of()])
    order = ImportOptions("ucdp-ged")
    id = await database.write(lambda write: create_job(write, order, "ucdp-ged", "it"))
    await database.write(lambda write: finish_job(write, id, "cancelled"))
    row = await database.read(lambda read: read.execute(select(imports)).one())
    journal = JobJournal(row, "it", tmp_path / "seen", time.monotonic, 10)
    with pytest.raises(ImportStopped):
        await run_import(database, file, order, ImportObservers(journal=journal))
    assert await made(scalar) == before


async def test_rows_that_are_no_ones_make_nothing(
    load: Import, scalar: Scalar, tmp_path: Path
) -> None:
    event = {"dataset": "desk", "type": "meeting", "title": "A", "date": "2024"}
    id = "0190d3a8-0000-7000-8000-000000000001"
    taking = [{"actor": "somebody", "name": "Somebody", "for": None, "role": "host"}]

    async def bring(*lines: dict[str, Any], **order: Any) -> Any:
        file = tmp_path / "all.ndjson"
        content = b"\n".join(orjson.dumps(line) for line in lines)
        await asyncio.to_thread(file.write_bytes, content)
        return (await load(file, **order)).rows

    assert (await bring({"id": id, **event})).created == 1
    before = await made(scalar)
    stranger = {"id": id, **event, "dataset": "other", "participants": taking}
    assert (await bring({**event, "dataset": "third", "date": "soon"}, stranger)).rejected == 2
    assert await made(scalar) == before
    with pytest.raises(AnnalsError, match="2 rows in a row were rejected, the last on line 2"):
        await bring(*[stranger] * 2, batch_rows=1, most_rejected=2)
    good = {**event, "dataset": "other", "external_id": "1"}
    assert (await bring(stranger, good)).created == 1
    assert await made(scalar) == [before[0] + 1, *before[1:]]


@pytest.mark.parametrize(
    ("name", "is_whole"),
    [
        *((name, True) for name in (OLD, "ged231-csv.zip", "ged251-csv (1).zip", "GED241.CSV.gz")),
        *((name, False) for name in (MONTH, "ged231_sample1000.csv", "GEDEvent_v23_1_syria.csv")),
        *((name, False) for name in ("old GEDEvent_v23_1.csv", "GEDEvent_v24_01_24_03.csv")),
    ],
)
def test_the_name_of_a_whole_release_is_that_alone(name: str, is_whole: bool) -> None:
    assert is_release(name) is is_whole
