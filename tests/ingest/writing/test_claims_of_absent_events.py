"""Mentions of events that were purged, merged away, deleted or removed by a mirror."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.ingest.import_options import ImportOptions
from app.ingest.removals.missing_rows import EDITED_STAYS
from app.ingest.report import ImportReport
from app.ingest.run import run_import_as
from app.maintenance.check.run_check import check_records
from app.maintenance.purge import find_purge_target, purge_record
from app.models.claims import claims
from app.models.imports import claim_rows, import_findings
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.service import create_actor, merge_actor
from app.resources.claims.service import delete_claim
from app.resources.events.service import delete_event, restore_event
from app.resources.merges.schemas import MergeCreate
from app.resources.merges.service import merge_duplicates, undo_merge
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source, merge_source
from app.values.caller import OPERATOR
from app.values.ids import make_claim_id, make_record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.mentions import MENTIONS, write_mentions
from tests.ingest.rows import RAMI, row_of

OTHER = "401115"
EVENT, WINNER = make_record_id("ucdp-ged", RAMI), make_record_id("ucdp-ged", OTHER)
FIRST = (RAMI, "a.test/1", "2013-01-05", 1, 40)
AGAIN = (RAMI, "a.test/1", "2013-01-04", 7, 20)
SECOND = (RAMI, "b.test/2", "2013-01-06", 1, 100)
ELSEWHERE = (OTHER, "c.test/3", "2013-01-07", 1, 50)
ROWS = [row_of(), row_of(OTHER)]

Mention = Callable[..., Awaitable[dict[str, int]]]
Rows = Callable[[], Awaitable[list[tuple[UUID, int]]]]


@pytest.fixture
def mention(database: Database, tmp_path: Path) -> Mention:
    """Import rows that mention events; return counts, and the number of warnings by reason."""

    async def mention(*rows: tuple[Any, ...]) -> dict[str, int]:
        path = write_mentions(tmp_path / "mentions.csv", list(rows))
        report: ImportReport = await run_import_as(MENTIONS, database, path, ImportOptions())
        counts = {name: count for name, count in report.rows.to_document().items() if count}
        assert counts.pop("read") == sum(counts.values()) == len(rows)
        for each in report.warnings:
            counts[each.reason] = counts.get(each.reason, 0) + 1
        assert await sound(database) == []
        return counts

    return mention


async def sound(database: Database) -> list[str]:
    """Return the findings of a check."""
    return await database.read(
        lambda connection: [str(each) for each in check_records(connection, lambda one, all: None)]
    )


@pytest.fixture
def kept(database: Database) -> Rows:
    """Return the stored rows of mentions: the claim of each, and its waiting flag."""

    async def kept() -> list[tuple[UUID, int]]:
        wanted = select(claim_rows.c.claim_id, claim_rows.c.is_waiting)
        rows = await database.read(lambda connection: connection.execute(wanted).all())
        return [(row.claim_id, row.is_waiting) for row in rows]

    return kept


async def remove(database: Database, id: UUID) -> None:
    """Purge a record."""
    target = await database.read(lambda connection: find_purge_target(connection, id))
    await database.write(lambda write: purge_record(write, target))


async def merge(database: Database) -> UUID:
    """Merge the event into the other and return the merge's id."""
    body = MergeCreate(winner=WINNER, losers=[EVENT])
    made = await database.write(lambda write: merge_duplicates(write, OPERATOR, body, None))
    return made.id


async def test_a_purged_claim_is_not_mentioned_again(
    load: Import, read: Read, mention: Mention, kept: Rows, database: Database
) -> None:
    await load(ROWS)
    assert await mention(FIRST, SECOND) == {"created": 2}
    await remove(database, make_claim_id(EVENT, "a.test/1"))
    rows = [(make_claim_id(EVENT, "b.test/2"), 0)]
    assert await kept() == rows
    assert await mention(FIRST, AGAIN, SECOND) == {"unchanged": 3, "purged: it stays purged": 2}
    assert await kept() == rows
    assert "a.test/1" not in (await read(RAMI))["items"]


async def test_no_mention_waits_for_a_purged_event(
    load: Import, mention: Mention, kept: Rows, database: Database
) -> None:
    await load(ROWS)
    await mention(FIRST)
    await remove(database, EVENT)
    assert await mention(FIRST, SECOND) == {"unchanged": 2, "purged: it stays purged": 2}
    assert await kept() == []
    quoted = select(func.count()).where(import_findings.c.value.is_not(None))
    assert await database.read(lambda connection: connection.scalar(quoted)) == 0


