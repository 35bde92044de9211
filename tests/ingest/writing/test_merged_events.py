"""Imports of a merged event: it is revised behind its redirect."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.db.database import Database
from app.db.transaction import Transaction
from app.ingest.import_options import ImportOptions
from app.ingest.removals.missing_rows import MERGED_STAYS
from app.ingest.run import run_import_as
from app.models.changes import changes
from app.models.claims import claims
from app.record.links.event_merges import merge_events, unmerge_events
from app.record.load import load_events
from app.resources.events.service import delete_event
from app.values.caller import OPERATOR
from app.values.ids import make_record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.mentions import MENTIONS, write_mentions
from tests.ingest.rows import RAMI, row_of

OTHER = "11111"
WINNER, LOSER = make_record_id("ucdp-ged", OTHER), make_record_id("ucdp-ged", RAMI)
ARTICLE = '"Reuters News,2014-02-01,Dozens killed in Rami";"AFP,2014-02-03,Toll in Rami rises"'


async def merge(database: Database) -> None:
    """Merge one imported record into the other."""

    def work(write: Transaction) -> None:
        found = load_events(write.connection, [WINNER, LOSER])
        merge_events(write, found[WINNER], [found[LOSER]], write.make_id())

    await database.write(work)


async def unmerge(database: Database) -> None:
    """Undo the merge."""

    def work(write: Transaction) -> None:
        found = load_events(write.connection, [WINNER, LOSER], merged=True)
        unmerge_events(write, found[WINNER], [found[LOSER]])

    await database.write(work)


async def operations(database: Database, *ids: Any) -> list[tuple[str, int]]:
    """Return the changes of an event with their revisions."""
    of_event = select(changes.c.operation, changes.c.revision).where(changes.c.id.in_(ids))
    rows = await database.read(
        lambda connection: connection.execute(of_event.order_by(changes.c.position)).all()
    )
    return [(row.operation, row.revision) for row in rows]


async def test_a_new_row_takes_effect_behind_the_redirect(
    load: Import, read: Read, database: Database
) -> None:
    rows = [row_of(RAMI), {**row_of(RAMI), "id": OTHER}]
    await load(rows)
    before = await read(OTHER)
    await merge(database)
    report = await load(rows)
    assert (report.rows.unchanged, report.rows.read) == (2, 2)
    changed = {**row_of(RAMI), "best": "99", "high": "99", "source_article": ARTICLE}
    report = await load([changed, rows[1]])
    assert (report.rows.updated, report.rows.unchanged) == (1, 1)
    assert await read(RAMI) is None
    held = await database.read(
        lambda connection: connection.scalars(
            select(claims.c.source).where(claims.c.event_id == LOSER)
        ).all()
    )
    assert len(held) == 2, held
    winner = await read(OTHER)
    assert winner["fatalities"] == before["fatalities"]
    assert winner["claims"]["affirming"] == before["claims"]["affirming"] + 2
    await unmerge(database)
    back = await read(RAMI)
    assert (back["fatalities"]["best"], back["claims"]["affirming"]) == (99, 2)
    assert (await read(OTHER))["claims"] == before["claims"]
    assert await operations(database, LOSER) == [
        ("created", 1),
        ("merged", 2),
        ("updated", 3),
        ("unmerged", 4),
    ]
    assert back["revision"] == 4
    assert (await load([changed, rows[1]])).rows.unchanged == 2


async def test_an_export_of_the_winner_changes_nothing(
    load: Import, database: Database, tmp_path: Path
) -> None:
    await load([row_of(RAMI), {**row_of(RAMI), "id": OTHER}])
    await merge(database)
    found = await database.write(lambda write: load_events(write.connection, [WINNER]))
    document = found[WINNER].document
    items = [claim.document for claim in found[WINNER].claims]
    assert {claim["event"] for claim in items} == {str(WINNER), str(LOSER)}
    path = tmp_path / "events.ndjson"
    exported = {**document, "claims": {**document["claims"], "items": items}}
    path.write_bytes(orjson.dumps(exported) + b"\n")
    report = await load(path, dataset=None, format="annals")
    assert (report.rows.read, report.rows.unchanged) == (1, 1), report.rejections
    assert [each[0] for each in await operations(database, WINNER)].count("updated") == 1


async def test_a_row_whose_winner_was_deleted_stays_away(
    load: Import, read: Read, database: Database
) -> None:
    rows = [row_of(RAMI), {**row_of(RAMI), "id": OTHER}]
    await load(rows)
    await merge(database)
    await database.write(lambda write: delete_event(write, OPERATOR, WINNER, None))
    report = await load([{**row_of(RAMI), "best": "99", "high": "99"}])
    assert (report.rows.unchanged, report.warnings[0].reason) == (
        1,
        "deleted by an editor: it stays deleted",
    )
    assert await read(RAMI) is None


async def test_a_mention_of_it_is_read_through_its_winner(
    load: Import, read: Read, database: Database, tmp_path: Path
) -> None:
    await load([row_of(RAMI), {**row_of(RAMI), "id": OTHER}])
    before = await read(OTHER)
    await merge(database)
    path = write_mentions(tmp_path / "mentions.csv", [(RAMI, "a.test/1", "2013-01-05", 1, 40)])
    for counted in ("created", "unchanged"):
        report = await run_import_as(MENTIONS, database, path, ImportOptions())
        assert getattr(report.rows, counted) == 1
    winner = await read(OTHER)
    assert winner["claims"]["affirming"] == before["claims"]["affirming"] + 3
    assert await read(RAMI) is None


@pytest.mark.parametrize("mirror", [False, True])
async def test_that_its_row_is_gone_is_told_and_takes_nothing_away(
    load: Import, read: Read, database: Database, mirror: bool
) -> None:
    rows = [row_of(RAMI), {**row_of(RAMI), "id": OTHER}]
    await load(rows)
    before = await read(RAMI)
    await merge(database)
    release: dict[str, Any] = {"mirror": mirror, "file_name": "GEDEvent_v23_1.csv"}
    assert (await load(rows, **release)).warnings == []
    report = await load(rows[1:], **release)
    told = [(each.severity, each.value, each.reason) for each in report.warnings]
    assert told == [("warning", RAMI, MERGED_STAYS.format(WINNER))]
    await unmerge(database)
    assert (await read(RAMI))["claims"] == before["claims"]
    assert (await load(rows)).rows.unchanged == 2
