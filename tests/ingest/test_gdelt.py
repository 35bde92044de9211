"""GDELT end to end: exports and mentions in any order, repeated, compressed, and in folders."""

import gzip
import shutil
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, select

from app.db.database import Database
from app.errors import Invalid
from app.ingest.import_options import ImportOptions
from app.ingest.report import RowCounts
from app.ingest.run import run_import
from app.models.actors import actors
from app.models.changes import changes
from app.models.claims import claims
from app.models.events import event_documents
from app.models.imports import claim_rows
from app.models.sources import sources
from app.record.document import decode_document
from tests.ingest.conftest import Import, Read, connect_to
from tests.ingest.gdelt_rows import (
    EXCERPT,
    EXPORT,
    HEADED,
    KOREA,
    PAIRED,
    POLICE,
    event_row,
    mention_row,
    text_of,
    write_rows,
)

Scalar = Callable[[Any], Awaitable[Any]]

EVENTS = select(func.count()).select_from(event_documents)
CLAIMS = select(func.count()).select_from(claims)
CHANGES = select(func.count()).select_from(changes)
WAITING = select(func.count()).where(claim_rows.c.is_waiting == 1)


def cells_in(path: Path) -> list[list[str]]:
    """Return the cells of a tab-separated file, read without the app's code."""
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line]


def counts(**of: int) -> dict[str, int]:
    return RowCounts().to_document() | of | {"read": sum(of.values())}


def present_mentions() -> tuple[int, int]:
    """Return the number of mentions of the export's events, and of their articles."""
    here = {cells[0] for cells in cells_in(EXPORT)}
    mentioned = [(cells[0], cells[5]) for cells in cells_in(PAIRED) if cells[0] in here]
    return len(mentioned), len(set(mentioned))


@pytest.fixture
async def other(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """Yield another database, always SQLite."""
    opened = connect_to(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'other.db')}")
    await opened.open()
    yield opened
    await opened.close()


async def everything(database: Database) -> Any:
    """Return all records by type and id, without times and numbers of writes."""
    tables = {"events": event_documents, "claims": claims, "actors": actors, "sources": sources}

    def work(connection: Connection) -> Any:
        return {noun: _records(connection, table) for noun, table in tables.items()}

    return await database.read(work)


def _records(connection: Connection, table: Table) -> dict[str, Any]:
    found = [decode_document(text) for text in connection.scalars(select(table.c.document))]
    told = {"revision", "created_at", "updated_at"}
    return {
        str(each.get("id", each.get("slug"))): {name: each[name] for name in each.keys() - told}
        for each in found
    }


async def test_an_export_and_its_mentions_once_and_once_more(load: Import, scalar: Scalar) -> None:
    rows, articles = present_mentions()
    assert (rows, len(cells_in(PAIRED))) == (750, 1983)
    exported = await load(EXPORT)
    assert exported.rows.to_document() == counts(created=720)
    assert exported.warnings == []
    mentioned = await load(PAIRED)
    # Of the mentioned articles, 720 are named in the export itself.
    assert mentioned.rows.to_document() == counts(
        waiting=1983 - rows, created=articles - 720, unchanged=rows - (articles - 720)
    )
    assert await scalar(EVENTS) == 720
    assert await scalar(CLAIMS) == articles
    assert await scalar(WAITING) == 1983 - rows
    written = await scalar(CHANGES)
    assert (await load(EXPORT)).rows.to_document() == counts(unchanged=720)
    assert (await load(PAIRED)).rows.to_document() == counts(unchanged=1983)
    assert await scalar(CHANGES) == written


async def test_the_order_of_the_files_does_not_matter(
    load: Import, database: Database, other: Database
) -> None:
    assert (await load(PAIRED)).rows.to_document() == counts(waiting=1983)
    assert (await load(EXPORT)).rows.to_document() == counts(created=720)
    for path in (EXPORT, PAIRED):
        await run_import(other, path, ImportOptions())
    mentions_first, export_first = await everything(database), await everything(other)
    assert len(mentions_first["events"]) == 720
    assert mentions_first == export_first


async def test_the_other_samples_are_in(load: Import, scalar: Scalar) -> None:
    first = await load(EXCERPT)
    assert first.rows.to_document() == counts(created=len(cells_in(EXCERPT)))
    assert Counter(each.column for each in first.warnings) == Counter(
        "EventCode" for cells in cells_in(EXCERPT) if cells[26] == "106"
    )
    assert (await load(KOREA)).rows.to_document() == counts(created=71)
    assert (await load(HEADED)).rows.to_document() == counts(waiting=300)
    assert await scalar(EVENTS) == len(cells_in(EXCERPT)) + 71


@pytest.mark.parametrize("name", ["x.gz", "20170101073000.translation.export.CSV.zip"])
async def test_packed_files_are_the_same(load: Import, tmp_path: Path, name: str) -> None:
    packed = tmp_path / name
    if name.endswith("gz"):
        packed.write_bytes(gzip.compress(KOREA.read_bytes()))
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(KOREA, name.removesuffix(".zip"))
    assert (await load(KOREA)).rows.to_document() == counts(created=71)
    assert (await load(packed)).rows.to_document() == counts(unchanged=71)


async def test_a_zip_of_several_files_is_read_by_name(load: Import, tmp_path: Path) -> None:
    packed = tmp_path / "day.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.export.CSV", "cut\tshort\n")
        archive.write(KOREA, "a.export.CSV")
    with pytest.raises(Invalid, match=r"b\.export\.CSV: line 1: 2 cells between tabs"):
        await load(packed)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.export.CSV", text_of(event_row(), event_row("613301015", Day="never")))
        archive.write(KOREA, "a.export.CSV")
    report = await load(packed, dataset="other")
    assert report.rows.to_document() == counts(created=71, rejected=2)
    assert [(each.line, each.column, each.reason) for each in report.rejections] == [
        (1, "GlobalEventID", "b.export.CSV: the same record is on line 1"),
        (2, "Day", "b.export.CSV: this is not a day of the calendar, such as 20170101"),
    ]


async def test_the_report_says_why_the_file_is_what_it_is(load: Import) -> None:
    assert (await load(KOREA)).reason == (
        "line 1 has the 61 columns of GDELT events 2.0, with dates in Day and DATEADDED"
    )
    assert (await load(KOREA, format="gdelt-events")).reason == "the format was named"


async def test_the_article_of_a_row_and_its_mentions_are_one_claim(
    load: Import, read: Read, tmp_path: Path
) -> None:
    address = event_row()["SOURCEURL"].replace("http://www.", "http://")
    rows = [
        mention_row(MentionIdentifier=address, SentenceID=sentence, Confidence=sure)
        for sentence, sure in (("1", "20"), ("2", "100"), ("3", "40"))
    ]
    rows.append(mention_row(MentionIdentifier="http://example.org/a", SentenceID="1"))
    await load(KOREA)
    before = await read(POLICE, "gdelt")
    report = await load(write_rows(tmp_path / "mentions", rows))
    after = await read(POLICE, "gdelt")
    assert report.rows.read == 4
    assert report.rows.waiting == report.rows.rejected == 0
    assert sorted(after["items"]) == ["http://example.org/a", address]
    assert after["revision"] == before["revision"] + 1
    assert after["verification"] == before["verification"] == "alleged"
