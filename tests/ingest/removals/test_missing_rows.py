"""Rows missing from a release: reported, removed on request, and restored with their row."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import Conflict, Invalid
from app.ingest.coverage import parse_period
from app.ingest.import_options import ImportOptions
from app.ingest.removals.missing_rows import (
    AWAITS_CONFIRMATION,
    EDITED_STAYS,
    RECORD_REMOVED,
    REJECTIONS_UNSURE,
    ROW_MISSING,
)
from app.ingest.report import ImportReport
from app.ingest.run import run_import_as
from app.models.changes import changes
from app.resources.events.schemas import EventCreate
from app.resources.events.service import delete_event, replace_event
from app.values.caller import OPERATOR
from app.values.ids import make_record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.mentions import MENTIONS, write_mentions
from tests.ingest.rows import RAMI, row_of

RELEASE = "GEDEvent_v23_1.csv"
OTHER, THIRD = "401115", "21300"
ID = make_record_id("ucdp-ged", OTHER)
CHANGES = select(func.count()).select_from(changes)

Scalar = Callable[[Any], Awaitable[Any]]
ALL = [row_of(), row_of(OTHER), row_of(THIRD)]


def gone(report: ImportReport) -> list[tuple[str, str | None, str]]:
    return [(each.severity, each.value, each.reason) for each in report.warnings if not each.line]


def removals(report: ImportReport) -> tuple[int, int, int | None] | None:
    found = report.removals
    return None if found is None else (found.found, found.removed, found.confirm)


def changed(event: dict[str, Any], **fields: Any) -> EventCreate:
    kept = {name: event[name] for name in EventCreate.model_fields if name in event}
    kept["participants"] = [
        {name: each[name] for name in ("actor", "for", "role")} for each in event["participants"]
    ]
    return EventCreate.model_validate({**kept, **fields})


@pytest.fixture
def edit(database: Database) -> Callable[..., Awaitable[None]]:
    """Edit an imported record by hand."""

    async def edit(external_id: str, **fields: Any) -> None:
        id = make_record_id("ucdp-ged", external_id)
        revise = partial(changed, **fields)
        await database.write(lambda write: replace_event(write, OPERATOR, id, None, revise))

    return edit


def many(number: int, **cells: str) -> list[dict[str, str]]:
    """Return that many rows, alike except for their ids."""
    return [row_of(**cells) | {"id": str(9_000_000 + each)} for each in range(number)]


async def test_what_is_gone_is_told(load: Import, read: Read) -> None:
    assert removals(await load(ALL, file_name=RELEASE)) == (0, 0, None)
    report = await load(ALL[:1], file_name=RELEASE)
    assert sorted(gone(report)) == [
        ("warning", THIRD, ROW_MISSING),
        ("warning", OTHER, ROW_MISSING),
    ]
    assert removals(report) == (2, 0, None)
    assert report.rows.read == report.rows.unchanged == 1
    assert await read(OTHER) is not None


async def test_a_part_of_the_dataset_says_nothing_of_the_rest(load: Import) -> None:
    await load(ALL)
    for name in ("rows.csv", "conflict_data_syr.csv", "GEDEvent_v24_0_3.csv", "GED231_few.csv"):
        assert gone(await load(ALL[:1], file_name=name)) == []


async def test_a_release_says_nothing_of_the_months_after_it(load: Import, read: Read) -> None:
    month = many(3, date_start="2025-03-01", date_end="2025-03-02", year="2025")
    month = [{**row, "id": f"7{row['id']}"} for row in month]
    over = row_of("21300", date_start="2025-02-27", date_end="2025-03-01")
    await load(many(30), file_name="GEDEvent_v25_1.csv")
    await load(month, file_name="GEDEvent_v25_0_3.csv")
    await load([over], file_name="GEDEvent_v25_0_2.csv")
    again = await load(many(29), mirror=True, file_name="GEDEvent_v25_1.csv")
    assert removals(again) == (1, 1, None)
    assert gone(again) == [("warning", "9000029", RECORD_REMOVED)]
    report = await load(month[:2], mirror=True, file_name="GEDEvent_v25_0_3.csv")
    assert gone(report) == [("warning", "79000002", RECORD_REMOVED)]
    assert await read("21300") is not None
    assert await read("9000000") is not None


async def test_the_days_and_countries_can_be_said(load: Import) -> None:
    await load([*many(3), row_of(OTHER), row_of(THIRD)])
    told = await load(many(2), coverage=parse_period("2013"), countries=frozenset({"SYR"}))
    assert gone(told) == [("warning", "9000002", ROW_MISSING)]
    assert (
        gone(await load(many(2), coverage=parse_period("2013"), countries=frozenset({"FRA"}))) == []
    )
    assert gone(await load(many(2), coverage=parse_period("2012"))) == []
    assert removals(await load(many(2), countries=frozenset({"SYR"}))) is None


async def test_mirror_removes_and_the_row_brings_it_back(
    load: Import, read: Read, scalar: Scalar
) -> None:
    await load(ALL)
    report = await load(ALL[:1], mirror=True, confirmed=2)
    assert sorted(gone(report)) == [
        ("warning", THIRD, RECORD_REMOVED),
        ("warning", OTHER, RECORD_REMOVED),
    ]
    assert removals(report) == (2, 2, None)
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


@pytest.mark.parametrize(("kept", "found"), [(9, (1, 1, None)), (8, (2, 0, 2))])
async def test_more_than_a_tenth_waits_for_its_confirmation(
    load: Import, kept: int, found: tuple[int, int, int | None]
) -> None:
    await load(many(10))
    dry = await load(many(kept), mirror=True, dry_run=True, file_name=RELEASE)
    assert removals(dry) == found
    assert {reason for _, _, reason in gone(dry)} == {ROW_MISSING}
    report = await load(many(kept), mirror=True, file_name=RELEASE)
    assert removals(report) == found
    assert {reason for _, _, reason in gone(report)} == {
        RECORD_REMOVED if found[1] else AWAITS_CONFIRMATION
    }


async def test_what_the_file_covers_has_to_be_known(load: Import, read: Read) -> None:
    await load(many(20))
    assert removals(await load(many(19), mirror=True)) == (1, 0, 1)
    with pytest.raises(Conflict, match="1 records are gone from this file, not the 2"):
        await load(many(19), mirror=True, confirmed=2)
    assert await read("9000019") is not None
    assert removals(await load(many(19), mirror=True, coverage=parse_period("2013"))) == (
        1,
        1,
        None,
    )


async def test_a_dry_run_of_a_mirror_only_tells(load: Import, read: Read) -> None:
    await load(ALL)
    report = await load(ALL[:1], mirror=True, dry_run=True)
    assert sorted(gone(report)) == [
        ("warning", THIRD, ROW_MISSING),
        ("warning", OTHER, ROW_MISSING),
    ]
    assert removals(report) == (2, 0, 2)
    assert await read(OTHER) is not None


async def test_what_an_editor_worked_on_stays(
    load: Import, edit: Callable[..., Awaitable[None]], read: Read
) -> None:
    await load(ALL)
    await edit(OTHER, title="Checked")
    report = await load(ALL[:1], mirror=True, confirmed=1)
    assert sorted(gone(report)) == [
        ("conflict", OTHER, EDITED_STAYS),
        ("warning", THIRD, RECORD_REMOVED),
    ]
    assert removals(report) == (1, 1, None)
    assert (await read(OTHER))["title"] == "Checked"


async def test_what_a_person_deleted_after_it_came_back_stays_deleted(
    database: Database, load: Import, read: Read
) -> None:
    await load(ALL)
    await load(ALL[:1], mirror=True, confirmed=2)
    await load(ALL)

    def delete(write: Transaction) -> None:
        delete_event(write, OPERATOR, ID, None)

    await database.write(delete)
    report = await load([row_of(), row_of(OTHER, best="900", high="900")])
    assert report.rows.unchanged == 2
    assert await read(OTHER) is None


async def test_nothing_is_removed_where_a_row_could_not_be_read(load: Import, read: Read) -> None:
    await load(ALL)
    rows = [*many(30), *ALL]
    await load(rows)
    bad = [*rows[:31], row_of(OTHER, date_start="soon")]
    report = await load(bad, mirror=True, file_name=RELEASE)
    assert removals(report) == (2, 0, 2)
    assert sorted(gone(report)) == [
        ("warning", THIRD, REJECTIONS_UNSURE),
        ("warning", OTHER, REJECTIONS_UNSURE),
    ]
    assert await read(OTHER) is not None


async def test_files_that_never_are_whole_are_not_mirrored(
    database: Database, tmp_path: Path
) -> None:
    path = write_mentions(tmp_path / "mentions.csv", [(RAMI, "a.test/1", "2013", 1, 1)])
    with pytest.raises(Invalid, match="cannot be mirrored"):
        await run_import_as(MENTIONS, database, path, ImportOptions(mirror=True))
