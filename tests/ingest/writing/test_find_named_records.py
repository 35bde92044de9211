"""Imports beside hidden records: these are not found, and keep every byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection, or_, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import Invalid, NotGranted
from app.ingest.import_options import ImportOptions
from app.ingest.mapping.detection import find_format
from app.ingest.mapping.map_rows import ReadingTask, read_batches
from app.ingest.reading.import_format import FileContext
from app.ingest.report import ImportReport
from app.ingest.run import run_import, run_import_as
from app.ingest.writing.ensure_named_records import SLUG_TAKEN
from app.models.actors import actors
from app.models.claims import claims
from app.models.events import event_documents, participants
from app.models.imports import claim_rows, import_slugs, source_rows
from app.models.sources import sources
from app.record.document import decode_document
from app.record.links.publishing import PublishedSlug
from app.record.links.references import require_sources
from app.record.merged_slugs import list_claim_actors, list_claim_sources, list_participant_slugs
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.service import create_actor, delete_actor, merge_actor
from app.resources.datasets.schemas import DatasetContent
from app.resources.datasets.service import change_dataset
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source, delete_source
from app.values.caller import OPERATOR, Caller
from tests.ingest.conftest import connect_to
from tests.ingest.contents import IN_TEXT, contents
from tests.ingest.every_format import DATA, EACH
from tests.ingest.hidden import (
    ACTOR,
    DATASETS,
    FORMER,
    PLACES,
    SEER,
    SOURCE,
    STRANGER,
    a_row,
    hidden_rows,
    hide,
    make_datasets,
    rows_naming,
    write_rows,
)
from tests.ingest.mentions import MENTIONS, write_mentions
from tests.ingest.rows import RAMI, row_of, write_csv

Bring = Callable[..., Any]
NEVER = 10**9
EXCERPT = DATA / "gdelt" / "20170701234500.excerpt.mentions.csv"


@pytest.fixture
async def twin(twin_url: str) -> AsyncIterator[Database]:
    """Yield another database of the same kind, with nothing hidden."""
    opened = connect_to(twin_url)
    await opened.open()
    await make_datasets(opened, **DATASETS)
    yield opened
    await opened.close()


@pytest.fixture
async def scene(database: Database) -> Database:
    """Yield a database with a private dataset that the stranger does not see."""
    await make_datasets(database, **DATASETS)
    await hide(database)
    return database


@pytest.fixture
def bring(scene: Database, tmp_path: Path) -> Bring:
    """Import rows in the app's own format into the scene."""
    return partial(bring_into, scene, tmp_path)


async def bring_into(
    database: Database, folder: Path, caller: Caller, *rows: Any, **order: Any
) -> ImportReport:
    path = write_rows(folder / "rows.ndjson", *rows)
    dataset = rows[0]["dataset"]
    return await run_import(database, path, ImportOptions(dataset=dataset, caller=caller, **order))


def seen_by_stranger(connection: Connection) -> list[str]:
    """Return every document that the stranger sees, without times, under comparable names."""
    found: list[str] = []
    for table in (event_documents, claims, sources, actors):
        shown = or_(table.c.dataset.is_(None), table.c.dataset.in_(["desk", "other", "nook"]))
        found += connection.scalars(select(table.c.document).where(shown))
    return sorted(IN_TEXT.sub("", each).replace("-2", "") for each in found)


def told(report: ImportReport) -> Any:
    return report.rows, report.published, [each.value for each in report.warnings]


async def names_in(database: Database, dataset: str = "desk") -> set[str]:
    """Return the participants in the events of a dataset."""
    asked = select(event_documents.c.document).where(event_documents.c.dataset == dataset)
    documents = await database.read(lambda read: read.scalars(asked).all())
    return {each["actor"] for text in documents for each in decode_document(text)["participants"]}


