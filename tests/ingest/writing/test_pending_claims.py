"""Rows that refer to other rows' events: they wait, attach, fold, and never double."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import Conflict
from app.ingest.import_options import ImportOptions
from app.ingest.report import ImportReport
from app.ingest.run import run_import_as
from app.models.changes import changes
from app.models.claims import claims
from app.models.imports import claim_rows
from app.record.load import load_events
from app.record.save import ClaimChange, EventChange, save_events
from app.resources.sources.service import delete_source
from app.values.caller import OPERATOR
from app.values.ids import make_record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.mentions import MENTIONS, write_mentions
from tests.ingest.rows import RAMI, row_of

Scalar = Callable[[Any], Awaitable[Any]]

OTHER = "401115"
WAITING = select(func.count()).where(claim_rows.c.is_waiting == 1)
CLAIMS = select(func.count()).select_from(claims)
FIRST = (RAMI, "a.test/1", "2013-01-05", 1, 40)
SECOND = (RAMI, "a.test/1", "2013-01-04", 7, 20)
THIRD = (RAMI, "b.test/2", "2013-01-06", 1, 100)
ELSEWHERE = (OTHER, "a.test/1", "2013-01-05", 1, 50)
ROWS: list[tuple[Any, ...]] = [FIRST, SECOND, THIRD, ELSEWHERE]


class Mention(Protocol):
    """An import of rows of (event, article, made_on, sentence, confidence)."""

    async def __call__(self, *rows: tuple[Any, ...], **order: Any) -> ImportReport:
        """Return the report."""


@pytest.fixture
def mention(database: Database, tmp_path: Path) -> Mention:
    async def mention(*rows: tuple[Any, ...], **order: Any) -> ImportReport:
        path = write_mentions(tmp_path / "mentions.csv", list(rows))
        return await run_import_as(MENTIONS, database, path, ImportOptions(**order))

    return mention


def shown(report: ImportReport) -> dict[str, int]:
    return {name: count for name, count in report.rows.to_document().items() if count}


def essence(event: Any) -> Any:
    """Return an event with its claims, without ids and times of writing."""
    items = {
        key: (each["made_on"], each["paraphrase"], each["source"])
        for key, each in event["items"].items()
    }
    return event["title"], event["claims"], event["verification"], items


async def test_mentions_become_claims_of_their_events(
    load: Import, mention: Mention, read: Read, scalar: Scalar
) -> None:
    await load([row_of()])
    report = await mention(*ROWS)
    assert shown(report) == {"read": 4, "created": 2, "unchanged": 1, "waiting": 1}
    event = await read(RAMI)
    assert event["revision"] == 2, "many mentions of one event make one revision"
    folded = event["items"]["a.test/1"]
    assert (folded["made_on"], folded["paraphrase"]) == ("2013-01-04", "Mentioned, 40 %")
    assert await scalar(WAITING) == 1


async def test_the_order_of_files_does_not_matter(
    load: Import, mention: Mention, read: Read, scalar: Scalar
) -> None:
    report = await mention(*ROWS, dataset="early")
    assert shown(report) == {"read": 4, "waiting": 4}
    await load([row_of(), row_of(OTHER)], dataset="early")
    await load([row_of(), row_of(OTHER)], dataset="late")
    await mention(*reversed(ROWS), dataset="late")
    assert await scalar(WAITING) == 0
    for id in (RAMI, OTHER):
        assert essence(await read(id, "early")) == essence(await read(id, "late"))
    assert (await read(RAMI, "early"))["revision"] == 1


async def test_mentions_again_change_nothing(
    load: Import, mention: Mention, scalar: Scalar
) -> None:
    await load([row_of()])
    await mention(*ROWS)
    written = await scalar(select(func.count()).select_from(changes))
    again = await mention(*ROWS, FIRST)
    assert shown(again) == {"read": 5, "unchanged": 5}
    assert shown(await load([row_of()])) == {"read": 1, "unchanged": 1}
    assert await scalar(select(func.count()).select_from(changes)) == written


async def test_the_events_own_claim_and_a_mention_of_it_are_one(
    load: Import, mention: Mention, read: Read
) -> None:
    await load([row_of()])
    own = min((await read(RAMI))["items"])
    report = await mention((RAMI, own, "2012-12-31", 1, 10))
    assert shown(report) == {"read": 1, "updated": 1}
    event = await read(RAMI)
    assert event["claims"]["affirming"] == 2
    assert event["items"][own]["made_on"] == "2012-12-31"
    await load([row_of(best="5", high="7")])
    assert (await read(RAMI))["items"][own]["made_on"] == "2012-12-31"


async def test_an_editors_change_of_a_mention_survives(
    database: Database, load: Import, mention: Mention, read: Read
) -> None:
    await load([row_of(source_article="Yearbook")])
    await mention(FIRST)

    def edit(write: Transaction) -> None:
        (stored,) = load_events(write.connection, [make_record_id("ucdp-ged", RAMI)]).values()
        (claim,) = [each for each in stored.claims if each.content["source"] == "a-test"]
        content: Any = {**claim.content, "made_on": "2013-02", "language": "en"}
        revision, made = claim.revision + 1, claim.created_at
        change = ClaimChange("updated", claim.id, claim, content, revision, made)
        event = EventChange(
            "updated", stored.id, stored, stored.content, 3, stored.created_at, [change]
        )
        save_events(write, [event])

    await database.write(edit)
    report = await mention(SECOND, (RAMI, "a.test/1", "2013-01-05", 2, 90))
    assert shown(report) == {"read": 2, "conflicted": 1, "unchanged": 1}
    assert [each.column for each in report.warnings] == ["claims.made_on"]
    claim = (await read(RAMI))["items"]["a.test/1"]
    assert (claim["made_on"], claim["language"]) == ("2013-02", "en")
    assert claim["paraphrase"] == "Mentioned, 90 %"


async def test_what_waited_attaches_to_an_event_that_came_otherwise(
    database: Database, load: Import, mention: Mention, read: Read, scalar: Scalar
) -> None:
    await mention(FIRST, THIRD)
    await load([row_of(OTHER)])

    def record(write: Transaction) -> None:
        (other,) = load_events(write.connection, [make_record_id("ucdp-ged", OTHER)]).values()
        content: Any = {**other.content, "external_id": RAMI}
        id = make_record_id("ucdp-ged", RAMI)
        save_events(write, [EventChange("created", id, None, content, 1, write.at)])

    await database.write(record)
    assert await scalar(WAITING) == 2
    await load([row_of(OTHER)])
    assert await scalar(WAITING) == 0
    event = await read(RAMI)
    assert (event["revision"], sorted(event["items"])) == (2, ["a.test/1", "b.test/2"])


async def test_a_dry_run_of_mentions_reports_the_same(
    load: Import, mention: Mention, scalar: Scalar
) -> None:
    await load([row_of()])
    before = await scalar(CLAIMS)
    rehearsed = await mention(*ROWS, dry_run=True)
    assert await scalar(CLAIMS) == before
    assert await scalar(select(func.count()).select_from(claim_rows)) == 0
    assert (await mention(*ROWS)).rows == rehearsed.rows


async def test_a_source_that_is_waited_with_stays(database: Database, mention: Mention) -> None:
    await mention(FIRST)
    with pytest.raises(Conflict):
        await database.write(lambda write: delete_source(write, OPERATOR, "a-test", 1))