async def test_a_mention_attaches_behind_the_redirect(
    load: Import, read: Read, mention: Mention, kept: Rows, database: Database
) -> None:
    await load(ROWS)
    await mention(FIRST)
    before = await read(OTHER)
    merged = await merge(database)
    assert await mention(AGAIN, SECOND, ELSEWHERE) == {"created": 2, "updated": 1}
    assert not any(is_waiting for _, is_waiting in await kept())
    winner = await read(OTHER)
    assert winner["claims"]["affirming"] > before["claims"]["affirming"]
    assert winner["revision"] == before["revision"] + 2
    held = select(claims.c.external_id).where(claims.c.event_id == EVENT)
    names = await database.read(lambda connection: set(connection.scalars(held)))
    assert {"a.test/1", "b.test/2"} <= names
    assert await mention(AGAIN, SECOND, ELSEWHERE) == {"unchanged": 3}
    await database.write(lambda write: undo_merge(write, OPERATOR, merged, None))
    assert (await read(RAMI))["items"]["a.test/1"]["made_on"] == "2013-01-04"
    assert (await read(OTHER))["claims"]["affirming"] == before["claims"]["affirming"] + 1
    assert await sound(database) == []


async def test_a_mention_of_a_deleted_event_waits_until_it_is_back(
    load: Import, mention: Mention, kept: Rows, database: Database
) -> None:
    await load(ROWS)
    await mention(FIRST)
    await database.write(lambda write: delete_event(write, OPERATOR, EVENT, None))
    assert await mention(FIRST, SECOND) == {"unchanged": 1, "waiting": 1}
    await database.write(lambda write: restore_event(write, OPERATOR, EVENT))
    await merge(database)
    assert await mention(FIRST, ELSEWHERE) == {"unchanged": 1, "created": 1}
    assert not any(is_waiting for _, is_waiting in await kept())
    await database.write(lambda write: delete_event(write, OPERATOR, WINNER, None))
    third = (RAMI, "d.test/4", "2013-01-06", 1, 1)
    assert await mention(third) == {"waiting": 1}


async def test_a_mention_of_a_mirrored_event_comes_back_with_it(
    load: Import, read: Read, mention: Mention, kept: Rows
) -> None:
    await load(ROWS)
    await load(ROWS[1:], mirror=True, confirmed=1)
    assert await mention(FIRST) == {"waiting": 1}
    assert (await load(ROWS)).rows.created == 1
    assert await kept() == [(make_claim_id(EVENT, "a.test/1"), 0)]
    assert "a.test/1" in (await read(RAMI))["items"]


async def test_a_mirror_leaves_what_others_were_merged_into(
    load: Import, read: Read, database: Database
) -> None:
    await load(ROWS)
    ids = [UUID(claim["id"]) for claim in (await read(RAMI))["items"].values()]

    def delete_claims(write: Transaction) -> None:
        for id in ids:
            delete_claim(write, OPERATOR, id, None)

    await database.write(delete_claims)
    await merge(database)
    report = await load(ROWS[:1], mirror=True)
    assert [each.reason for each in report.warnings if each.value == OTHER] == [EDITED_STAYS]
    assert await read(OTHER) is not None
    assert await sound(database) == []


async def test_behind_the_redirect_an_actor_is_who_it_is_now(
    load: Import, read: Read, database: Database
) -> None:
    await load(ROWS)
    before = (await read(RAMI))["participants"]
    former = next(each["actor"] for each in before if not each["actor"].isupper())
    merged = await merge(database)

    def rename(write: Transaction) -> None:
        create_actor(write, OPERATOR, ActorCreate(slug="heir", kind="armed-group", name="Heir"))
        merge_actor(write, OPERATOR, former, "heir")

    await database.write(rename)
    report = await load([row_of(best="7", high="9")])
    assert (report.rows.updated, report.rows.conflicted) == (1, 0)
    assert await sound(database) == []
    await database.write(lambda write: undo_merge(write, OPERATOR, merged, None))
    back = await read(RAMI)
    assert back["fatalities"]["best"] == 7
    assert {"heir"} == {each["actor"] for each in back["participants"]} - {
        each["actor"] for each in before
    }
    assert await sound(database) == []


async def test_a_mentioned_source_is_merged_and_mentioned_again(
    load: Import, read: Read, mention: Mention, database: Database
) -> None:
    await load(ROWS)
    waiting = ("21300", "a.test/9", "2013-01-07", 1, 50)
    await mention(FIRST, waiting)
    source = (await read(RAMI))["items"]["a.test/1"]["source"]

    def work(write: Transaction) -> None:
        paper = SourceCreate(slug="paper", kind="newspaper", name="Paper", reliability="B")
        create_source(write, OPERATOR, paper)
        merge_source(write, OPERATOR, source, "paper")

    await database.write(work)
    assert (await read(RAMI))["items"]["a.test/1"]["source"] == "paper"
    assert await mention(FIRST) == {"unchanged": 1}
    assert await mention(AGAIN, SECOND) == {"created": 1, "updated": 1}
    await load([row_of("21300")])
    told = (await read(RAMI))["items"], (await read("21300"))["items"]
    assert [each["source"] for items in told for key, each in items.items() if key[0] == "a"] == [
        "paper"
    ] * 2
    assert await sound(database) == []