async def is_public(database: Database, slug: str = ACTOR) -> bool:
    asked = select(actors.c.dataset).where(actors.c.slug == slug)
    return await database.read(lambda read: read.scalars(asked).one()) is None


def naming(dataset: str, external_id: str = "participant", **content: Any) -> dict[str, Any]:
    """Return a row with the hidden actor as a participant."""
    return a_row(dataset, external_id=external_id, **PLACES["participant"][1](ACTOR), **content)


@pytest.mark.parametrize("slugs", [{"actor": ACTOR, "source": SOURCE}, FORMER], ids=["is", "was"])
async def test_a_stranger_finds_what_it_would_if_nothing_were_hidden(
    scene: Database, twin: Database, bring: Bring, tmp_path: Path, slugs: dict[str, str]
) -> None:
    before = await scene.read(hidden_rows)
    warned = sorted(slugs.values())
    for dataset in ("desk", "desk", "other", "nook"):
        rows = rows_naming(dataset, slugs)
        expected = await bring_into(twin, tmp_path, STRANGER, *rows)
        for dry_run in (True, False):
            report = await bring(STRANGER, *rows, dry_run=dry_run)
            assert (report.rows, report.published) == (expected.rows, [])
            assert sorted(each.value for each in report.warnings) == warned
            assert {each.line for each in report.warnings} == {1, 3}
    assert await scene.read(hidden_rows) == before
    assert await scene.read(seen_by_stranger) == await twin.read(seen_by_stranger)
    kept = await scene.read(lambda read: read.execute(select(import_slugs)).all())
    assert {(row.owner, row.slug) for row in kept} == {("", f"{each}-2") for each in warned}


async def test_who_sees_it_publishes_it_and_is_told(scene: Database, bring: Bring) -> None:
    rows = rows_naming("nook")
    assert told(await bring(SEER, *rows))[1:] == ([], [])
    assert not await is_public(scene)
    made_there = [PublishedSlug("source", "daily"), PublishedSlug("source", "paper")]
    everything = [PublishedSlug("actor", ACTOR), PublishedSlug("source", SOURCE), *made_there]
    for dry_run in (True, False):
        report = await bring(SEER, *rows_naming("desk"), dry_run=dry_run)
        assert (sorted(report.published), report.warnings) == (everything, [])
        assert await is_public(scene) == (not dry_run)
    assert told(await bring(STRANGER, *rows_naming("other")))[1:] == ([], [])


async def test_each_private_dataset_has_its_own(scene: Database, bring: Bring) -> None:
    await bring(STRANGER, naming("nook"))
    await bring(STRANGER, naming("desk"))
    await bring(SEER, naming("umbra"))
    found = {name: await names_in(scene, name) for name in ("umbra", "nook", "desk")}
    assert found == {"umbra": {ACTOR}, "nook": {f"{ACTOR}-2"}, "desk": {f"{ACTOR}-3"}}

    def open_nook(write: Transaction) -> None:
        content = DatasetContent(title="Nook", visibility="public")
        change_dataset(write, OPERATOR, "nook", None, lambda _: content)

    await scene.write(open_nook)
    assert await is_public(scene, f"{ACTOR}-2")
    report = await bring(STRANGER, naming("nook", title="Again"))
    assert (report.rows.updated, await names_in(scene, "nook")) == (1, {f"{ACTOR}-2"})
    await bring(STRANGER, naming("other"))
    assert await names_in(scene, "other") == {f"{ACTOR}-3"}


