"""Limits on stored findings: those beyond them are counted."""

from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.errors import Invalid
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_findings import load_findings, store_findings
from app.ingest.jobs.job_store import JobJournal, create_job, find_job, load_job_document
from app.ingest.progress_steps import ImportObservers
from app.ingest.report import CONFLICT, REJECTION, WARNING, RowFinding
from app.ingest.row_parsing.seen_ids import SimilarRows
from app.ingest.run import run_import
from app.ingest.writing import ensure_named_records
from app.models.imports import import_findings
from app.values.caller import OPERATOR
from tests.ingest.conftest import Import
from tests.ingest.rows import UCDP, row_of, write_csv

ROADS = pytest.mark.parametrize("process_from", [0, 10**9])
Said = list[tuple[str, int | None]]


def said(*severities: str) -> list[RowFinding]:
    return [RowFinding(each, number, None, None, "r") for number, each in enumerate(severities, 1)]


async def kept_of(database: Database, most: int, *batches: list[RowFinding]) -> tuple[Said, Any]:
    id = await database.write(lambda write: create_job(write, ImportOptions(), "ucdp-ged", "it"))
    for batch in batches:
        await database.write(partial(store_findings, id=id, findings=batch, most=most))
    found = select(import_findings).order_by(import_findings.c.number)
    rows = await database.read(lambda read: read.execute(found).all())
    job = await database.read(lambda read: find_job(read, OPERATOR, id))
    return [(row.severity, row.line) for row in rows], job.not_kept


@pytest.mark.parametrize(
    ("most", "batches", "lines", "not_kept"),
    [
        (3, ["WCR"], [1, 2, 3], None),
        (3, ["WWWW"], [1, 2, 3], {"rejections": 0, "warnings": 1}),
        (3, ["WWWW", "RR"], [1, 1, 2], {"rejections": 0, "warnings": 3}),
        (3, ["WRWRRWR"], [2, 4, 5], {"rejections": 1, "warnings": 3}),
        (2, ["RR", "RW", "R"], [1, 2], {"rejections": 2, "warnings": 1}),
        (0, ["RW"], [], {"rejections": 1, "warnings": 1}),
    ],
)
async def test_so_many_are_kept_and_rejections_before_warnings(
    database: Database,
    most: int,
    batches: list[str],
    lines: list[int],
    not_kept: dict[str, int] | None,
) -> None:
    severities = {"R": REJECTION, "C": CONFLICT, "W": WARNING}
    found = [said(*(severities[letter] for letter in batch)) for batch in batches]
    kept, counted = await kept_of(database, most, *found)
    assert [line for _, line in kept] == lines
    assert counted == not_kept


async def test_what_is_kept_of_a_finding_is_short(database: Database) -> None:
    await kept_of(database, 1, [RowFinding(REJECTION, 1, "c" * 5000, "v" * 5000, "r" * 5000)])
    lengths = select(*(func.length(import_findings.c[name]) for name in ("column", "value")))
    assert tuple(await database.read(lambda read: read.execute(lengths).one())) == (200, 200)


async def ended_early(database: Database, file: Path, order: ImportOptions, seen: Path) -> Any:
    """Run a job whose file is not read to its end, and return its document."""
    id: UUID = await database.write(lambda write: create_job(write, order, "ucdp-ged", "it"))
    row = await database.read(lambda read: find_job(read, OPERATOR, id))
    journal = JobJournal(row, "it", seen, lambda: 0.0, order.kept_findings)
    with pytest.raises(Invalid, match="rows in a row were rejected"):
        await run_import(database, file, order, ImportObservers(journal=journal))
    return await database.read(lambda read: load_job_document(read, find_job(read, OPERATOR, id)))


@ROADS
@pytest.mark.parametrize("batch_rows", [4, 1000])
async def test_it_ends_after_so_many_rejections_in_a_row(
    database: Database, tmp_path: Path, process_from: int, batch_rows: int
) -> None:
    bad = [row_of(best="x")] * 9
    file = write_csv(tmp_path / "rows.csv", [*bad, row_of(), *bad, *bad])
    order = ImportOptions(
        process_from=process_from, batch_rows=batch_rows, most_rejected=10, kept_findings=12
    )
    document = await ended_early(database, file, order, tmp_path / "seen")
    assert document["rows"]["read"] == 20
    assert (document["rows"]["created"], document["rows"]["rejected"]) == (1, 19)
    assert len(document["rejections"]) == 12
    assert document["not_kept"] == {"rejections": 7, "warnings": 0}


async def test_the_reason_names_the_last_line(load: Import) -> None:
    with pytest.raises(Invalid, match=r"^3 rows in a row were rejected, the last on line 4: the"):
        await load([row_of(best="x")] * 4, most_rejected=3)


async def test_a_report_counts_what_it_does_not_hold(
    load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ingest.report.MOST_HELD_FINDINGS", 2)
    report = await load([row_of(best="x")] * 5)
    assert (len(report.rejections), report.found["rejections"]) == (2, 5)


async def test_who_was_forgotten_is_asked_for_anew(
    load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensure_named_records, "MOST_REMEMBERED_SLUGS", 3)
    report = await load(UCDP / "ged_hdx_sample.csv", batch_rows=50)
    assert report.rows.created == 300


async def test_lists_hold_what_was_kept(database: Database) -> None:
    await kept_of(database, 2, said(REJECTION, WARNING, REJECTION))
    id = await database.read(lambda read: read.scalar(select(import_findings.c.import_id)))
    assert id is not None
    found = [
        await database.read(partial(load_findings, id=id, name=name, limit=9))
        for name in ("rejections", "warnings")
    ]
    assert [[row.line for row in rows] for rows in found] == [[1, 3], []]


def test_alike_rows_are_numbered_as_they_differ() -> None:
    alike = SimilarRows()
    rows = [(b"k", b"1"), (b"k", b"2"), (b"k", b"1"), (b"other", b"1"), (b"k", b"3")]
    assert [alike.number(*row) for row in rows] == [1, 2, 1, 1, 3]
    alike.close()
