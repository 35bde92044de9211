"""Imports end to end: first, repeated, and after an editor's changes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import Invalid, NotGranted, TooLarge
from app.ingest.import_options import ImportOptions
from app.ingest.progress_steps import ImportObservers, ProgressStep
from app.ingest.report import RowCounts
from app.ingest.run import run_import
from app.models.actors import actors
from app.models.changes import changes
from app.models.datasets import datasets
from app.models.events import event_documents
from app.models.imports import source_rows
from app.models.sources import sources
from app.record.load import StoredEvent, load_events
from app.record.save import ClaimChange, EventChange, save_events
from app.values.caller import OPERATOR, Caller
from app.values.ids import make_record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.rows import RAMI, SAMPLES, UCDP, row_of, write_csv

Scalar = Callable[[Any], Awaitable[Any]]
Edit = Callable[..., Awaitable[None]]

EVENTS = select(func.count()).select_from(event_documents)
CHANGES = select(func.count()).select_from(changes)
ROWS = select(func.count()).select_from(source_rows)
RESTRICTED = Caller("k", "K", frozenset({"import"}), frozenset())


@pytest.fixture
def edit(database: Database) -> Edit:
    """Change an imported event by hand: `await edit(title="…")`, or `await edit(None)` deletes."""

    async def edit(*nothing: None, **changed: Any) -> None:
        def work(write: Transaction) -> None:
            stored = stored_event(write)
            content: Any = None if nothing else {**stored.content, **changed}
            operation, revision = "deleted" if nothing else "updated", stored.revision + 1
            gone = [
                ClaimChange("deleted", each.id, each, None, each.revision + 1, each.created_at)
                for each in stored.claims
                if nothing
            ]
            change = EventChange(
                operation, stored.id, stored, content, revision, stored.created_at, gone
            )
            save_events(write, [change])

        await database.write(work, by="editor")

    return edit


@pytest.fixture
def edit_claim(database: Database) -> Edit:
    """Change the first claim of an imported event by hand, or delete it with `None`."""

    async def edit(*nothing: None, **changed: Any) -> None:
        def work(write: Transaction) -> None:
            stored = stored_event(write)
            claim = min(stored.claims, key=lambda each: each.id)
            content: Any = None if nothing else {**claim.content, **changed}
            one = ClaimChange(
                "deleted" if nothing else "updated",
                claim.id,
                claim,
                content,
                claim.revision + 1,
                claim.created_at,
            )
            change = EventChange(
                "updated",
                stored.id,
                stored,
                stored.content,
                stored.revision + 1,
                stored.created_at,
                [one],
            )
            save_events(write, [change])

        await database.write(work, by="editor")

    return edit


def stored_event(write: Transaction, id: str = RAMI) -> StoredEvent:
    (stored,) = load_events(write.connection, [make_record_id("ucdp-ged", id)]).values()
    return stored


def counts(**of: int) -> dict[str, int]:
    return {name: of.get(name, 0) for name in get_type_hints(RowCounts)} | {
        "read": sum(of.values())
    }


async def test_every_row_of_every_sample_is_in(load: Import, scalar: Scalar) -> None:
    for name, rows in SAMPLES.items():
        report = await load(UCDP / name, dataset=f"of-{rows}")
        assert report.rows.to_document() == counts(created=rows), name
    assert await scalar(EVENTS) == await scalar(ROWS) == sum(SAMPLES.values())
    assert await scalar(select(datasets.c.slug).where(datasets.c.slug == "of-1000"))


async def test_the_same_file_again_changes_nothing(load: Import, scalar: Scalar) -> None:
    first = await load(UCDP / "ged231_sample1000.csv")
    written = await scalar(CHANGES)
    second = await load(UCDP / "ged231_sample1000.csv")
    assert first.rows.to_document() == counts(created=1000)
    assert second.rows.to_document() == counts(unchanged=1000)
    assert await scalar(CHANGES) == written
    assert [each.column for each in first.warnings] == ["best"] * 13
    assert first.warnings == second.warnings
    assert first.format == first.dataset == "ucdp-ged"


async def test_another_layout_of_the_same_rows_makes_no_revision(load: Import, read: Read) -> None:
    await load([row_of()])
    report = await load([row_of(iso3="SYR")])
    assert report.rows.to_document() == counts(unchanged=1)
    assert (await read(RAMI))["revision"] == 1


async def test_a_dry_run_reports_the_same_and_writes_nothing(load: Import, scalar: Scalar) -> None:
    rows = [row_of(), row_of(id="x"), row_of("401115", low="900")]
    rehearsed = await load(rows, dry_run=True)
    for statement in (EVENTS, ROWS, CHANGES, select(func.count()).select_from(sources)):
        assert await scalar(statement) == 0
    assert await scalar(select(func.count()).select_from(datasets)) == 0
    real = await load(rows)
    assert rehearsed.rows.to_document() == real.rows.to_document() == counts(created=2, rejected=1)
    assert rehearsed.warnings == real.warnings
    assert rehearsed.rejections == real.rejections


async def test_a_dry_run_tells_conflicts(load: Import, edit: Edit, read: Read) -> None:
    await load([row_of()])
    await edit(title="A better title")
    report = await load([row_of(where_coordinates="Rami")], dry_run=True)
    assert report.rows.to_document() == counts(conflicted=1)
    assert (await read(RAMI))["revision"] == 2


async def test_bad_rows_are_left_out_and_told(load: Import, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "bad.csv",
        [row_of(), row_of("21300", date_start="1989"), row_of(), row_of("401115", id="")],
    )
    with path.open("ab") as file:
        file.write(b"1,2,3\n")
        file.write(b"M\xe9co\n")
    report = await load(path)
    assert report.rows.to_document() == counts(created=1, rejected=5)
    assert [(each.line, each.column, each.value, each.reason) for each in report.rejections] == [
        (
            3,
            "date_start",
            "1989",
            "this is not a day, such as 2014-01-22 or 2014-01-22 00:00:00.000",
        ),
        (4, "id", RAMI, "the same record is on line 2"),
        (5, "id", "", "no id"),
        (6, "active_year", None, "the row has 3 columns, not 49"),
        (7, None, None, "line 7 is not UTF-8 (byte 0xE9); convert the file"),
    ]


async def test_a_record_is_stored_with_whom_it_names(
    load: Import, read: Read, scalar: Scalar
) -> None:
    await load([row_of()], file_name="GEDEvent_v23_1.csv")
    event = await read(RAMI)
    assert [(each["actor"], each["name"]) for each in event["participants"]] == [
        ("SYR", "Syria"),
        ("ucdp-4456", "Syrian insurgents"),
    ]
    assert event["verification"] == "alleged"
    assert event["claims"]["affirming"] == 2
    assert {each["source"] for each in event["items"].values()} == {"support-kurds-in-syria", "vdc"}
    assert await scalar(select(actors.c.kind).where(actors.c.slug == "ucdp-4456")) == "armed-group"
    assert await scalar(select(sources.c.reliability).where(sources.c.slug == "vdc")) == "F"
    row = await scalar(select(source_rows.c.row))
    assert '"source_article":"\\"Support Kurds in Syria,2013-01-03' in row


async def test_the_dataset_carries_licence_and_citation(load: Import, scalar: Scalar) -> None:
    await load([row_of()], file_name="ged231-csv.zip")
    document = await scalar(select(datasets.c.document))
    assert '"licence":"CC-BY-4.0"' in document
    assert "Introducing the UCDP Georeferenced Event Dataset" in document
    assert '"version":"23.1"' in document
    assert '"visibility":"public"' in document


async def test_the_providers_change_comes_in(load: Import, read: Read) -> None:
    await load([row_of()])
    report = await load([row_of(best="5", high="7")])
    assert report.rows.to_document() == counts(updated=1)
    event = await read(RAMI)
    assert event["fatalities"] == {"low": 2, "best": 5, "high": 7}
    assert event["revision"] == 2


async def test_an_editors_change_survives_and_the_rest_follows(
    load: Import, edit: Edit, read: Read
) -> None:
    await load([row_of()])
    await edit(title="Clash at Rami", tags=["checked"])
    report = await load([row_of(best="5", high="7")])
    assert report.rows.to_document() == counts(updated=1)
    event = await read(RAMI)
    assert (event["title"], event["tags"]) == ("Clash at Rami", ["checked"])
    assert event["fatalities"]["best"] == 5


async def test_what_both_changed_stays_the_editors_and_is_told(
    load: Import, edit: Edit, read: Read
) -> None:
    await load([row_of()])
    await edit(title="Clash at Rami")
    report = await load([row_of(where_coordinates="Rami town", best="5", high="7")])
    assert report.rows.to_document() == counts(conflicted=1)
    (told,) = report.warnings
    assert (told.severity, told.line, told.column) == ("conflict", 2, "title")
    assert told.value == "Government of Syria – Syrian insurgents, Rami town"
    event = await read(RAMI)
    assert event["title"] == "Clash at Rami"
    assert event["location"]["name"] == "Rami town"
    assert event["fatalities"]["best"] == 5
    again = await load([row_of(where_coordinates="Rami town", best="5", high="7")])
    assert again.rows.to_document() == counts(unchanged=1)


async def test_details_are_merged_by_key(load: Import, edit: Edit, read: Read) -> None:
    await load([row_of()])
    details = (await read(RAMI))["details"]
    await edit(details={**details, "means": "mortars", "deaths_b": 9})
    report = await load([row_of(deaths_b="3", deaths_a="1")])
    assert [each.column for each in report.warnings] == ["details.deaths_b"]
    merged = (await read(RAMI))["details"]
    assert (merged["deaths_a"], merged["deaths_b"], merged["means"]) == (1, 9, "mortars")


async def test_a_deleted_record_stays_deleted(load: Import, edit: Edit, read: Read) -> None:
    await load([row_of()])
    await edit(None)
    report = await load([row_of(best="5", high="7")])
    assert report.rows.to_document() == counts(unchanged=1)
    assert [each.reason for each in report.warnings] == ["deleted by an editor: it stays deleted"]
    assert await read(RAMI) is None


ONE = '"VDC,2013-01-03,Abdul Satar Mustafa Hankosh"'


async def test_claims_follow_the_provider(load: Import, read: Read) -> None:
    await load([row_of()])
    report = await load([row_of(source_article=ONE)])
    assert report.rows.to_document() == counts(updated=1)
    assert [each["source"] for each in (await read(RAMI))["items"].values()] == ["vdc"]
    back = await load([row_of()])
    assert back.rows.to_document() == counts(updated=1)
    revisions = {each["source"]: each["revision"] for each in (await read(RAMI))["items"].values()}
    assert revisions == {"vdc": 1, "support-kurds-in-syria": 3}


async def test_an_editors_claim_survives(load: Import, edit_claim: Edit, read: Read) -> None:
    await load([row_of(source_article=ONE)])
    await edit_claim(credibility=2, language="ar")
    report = await load([row_of(source_article="SOHR 2013", best="5", high="7")])
    assert report.rows.to_document() == counts(conflicted=1)
    assert [(each.severity, each.column) for each in report.warnings] == [
        ("conflict", "claims.vdc/2013-01-03/646a12eaa8ae")
    ]
    items = (await read(RAMI))["items"].values()
    assert sorted((each["source"], each["credibility"]) for each in items) == [
        ("ucdp", 6),
        ("vdc", 2),
    ]


async def test_a_deleted_claim_stays_deleted(load: Import, edit_claim: Edit, read: Read) -> None:
    await load([row_of(source_article="Yearbook 2013")])
    await edit_claim(None)
    report = await load([row_of(source_article="Yearbook 2014")])
    assert report.rows.to_document() == counts(unchanged=1)
    assert [each.reason for each in report.warnings] == ["deleted by an editor: it stays deleted"]
    assert (await read(RAMI))["items"] == {}


async def test_an_import_says_how_far_it_is(database: Database) -> None:
    path = UCDP / "ged191_excerpt.csv"
    steps: list[tuple[int, int]] = []

    async def tell(step: ProgressStep) -> None:
        steps.append((step.rows.read, step.bytes_read))

    await run_import(
        database, path, ImportOptions(dry_run=True, batch_rows=800), ImportObservers(tell)
    )
    assert [read for read, _ in steps] == [800, 1600, 2400, 3194]
    assert sorted(steps) == steps
    assert steps[-1][1] == path.stat().st_size


@pytest.mark.parametrize(
    ("order", "error", "complaint"),
    [
        ({"format": "ucdp"}, Invalid, "did you mean 'ucdp-ged'"),
        ({"most_bytes": 1000}, TooLarge, "1,000 bytes"),
    ],
)
async def test_an_order_that_cannot_be_met_is_refused(
    load: Import, order: dict[str, Any], error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        await load(UCDP / "ged_hdx_sample.csv", **order)


async def test_an_unknown_file_is_refused(load: Import, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(Invalid, match=r"none of the formats known here: acled, .*ucdp-ged"):
        await load(path)


async def test_a_hidden_dataset_cannot_be_made(database: Database, load: Import) -> None:
    await load([row_of()], dataset="secret")
    hide = datasets.update().values(is_private=1)
    await database.write(lambda write: write.connection.execute(hide))
    with pytest.raises(NotGranted, match="only keys that are not held to datasets"):
        await load([row_of()], dataset="secret", caller=RESTRICTED)
    assert (await load([row_of()], dataset="secret", caller=OPERATOR)).rows.unchanged == 1