async def test_what_was_made_apart_stays_whatever_becomes_of_the_hidden_one(
    scene: Database, bring: Bring
) -> None:
    await bring(STRANGER, naming("desk"))
    await bring(SEER, a_row("desk", external_id="b", participants=[a_host("jay", ACTOR)]))
    assert not await is_public(scene), "an import means what the imports before it made apart"

    def publish(write: Transaction) -> None:
        content = DatasetContent(title="Umbra", visibility="public")
        change_dataset(write, OPERATOR, "umbra", None, lambda _: content)

    await scene.write(publish)
    assert await is_public(scene)
    report = await bring(STRANGER, naming("desk"), naming("desk", "b", title="Again"))
    assert (report.rows.unchanged, report.rows.updated) == (1, 1)
    await scene.write(lambda write: delete_actor(write, OPERATOR, ACTOR, None))
    report = await bring(STRANGER, naming("other"))
    assert await names_in(scene, "other") == {f"{ACTOR}-2"}
    await scene.write(make_heir)
    report = await bring(STRANGER, naming("desk", title="Once more"))
    assert (report.rows.updated, report.rows.conflicted) == (1, 0)
    assert await names_in(scene) == {"heir"}


def make_heir(write: Transaction) -> None:
    """Merge the separately created actor into another."""
    create_actor(write, OPERATOR, ActorCreate(slug="heir", kind="person", name="Heir"))
    merge_actor(write, OPERATOR, f"{ACTOR}-2", "heir")


async def test_what_was_deleted_is_made_again_where_there_is_room(
    scene: Database, bring: Bring
) -> None:
    report = await bring(STRANGER, naming("desk"), dry_run=True)
    apart = a_row("desk", **PLACES["actor of a source"][1](ACTOR))
    await bring(STRANGER, apart)

    def clear(write: Transaction) -> None:
        delete_source(write, OPERATOR, "daily", None)

    await bring(STRANGER, {**apart, "claims": {"items": [], "more": None}})
    await scene.write(clear)
    await scene.write(lambda write: delete_actor(write, OPERATOR, f"{ACTOR}-2", None))
    taken = ActorCreate(slug=f"{ACTOR}-2", kind="person", name="Nightjar", dataset="umbra")
    await scene.write(lambda write: create_actor(write, OPERATOR, taken))
    for caller in (STRANGER, SEER):
        report = await bring(caller, naming("desk"))
        assert [each.reason for each in report.warnings] == [
            SLUG_TAKEN.format("actor", f"{ACTOR}-3")
        ]
    assert await names_in(scene) == {f"{ACTOR}-3"}


async def test_two_imports_at_once_make_it_once(scene: Database, tmp_path: Path) -> None:
    targets = [f"made-{number}" for number in range(6)]
    await make_datasets(scene, **dict.fromkeys(targets, "public"))
    held = replace(STRANGER, datasets=frozenset(targets))
    folders = [tmp_path / each for each in targets]
    for folder in folders:
        folder.mkdir()
    await asyncio.gather(
        *(
            bring_into(scene, folder, held, *rows_naming(dataset))
            for folder, dataset in zip(folders, targets, strict=True)
        )
    )
    kept = await scene.read(lambda read: read.scalars(select(import_slugs.c.slug)).all())
    assert sorted(kept) == [f"{ACTOR}-2", f"{SOURCE}-2"]


async def test_what_is_gone_is_hidden_as_it_was(scene: Database, bring: Bring) -> None:
    await scene.write(lambda write: delete_actor(write, OPERATOR, ACTOR, None))
    await bring(STRANGER, naming("desk"))
    assert await names_in(scene) == {f"{ACTOR}-2"}
    await bring(SEER, naming("nook"))
    assert await names_in(scene, "nook") == {ACTOR}


