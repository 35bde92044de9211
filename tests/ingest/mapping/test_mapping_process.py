"""Rows rendered in a separate process: the stored bytes are the same."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.database import Database
from app.errors import Invalid, TooLarge
from app.ingest.import_options import ImportOptions
from app.ingest.run import run_import
from app.models.actors import actors
from app.models.events import event_documents
from app.record.document import decode_document
from tests.ingest.conftest import Import, Read, connect_to
from tests.ingest.contents import contents
from tests.ingest.rows import RAMI, UCDP, row_of

AHEAD: dict[str, Any] = {"process_from": 0}


@pytest.fixture
async def twin(twin_url: str) -> AsyncIterator[Database]:
    """Yield another database of the same kind."""
    opened = connect_to(twin_url)
    await opened.open()
    yield opened
    await opened.close()


async def test_what_is_rendered_ahead_is_what_is_saved(database: Database, twin: Database) -> None:
    file = UCDP / "ged_hdx_sample.csv"
    plain = await run_import(database, file, ImportOptions())
    ahead = await run_import(twin, file, ImportOptions(batch_rows=70, **AHEAD))
    assert ahead == plain
    expected, found = await database.read(contents), await twin.read(contents)
    for name, rows in expected.items():
        assert found[name] == rows, name


async def test_documents_tell_the_moment_of_their_rows(load: Import, database: Database) -> None:
    await load([row_of()], **AHEAD)
    stored = select(event_documents.c.document)
    document = decode_document(await database.read(lambda read: read.scalars(stored).one()))
    assert document["created_at"] == document["updated_at"]
    assert list(document)[-2:] == ["created_at", "updated_at"]


async def test_new_and_known_rows_come_mixed(load: Import, read: Read) -> None:
    await load([row_of()])
    rows = [row_of(best="5", high="7"), row_of("401115"), row_of("401115"), row_of("21300")]
    report = await load(rows, **AHEAD)
    shown = {name: count for name, count in report.rows.to_document().items() if count}
    assert shown == {"read": 4, "created": 2, "updated": 1, "rejected": 1}
    assert (await read(RAMI))["fatalities"]["best"] == 5
    assert (await read("21300"))["revision"] == 1
    again = await load(rows, **AHEAD)
    assert (again.rows.unchanged, again.rows.rejected) == (3, 1)


async def test_a_name_that_changed_since_is_the_one_that_is_stored(
    load: Import, database: Database, read: Read
) -> None:
    renamed = update(actors).where(actors.c.slug == "SYR").values(name="Syrian Arab Republic")
    await database.write(lambda write: write.connection.execute(renamed))
    await load([row_of()], **AHEAD)
    names = {each["actor"]: each["name"] for each in (await read(RAMI))["participants"]}
    assert names["SYR"] == "Syrian Arab Republic"


@pytest.mark.parametrize(
    ("content", "error"), [("a,b\n1,2\n", Invalid), ("x" * 5_000_000, TooLarge)]
)
async def test_an_error_of_the_process_is_told_here(
    database: Database, tmp_path: Path, content: str, error: type[Exception]
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(content)
    order = ImportOptions("ucdp-ged", most_bytes=1_000_000, **AHEAD)
    with pytest.raises(error):
        await run_import(database, path, order)
