"""A row that a release no longer has: told, removed when asked for, and back with its row."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.db.writing import Write
from app.errors import Invalid
from app.ingest.gone import EDITED, GONE, REMOVED, UNSURE
from app.ingest.report import Report
from app.ingest.run import ImportOrder, run_as
from app.models.changes import changes
from app.resources.events.schemas import EventCreate
from app.resources.events.service import delete_event, replace_event
from app.values.callers import OPERATOR
from app.values.ids import record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.mentions import MENTIONS, write_mentions
from tests.ingest.rows import RAMI, row_of

RELEASE = "GEDEvent_v23_1.csv"
OTHER, THIRD = "401115", "21300"
ID = record_id("ucdp-ged", OTHER)
CHANGES = select(func.count()).select_from(changes)

Scalar = Callable[[Any], Awaitable[Any]]
ALL = [row_of(), row_of(OTHER), row_of(THIRD)]


def gone(report: Report) -> list[tuple[str, str | None, str]]:
    return [(each.severity, each.value, each.reason) for each in report.warnings if not each.line]


async def test_what_is_gone_is_told(load: Import, read: Read) -> None:
    assert gone(await load(ALL, file_name=RELEASE)) == []
    report = await load(ALL[:1], file_name=RELEASE)
    assert sorted(gone(report)) == [("warning", THIRD, GONE), ("warning", OTHER, GONE)]
    assert report.rows.read == report.rows.unchanged == 1
    assert await read(OTHER) is not None


async def test_a_part_of_the_dataset_says_nothing_of_the_rest(load: Import) -> None:
    await load(ALL)
    for name in ("conflict_data_syr.csv", "GEDEvent_v24_0_3.csv"):
        assert gone(await load(ALL[:1], file_name=name)) == []


async def test_mirror_removes_and_the_row_brings_it_back(
    load: Import, read: Read, scalar: Scalar
) -> None:
    await load(ALL)
    report = await load(ALL[:1], mirror=True)
    assert sorted(gone(report)) == [("warning", THIRD, REMOVED), ("warning", OTHER, REMOVED)]
    assert await read(OTHER) is None
    assert gone(await load(ALL[:1], mirror=True)) == []
    back = await load(ALL)
    assert (back.rows.created, back.rows.unchanged) == (2, 1)
    event = await read(OTHER)
    assert event["revision"] == 3
    assert {each["revision"] for each in event["items"].values()} == {3}
    written = await scalar(CHANGES)
    assert (await load(ALL)).rows.unchanged == 3
    assert await scalar(CHANGES) == written


async def test_a_dry_run_of_a_mirror_only_tells(load: Import, read: Read) -> None:
    await load(ALL)
    report = await load(ALL[:1], mirror=True, dry_run=True)
    assert sorted(gone(report)) == [("warning", THIRD, GONE), ("warning", OTHER, GONE)]
    assert await read(OTHER) is not None


async def test_what_an_editor_worked_on_stays(database: Database, load: Import, read: Read) -> None:
    await load(ALL)

    def revise(document: dict[str, Any]) -> EventCreate:
        kept = {name: document[name] for name in EventCreate.model_fields if name in document}
        kept["participants"] = [
            {name: each[name] for name in ("actor", "for", "role")}
            for each in document["participants"]
        ]
        return EventCreate.model_validate({**kept, "title": "Checked"})

    await database.write(lambda write: replace_event(write, OPERATOR, ID, None, revise))
    report = await load(ALL[:1], mirror=True)
    assert sorted(gone(report)) == [("conflict", OTHER, EDITED), ("warning", THIRD, REMOVED)]
    assert (await read(OTHER))["title"] == "Checked"


async def test_what_a_person_deleted_after_it_came_back_stays_deleted(
    database: Database, load: Import, read: Read
) -> None:
    await load(ALL)
    await load(ALL[:1], mirror=True)
    await load(ALL)

    def delete(write: Write) -> None:
        delete_event(write, OPERATOR, ID, None)

    await database.write(delete)
    report = await load([row_of(), row_of(OTHER, best="900", high="900")])
    assert report.rows.unchanged == 2
    assert await read(OTHER) is None


async def test_nothing_is_removed_where_a_row_could_not_be_read(load: Import, read: Read) -> None:
    await load(ALL)
    report = await load([row_of(), row_of(OTHER, date_start="soon")], mirror=True)
    assert sorted(gone(report)) == [("warning", THIRD, UNSURE), ("warning", OTHER, UNSURE)]
    assert await read(OTHER) is not None


async def test_files_that_never_are_whole_are_not_mirrored(
    database: Database, tmp_path: Path
) -> None:
    path = write_mentions(tmp_path / "mentions.csv", [(RAMI, "a.test/1", "2013", 1, 1)])
    with pytest.raises(Invalid, match="cannot be mirrored"):
        await run_as(MENTIONS, database, path, ImportOrder(mirror=True))