async def test_nobody_publishes_what_hides_behind_a_source(scene: Database, bring: Bring) -> None:
    await make_datasets(scene, shade="private")

    def make(write: Transaction) -> None:
        for slug, owner, speaks_for in (
            ("shade-wire", SOURCE, None),
            ("shade-press", None, ACTOR),
            ("shade-daily", "shade-press", None),
        ):
            body = SourceCreate(
                slug=slug,
                kind="wire",
                name=slug,
                owner=owner,
                speaks_for=speaks_for,
                dataset="shade",
            )
            create_source(write, OPERATOR, body)

    await scene.write(make)
    half = replace(STRANGER, datasets=frozenset({*DATASETS, "shade"}))
    before = await scene.read(hidden_rows)
    for slug in ("shade-wire", "shade-daily"):
        report = await bring(half, a_row("desk", external_id=slug, **PLACES["source"][1](slug)))
        assert report.published == []
        assert [each.reason for each in report.warnings] == [
            SLUG_TAKEN.format("source", f"{slug}-2")
        ]
        with pytest.raises(Invalid, match="names what you may not see"):
            await scene.write(partial(name_source, half, slug))
    assert await scene.read(hidden_rows) == before
    whole = replace(SEER, datasets=frozenset({*DATASETS, "shade", "umbra"}))
    await scene.write(partial(name_source, whole, "shade-daily"))
    assert await is_public(scene)


def name_source(caller: Caller, slug: str, write: Transaction) -> None:
    """Name a source in a public dataset."""
    require_sources(write, caller, {"/source": slug}, "desk")


@pytest.mark.parametrize("slug", ["z" * 100, "z" * 97 + "-yy"])
async def test_the_next_slug_is_a_slug(scene: Database, bring: Bring, slug: str) -> None:
    hidden = ActorCreate(slug=slug, kind="person", name="Nightjar", dataset="umbra")
    await scene.write(lambda write: create_actor(write, OPERATOR, hidden))
    await bring(STRANGER, a_row("desk", participants=[a_host("jay", slug)]))
    assert await names_in(scene) == {slug[:98].rstrip("-") + "-2"}


def a_host(name: str, actor: str) -> dict[str, Any]:
    return {"actor": actor, "name": name, "for": None, "role": "host"}


@pytest.mark.parametrize("slug", ["umbra", "not-there"])
async def test_whether_a_dataset_is_hidden_is_not_told(
    scene: Database, bring: Bring, slug: str
) -> None:
    for dry_run in (False, True):
        with pytest.raises(NotGranted, match="only keys that are not held to datasets make") as no:
            await bring(STRANGER, naming(slug), dry_run=dry_run)
        assert slug not in no.value.detail


async def test_a_dataset_that_becomes_public_hides_nobody_whom_it_names(
    scene: Database, bring: Bring
) -> None:
    await bring(SEER, *rows_naming("nook"))

    def open_it(write: Transaction) -> None:
        content = DatasetContent(title="Nook", visibility="public")
        change_dataset(write, OPERATOR, "nook", None, lambda _: content)

    await scene.write(open_it)
    assert await is_public(scene)
    taken = select(sources.c.dataset).where(sources.c.slug == SOURCE)
    assert await scene.read(lambda read: read.scalars(taken).one()) is None


def hide_from_ucdp(write: Transaction) -> None:
    """Hide the actors that a row of UCDP names."""
    group = ActorCreate(slug="ucdp-4456", kind="person", name="Nightjar", dataset="umbra")
    create_actor(write, OPERATOR, group)
    create_source(
        write, OPERATOR, SourceCreate(slug="vdc", kind="wire", name="Nightjar", dataset="umbra")
    )


async def test_rows_rendered_ahead_mean_the_same(
    scene: Database, twin: Database, tmp_path: Path
) -> None:
    await hide(twin)
    reports = []
    for database, process_from in ((scene, 0), (twin, NEVER)):
        await database.write(hide_from_ucdp)
        for rows, ahead in (
            ([row_of()], process_from),
            ([row_of(best="7", high="9"), row_of("401115")], NEVER),
        ):
            path = write_csv(tmp_path / "rows.csv", rows)
            order = ImportOptions(caller=STRANGER, process_from=ahead)
            reports.append(await run_import(database, path, order))
    assert reports[:2] == reports[2:]
    assert [(report.rows.created, report.rows.updated) for report in reports[:2]] == [
        (1, 0),
        (1, 1),
    ]
    assert [each.value for each in reports[1].warnings] == ["ucdp-4456", "vdc"]
    assert "ucdp-4456-2" in await names_in(scene, "ucdp-ged")
    expected, found = await twin.read(contents), await scene.read(contents)
    for table in (
        event_documents,
        claims,
        participants,
        actors,
        sources,
        source_rows,
        import_slugs,
    ):
        assert found[table.name] == expected[table.name], table.name


