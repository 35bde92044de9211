"""Imports of purged records: neither the record nor its row is stored again."""

import pytest
from sqlalchemy import select

from app.db.database import Database
from app.maintenance.purge import find_purge_target, purge_record, purge_source_row
from app.models.claims import claims
from app.models.imports import source_rows
from app.values.ids import make_record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.rows import RAMI, row_of

EVENT = make_record_id("ucdp-ged", RAMI)


async def held(database: Database) -> list[str]:
    """Return the stored rows of the provider."""
    wanted = select(source_rows.c.row)
    return await database.read(lambda connection: list(connection.scalars(wanted)))


@pytest.mark.parametrize("changed", [{}, {"best": "7"}])
async def test_an_event_stays_purged(
    load: Import, read: Read, database: Database, changed: dict[str, str]
) -> None:
    await load([row_of()])
    target = await database.read(lambda connection: find_purge_target(connection, EVENT))
    await database.write(lambda write: purge_record(write, target))
    report = await load([row_of(**changed)])
    assert (report.rows.read, report.rows.unchanged, report.rows.created) == (1, 1, 0)
    assert [each.reason for each in report.warnings if each.column is None] == [
        "purged: it stays purged"
    ]
    assert await read(RAMI) is None
    assert await held(database) == []


@pytest.mark.parametrize("changed", [{}, {"best": "7", "high": "9"}])
async def test_a_claim_stays_purged(
    load: Import, read: Read, database: Database, changed: dict[str, str]
) -> None:
    await load([row_of()])
    before = (await read(RAMI))["items"]
    wanted = select(claims.c.id).order_by(claims.c.id).limit(1)
    id = await database.read(lambda connection: connection.scalars(wanted).one())
    target = await database.read(lambda connection: find_purge_target(connection, id))
    await database.write(lambda write: purge_record(write, target))
    await load([row_of(**changed)])
    after = await read(RAMI)
    assert len(after["items"]) == len(before) - 1
    assert await held(database) == ["{}"]
    if changed:
        assert after["fatalities"]["best"] == 7


async def test_a_row_stays_purged(load: Import, read: Read, database: Database) -> None:
    await load([row_of()])
    before = await read(RAMI)
    await database.write(lambda write: purge_source_row(write, EVENT))
    report = await load([row_of(best="7", high="9")])
    assert (report.rows.updated, await held(database)) == (1, ["{}"])
    assert len((await read(RAMI))["items"]) == len(before["items"])
