"""Our own exports: mapped rows, refused rows, and records that an import cannot reach."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.db.database import Database
from app.errors import Invalid, NotGranted
from app.ingest.import_options import ImportOptions
from app.ingest.mapping.detection import detect_format
from app.ingest.reading.source_files import read_file_head
from app.ingest.report import ImportReport
from app.ingest.run import run_import
from app.maintenance.purge import find_purge_target, purge_record
from app.models.actors import actors
from app.models.datasets import datasets
from app.models.events import event_documents
from app.models.imports import source_rows
from app.models.relations import relations
from app.models.sources import sources
from app.record.document import decode_document
from app.values.caller import Caller
from app.values.ids import make_claim_id, make_record_id
from tests.ingest.conftest import Import, Read
from tests.ingest.rows import UCDP

Record = dict[str, Any]
Scalar = Callable[[Any], Awaitable[Any]]
Bring = Callable[..., Awaitable[ImportReport]]

OWN_ID = "0190a2c0-0000-7000-8000-000000000001"
OTHER_ID = "0190a2c0-0000-7000-8000-000000000002"
STAMP = {
    "revision": 4,
    "created_at": "2020-01-01T00:00:00.000000Z",
    "updated_at": "2021-01-01T00:00:00.000000Z",
}


def an_event(**content: Any) -> Record:
    return {
        "dataset": "desk",
        "type": "meeting",
        "title": "A meeting",
        "date": "2024-06",
        **content,
    }


def a_claim(**content: Any) -> Record:
    said = {"stance": "affirms", "source": "paper", "paraphrase": "They met."}
    return {**said, "basis": "media-report", **content}


def a_relation(**content: Any) -> Record:
    return {"id": OTHER_ID, "from": OWN_ID, "to": OTHER_ID, "type": "follows", **content}


@pytest.fixture
def bring(database: Database, tmp_path: Path) -> Bring:
    """Import events as NDJSON."""

    async def bring(*events: Record, **order: Any) -> ImportReport:
        path = tmp_path / "events.ndjson"
        path.write_text("".join(json.dumps(each) + "\n" for each in events))
        return await run_import(database, path, ImportOptions("annals", **order))

    return bring


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(an_event(external_id="1")) + "\n",
        "\ufeffdataset,type,title,date,external_id\r\ndesk,meeting,A,2024,1\r\n",
        f'{{"id":"{OWN_ID}","revision":1,"dataset":"desk","title":"cut o',
    ],
)
def test_a_file_is_known_by_how_it_begins(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    assert detect_format(read_file_head(path)).format.name == "annals"


async def test_the_stamps_of_a_record_are_kept(bring: Bring, scalar: Scalar, read: Read) -> None:
    event_id = make_record_id("desk", "a")
    claim = {**a_claim(external_id="c"), **STAMP, "id": str(make_claim_id(event_id, "c"))}
    await bring(an_event(external_id="a", claims={"items": [claim]}, **STAMP))
    event = await read("a", "desk")
    assert {name: event[name] for name in STAMP} == STAMP
    assert {name: event["items"]["c"][name] for name in STAMP} == STAMP
    assert event["claims"]["affirming"] == 1


async def test_a_row_without_stamps_is_a_new_record(bring: Bring, read: Read) -> None:
    await bring(an_event(external_id="a"))
    event = await read("a", "desk")
    assert (event["revision"], event["lifecycle"], event["tags"]) == (1, "occurred", [])


async def test_whom_it_names_is_made_as_far_as_it_says(bring: Bring, scalar: Scalar) -> None:
    taking = [{"actor": "someone", "name": "Some One", "for": None, "role": "host"}]
    await bring(
        an_event(id=OWN_ID, participants=taking, claims={"items": [a_claim(external_id="c")]})
    )
    made = await scalar(select(actors.c.document).where(actors.c.slug == "someone"))
    assert decode_document(made)["name"] == "Some One"
    assert await scalar(select(sources.c.reliability).where(sources.c.slug == "paper")) == "F"
    # Nobody said that the world may see it.
    assert await scalar(select(datasets.c.is_private).where(datasets.c.slug == "desk")) == 1


async def test_owners_are_made_before_whom_they_own(bring: Bring, scalar: Scalar) -> None:
    owned = {"slug": "paper", "kind": "newspaper", "name": "P", "owner": "zz", "reliability": "B"}
    named = {
        "dataset": {
            "slug": "desk",
            "title": "Desk",
            "licence": "CC-BY-4.0",
            "visibility": "public",
        },
        "actors": [],
        "sources": [owned, {"slug": "zz", "kind": "other", "name": "Z", "speaks_for": "nobody"}],
    }
    said = {"items": [a_claim(external_id="c")]}
    report = await bring(an_event(external_id="a", claims=said, references=named))
    assert report.rows.created == 1
    assert await scalar(select(sources.c.owner).where(sources.c.slug == "paper")) == "zz"
    dataset = decode_document(
        await scalar(select(datasets.c.document).where(datasets.c.slug == "desk"))
    )
    assert (dataset["licence"], dataset["visibility"]) == ("CC-BY-4.0", "public")


async def test_a_relation_waits_for_both_events(bring: Bring, scalar: Scalar) -> None:
    how_many = select(func.count()).select_from(relations)
    both = {"items": [a_relation()]}
    await bring(an_event(id=OWN_ID, relations=both))
    assert await scalar(how_many) == 0
    second = an_event(id=OTHER_ID, relations=both)
    await bring(second)
    assert await scalar(how_many) == 1
    assert (await bring(second, an_event(id=OWN_ID, relations=both))).rows.unchanged == 2
    assert await scalar(how_many) == 1


async def test_rows_go_into_their_own_datasets_unless_one_is_named(
    bring: Bring, scalar: Scalar
) -> None:
    rows = an_event(external_id="a"), an_event(dataset="other", external_id="a")
    report = await bring(*rows, dataset="desk")
    assert (report.rows.created, report.rows.rejected) == (1, 1)
    assert "into 'desk'" in report.rejections[0].reason
    report = await bring(*rows)
    assert (report.rows.created, report.rows.unchanged) == (1, 1)
    assert await scalar(select(func.count()).select_from(event_documents)) == 2


async def test_a_long_file_goes_into_its_datasets_too(
    bring: Bring, database: Database, scalar: Scalar
) -> None:
    taking = [{"actor": "someone", "name": "Some One", "for": None, "role": "host"}]
    rows = [
        an_event(dataset=each, external_id="a", participants=taking, **STAMP)
        for each in ("desk", "other")
    ]
    assert (await bring(*rows, process_from=0)).rows.created == 2
    kept = select(source_rows.c.dataset, event_documents.c.dataset, event_documents.c.revision)
    joined = kept.join(event_documents, event_documents.c.id == source_rows.c.event_id)
    found = await database.read(lambda read: read.execute(joined).all())
    assert sorted(map(tuple, found)) == [("desk", "desk", 4), ("other", "other", 4)]
    assert (await bring(*rows, process_from=0)).rows.unchanged == 2


async def test_what_was_purged_is_not_brought_back(
    bring: Bring, database: Database, scalar: Scalar
) -> None:
    both = {"items": [a_relation()]}
    rows = [an_event(id=each, relations=both) for each in (OWN_ID, OTHER_ID)]
    relation = "0190a2c0-0000-7000-8000-000000000003"
    both["items"][0]["id"] = relation
    await bring(*rows)
    how_many = select(func.count()).select_from(relations)
    assert await scalar(how_many) == 1
    target = await database.read(lambda read: find_purge_target(read, UUID(relation)))
    await database.write(lambda write: purge_record(write, target))
    await bring(*rows)
    assert await scalar(how_many) == 0


async def test_a_claim_of_what_was_merged_comes_with_what_stands_for_it(
    bring: Bring, read: Read
) -> None:
    away = make_record_id("desk", "away")
    claims = [
        {**a_claim(external_id="c"), "event": str(each), "id": str(make_claim_id(each, "c"))}
        for each in (make_record_id("desk", "a"), away)
    ]
    merged = an_event(external_id="a", claims={"items": claims})
    assert (await bring(merged)).rows.created == 1
    assert (await read("a", "desk"))["claims"]["affirming"] == 2
    # Where what was merged away stands, the claim is its own.
    await bring(an_event(external_id="b", claims={"items": [claims[1]]}), dataset="desk")
    own = an_event(external_id="away", claims={"items": [a_claim(external_id="c")]})
    assert (await bring(own)).rows.rejected == 1


async def test_no_row_reaches_the_record_of_another_dataset(bring: Bring, read: Read) -> None:
    await bring(an_event(id=OWN_ID), dataset="desk")
    report = await bring(an_event(id=OWN_ID, dataset="thief", title="Stolen"))
    assert (report.rows.rejected, report.rejections[0].column) == (1, "id")
    claim = a_claim(id=OTHER_ID)
    await bring(an_event(external_id="a", claims={"items": [claim]}))
    report = await bring(an_event(external_id="b", claims={"items": [claim]}))
    assert report.rows.rejected == 1


async def test_a_dataset_that_the_key_may_not_see_takes_no_rows(bring: Bring) -> None:
    await bring(an_event(external_id="a"))
    stranger = Caller(key_id="k", name="k", scopes=frozenset({"import"}), datasets=frozenset())
    with pytest.raises(NotGranted, match="make datasets"):
        await bring(an_event(external_id="b"), caller=stranger)
    rows = an_event(dataset="public-one", external_id="a"), an_event(external_id="b")
    with pytest.raises(NotGranted, match="make datasets"):
        await bring(*rows, caller=stranger)
    held = replace(stranger, datasets=frozenset({"public-one"}))
    await bring(an_event(dataset="public-one", external_id="a"))
    for dry_run in (False, True):
        with pytest.raises(NotGranted, match="make datasets"):
            await bring(*rows, caller=held, dry_run=dry_run)


async def test_a_row_changes_what_it_says_and_nothing_else(bring: Bring, read: Read) -> None:
    said = {"items": [a_claim(external_id="c")]}
    await bring(an_event(external_id="a", tags=["x"], summary="Long", claims=said))
    report = await bring(an_event(external_id="a", title="Renamed"))
    event = await read("a", "desk")
    assert (report.rows.updated, event["title"]) == (1, "Renamed")
    assert (event["tags"], event["summary"], list(event["items"])) == (["x"], "Long", ["c"])
    await bring(an_event(external_id="a", title="Renamed", claims={"items": []}))
    assert (await read("a", "desk"))["items"] == {}


async def test_the_row_of_a_provider_is_never_replaced(
    load: Import, bring: Bring, scalar: Scalar, database: Database
) -> None:
    sample = next(UCDP.glob("*.csv"))
    await load(sample, dataset="ucdp-ged")
    first = (
        select(event_documents.c.document).where(event_documents.c.dataset == "ucdp-ged").limit(1)
    )
    report = await bring(decode_document(await scalar(first)))
    assert report.rows.unchanged == 1
    ours = select(func.count()).select_from(source_rows).where(source_rows.c.format == "annals")
    assert await scalar(ours) == 0


@pytest.mark.parametrize(
    ("event", "column", "reason"),
    [
        (an_event(), "id", "needs an external_id"),
        (an_event(id=str(make_record_id("desk", "a"))), "id", "UUIDv7"),
        (an_event(external_id="a", id=OWN_ID), "id", "with its external id it is"),
        (an_event(external_id="a", titel="x"), "titel", "did you mean 'title'"),
        (an_event(external_id="a", type="meting"), "type", "unknown event type"),
        (an_event(external_id="a", date="2024-02-30"), "date", "29 days"),
        (an_event(external_id="a", participants=None), "participants", "list"),
        (an_event(external_id="a", fatalities={"best": "1"}), "fatalities.best", "integer"),
        (an_event(external_id="a", claims={"items": 3}), "claims.items", "not a list"),
        (an_event(external_id="a", claims={"items": [{}]}), "claims.items.stance", "required"),
        (
            an_event(external_id="a", relations={"items": [{"x": 1}]}),
            "relations.items.x",
            "no such",
        ),
        (
            an_event(external_id="a", references={"dataset": {"slug": 1}}),
            "references.dataset.title",
            "required",
        ),
        (an_event(external_id="a", references={"actors": 1}), "references.actors", "not a list"),
        (
            an_event(external_id="a", **{**STAMP, "revision": 0}),
            "revision",
            "not a revision number",
        ),
        (an_event(external_id="a", **{**STAMP, "created_at": "x"}), "created_at", "instant"),
    ],
)
async def test_what_is_wrong_with_a_row_is_named(
    bring: Bring, event: Any, column: str, reason: str
) -> None:
    report = await bring(event)
    assert (report.rows.read, report.rows.rejected) == (1, 1)
    (found,) = report.rejections
    assert reason in found.reason
    assert found.column == column


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("dataset,type,title\r\n", "lacks date"),
        ("dataset,type,titel,date\r\n", "did you mean 'title'"),
        ("dataset,type,title,date,date\r\n", "twice"),
        ('dataset,"type\r\n', "header cannot be read"),
    ],
)
async def test_a_file_of_another_shape_is_refused(
    load: Import, tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)
    with pytest.raises(Invalid, match=reason):
        await load(path, format="annals")


async def test_wrong_cells_of_csv_are_named(load: Import, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    needed = "dataset,type,title,date,external_id"
    header = f"{needed},fatalities_best,tags,participant_actors,participant_roles"
    rows = [
        "desk,meeting,A,2024,1,many,,,",
        "desk,meeting,A,2024,2,,a\\,,",
        "desk,meeting,A,2024,3,,,PRK;RUS,host;guest;guest",
        "desk,meeting,A,2024,4",
        "desk,meeting,A,2024,5,3,x;y,PRK,host",
    ]
    path.write_text("\r\n".join([header, *rows, ""]))
    report = await load(path, format="annals")
    assert (report.rows.created, report.rows.rejected) == (1, 4)
    told = [(each.line, each.column) for each in report.rejections]
    assert told == [
        (2, "fatalities_best"),
        (3, "tags"),
        (4, "participant_roles"),
        (5, "fatalities_best"),
    ]