async def test_rows_that_are_claims_mean_it_too(scene: Database, tmp_path: Path) -> None:
    await scene.write(hide_from_ucdp)
    hidden = SourceCreate(slug="a-test", kind="wire", name="Nightjar", dataset="umbra")
    await scene.write(lambda write: create_source(write, OPERATOR, hidden))
    path = write_mentions(tmp_path / "mentions.csv", [(RAMI, "a.test/1", "2013-01-05", 1, 40)])
    report = await run_import_as(MENTIONS, scene, path, ImportOptions(caller=STRANGER))
    assert (report.rows.waiting, report.warnings[0].value) == (1, "a-test")
    kept = select(claim_rows.c.source).distinct()
    assert await scene.read(lambda read: read.scalars(kept).all()) == ["a-test-2"]
    path = write_csv(tmp_path / "rows.csv", [row_of()])
    await run_import(scene, path, ImportOptions(caller=STRANGER))
    said = await scene.read(lambda read: read.scalars(select(claims.c.source)).all())
    assert sorted(said) == ["a-test-2", "support-kurds-in-syria", "vdc-2"]


async def test_mentions_rendered_ahead_mean_it_too(scene: Database, tmp_path: Path) -> None:
    path = tmp_path / "mentions.csv"
    path.write_bytes(b"".join(EXCERPT.read_bytes().splitlines(keepends=True)[:4]))
    hidden = SourceCreate(slug="tvperu-gob-pe", kind="wire", name="Nightjar", dataset="umbra")
    await scene.write(lambda write: create_source(write, OPERATOR, hidden))
    order = ImportOptions("gdelt-mentions", caller=STRANGER, process_from=0)
    report = await run_import(scene, path, order)
    assert [(each.line, each.value) for each in report.warnings] == [(3, "tvperu-gob-pe")]
    kept = select(claim_rows.c.source, claim_rows.c.origin)
    rows = await scene.read(lambda read: read.execute(kept).all())
    assert "tvperu-gob-pe-2" in {slug for row in rows for slug in row}
    assert "tvperu-gob-pe" not in {slug for row in rows for slug in row}


async def test_an_archive_says_in_which_file(scene: Database, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "rows.ndjson", naming("desk"))
    with ZipFile(tmp_path / "rows.zip", "w") as archive:
        archive.writestr("a.ndjson", json.dumps(a_row("desk")))
        archive.write(file, "b.ndjson")
    order = ImportOptions(dataset="desk", caller=STRANGER)
    (warned,) = (await run_import(scene, tmp_path / "rows.zip", order)).warnings
    assert (warned.line, warned.reason.partition(":")[0]) == (1, "b.ndjson")


@pytest.mark.parametrize(("name", "path"), EACH)
def test_a_row_says_whom_it_names(name: str, path: Path, tmp_path: Path) -> None:
    format = find_format(name)
    context = FileContext(format.dataset.slug, "2024-01-01", others_too=True)
    for batch in read_batches(ReadingTask(path, format, context, tmp_path / "seen", 10**9, 10**6)):
        events = [row.event for row in batch.rows]
        said = [claim for row in batch.rows for claim in row.claims.values()]
        said += [row.part.claim for row in batch.claims]
        named = {slug for each in events for slug in list_participant_slugs(each)}
        named |= {slug for each in said for slug in list_claim_actors(each, "").values()}
        assert named - {None} <= {slug for _, slug in batch.actors}
        published = {slug for each in said for slug in list_claim_sources(each, "").values()}
        assert published <= {slug for _, slug in batch.sources}
