"""Purges: no table keeps anything of the record, and the feed says only that it was purged."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, select

from app.db.snapshot import run_on_snapshot
from app.db.transaction import Transaction
from app.db.vacuum import erase_deleted
from app.errors import Conflict, Gone, NotFound
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_store import create_job
from app.maintenance.backup_format import list_backup_columns
from app.maintenance.purge import describe_target, find_purge_target, purge_record, purge_source_row
from app.maintenance.purge_reference_records import find_purgeable, purge_reference_record
from app.models.imports import import_findings
from app.models.schema import metadata
from tests.api.desk import Desk, Record, faults
from tests.maintenance.conftest import beside, findings_at, keep_row, url_of

SECRET = "Xylophone"
QUOTED = f"{SECRET} the provider's own words"


async def purged(desk: Desk, id: str) -> str:
    """Purge a record and return the line that the operator confirms."""
    database = desk.app.state.annals.database
    target = await database.read(lambda connection: find_purge_target(connection, UUID(id)))
    told: str = await database.read(lambda connection: describe_target(connection, target))
    await database.write(lambda write: purge_record(write, target))
    return told


async def a_secret(desk: Desk, **content: Any) -> Record:
    """Create an event with a past whose texts all contain the secret."""
    event = await desk.event(
        title=f"{SECRET} first",
        summary=f"{SECRET} in the summary",
        external_id=f"{SECRET}-1",
        tags=[SECRET.lower()],
        location={"name": SECRET, "precision": "city", "longitude": 1.0, "latitude": 2.0},
        **content,
    )
    await desk.claim(event, external_id=f"{SECRET}-claim", paraphrase=f"{SECRET} says so.")
    await desk.change(f"PATCH /v1/events/{event['id']}", {"title": f"{SECRET} second"})
    await keep_row(desk, UUID(event["id"]), event["dataset"], f'{{"text":"{QUOTED}"}}')
    await desk.app.state.annals.database.write(lambda write: quote(write, event["dataset"]))
    return event


def quote(write: Transaction, dataset: str) -> None:
    """Store a finding of an import that quotes the row."""
    finding = {
        "import_id": create_job(write, ImportOptions("ucdp-ged", dataset), dataset, "here"),
        "number": 1,
        "severity": "warning",
        "line": 3,
        "column": "text",
        "value": QUOTED[:20],
        "reason": "odd",
    }
    write.connection.execute(insert(import_findings), finding)


def traces(connection: Connection, *texts: str) -> list[str]:
    """Return the tables with one of the texts in their rows."""
    wanted = [text.lower() for text in texts]
    found = []
    for table in metadata.sorted_tables:
        shown = list_backup_columns(table) if SECRET not in texts else list(table.columns)
        rows = (str(tuple(row)).lower() for row in connection.execute(select(*shown)))
        found += [str(table.name) for row in rows if any(text in row for text in wanted)]
    return found


async def test_an_event_goes_from_every_table(desk: Desk) -> None:
    event = await a_secret(desk)
    other = await desk.event(event["dataset"])
    relation = await desk.relation(other, event)
    (claim,) = await desk.items(f"/v1/events/{event['id']}/claims")
    await desk.settle()
    before = (await desk.get("/v1/changes?limit=10000"))["next_cursor"]
    url, id = url_of(desk), UUID(event["id"])
    assert len(set(beside(run_on_snapshot, url, lambda each: traces(each, SECRET)))) >= 10
    told = await purged(desk, event["id"])
    assert told == f"event {id} of {event['dataset']}: 3 revisions, 1 claim, 1 relation"
    assert beside(run_on_snapshot, url, lambda each: traces(each, SECRET)) == []
    left = beside(run_on_snapshot, url, lambda each: traces(each, id.hex, str(id), claim["id"]))
    assert left == ["changes"] * 2
    await tell_only_that(desk, [event["id"], claim["id"], relation["id"]], before)
    assert findings_at(url) == []
    again = {"dataset": event["dataset"], "external_id": f"{SECRET}-1", "type": "meeting"}
    answer = await desk.ask("POST /v1/events", {**again, "title": "Again", "date": "2024"})
    assert (answer.status_code, faults(answer)[0]["pointer"]) == (409, "/external_id")
    with pytest.raises(Gone, match="purged already"):
        await purged(desk, event["id"])


async def tell_only_that(desk: Desk, ids: list[str], before: str) -> None:
    """The feed has one purge of each record; reads and writes answer 410."""
    event, claim, relation = ids
    await desk.settle()
    told = await desk.items(f"/v1/changes?after={before}&limit=1000")
    assert {each["id"]: each["operation"] for each in told} == dict.fromkeys(ids, "purged")
    assert len(await desk.items(f"/v1/changes?id={','.join(ids)}")) == len(ids)
    for path in (f"events/{event}", f"claims/{claim}", f"relations/{relation}"):
        for line in (f"GET /v1/{path}", f"DELETE /v1/{path}"):
            answer = await desk.ask(line)
            assert (answer.status_code, "was purged" in answer.text) == (410, True), line
    (entry,) = await desk.items(f"/v1/events/{event}/history?count=exact")
    assert (entry["operation"], entry["recorded_by"], entry["changes"]) == ("purged", None, [])
    for path in (f"history/{entry['revision']}", f"claims?as_of={before}", ""):
        answer = await desk.ask(f"GET /v1/events/{event}/{path}".rstrip("/"))
        assert answer.status_code in {404, 410}, path
    assert await desk.items(f"/v1/events?q={SECRET}&as_of={before}") == []
    assert (await desk.ask(f"POST /v1/events/{event}/restore")).status_code == 410


async def test_a_deleted_event_can_be_purged(desk: Desk) -> None:
    event = await a_secret(desk)
    await desk.change(f"DELETE /v1/events/{event['id']}")
    assert "4 revisions" in await purged(desk, event["id"])
    url = url_of(desk)
    assert beside(run_on_snapshot, url, lambda each: traces(each, SECRET)) == []
    assert findings_at(url) == []


@pytest.mark.parametrize("noun", ["actor", "source"])
async def test_who_is_gone_is_purged(desk: Desk, noun: str) -> None:
    is_actor = noun == "actor"
    slug = await (desk.actor if is_actor else desk.source)(name=f"{SECRET} first")
    path, database = f"/v1/{noun}s/{slug}", desk.app.state.annals.database
    await desk.change(f"PATCH {path}", {"name": f"{SECRET} second"})
    with pytest.raises(Conflict, match="delete it first"):
        await database.write(lambda write: purge_reference_record(write, noun, slug))
    await desk.change(f"DELETE {path}")
    await database.write(lambda write: purge_reference_record(write, noun, slug))
    url = url_of(desk)
    assert beside(run_on_snapshot, url, lambda each: traces(each, SECRET)) == []
    for line in (f"GET {path}", f"PATCH {path}"):
        answer = await desk.ask(line, {} if "PATCH" in line else None)
        assert (answer.status_code, "was purged" in answer.text) == (410, True), line
    assert [each["operation"] for each in await desk.items(f"{path}/history")] == ["purged"]
    await desk.settle()
    assert [each["operation"] for each in await desk.items(f"/v1/changes?id={slug}")] == ["purged"]
    body = {"slug": slug, "name": "Again", "kind": "person" if is_actor else "newspaper"}
    assert (await desk.ask(f"POST /v1/{noun}s", body)).status_code == 409
    assert (await desk.ask(f"POST {path}/restore")).status_code in {404, 410}
    assert findings_at(url) == []
    with pytest.raises(Gone, match="purged already"):
        await database.read(lambda connection: find_purgeable(connection, noun, slug))


async def test_a_claim_leaves_its_event(desk: Desk) -> None:
    event = await a_secret(desk)
    path = f"/v1/events/{event['id']}"
    (claim,) = await desk.items(f"{path}/claims")
    told = await purged(desk, claim["id"])
    assert told == f"claim {claim['id']} of {event['dataset']}: 1 revision"
    stands = await desk.get(path)
    assert (stands["verification"], stands["revision"]) == ("unverified", 4)
    told_of_it = (f"{SECRET} says", QUOTED[:20], claim["id"])
    left = beside(run_on_snapshot, url_of(desk), lambda each: traces(each, *told_of_it))
    assert left == ["changes"]
    assert (await desk.get(f"{path}/source-row"))["row"] == {}
    body = {"stance": "affirms", "source": claim["source"], "paraphrase": "Again."}
    again = {**body, "external_id": f"{SECRET}-claim", "basis": "media-report"}
    assert (await desk.ask(f"POST {path}/claims", again)).status_code == 409
    assert findings_at(url_of(desk)) == []
    await purged(desk, event["id"])
    assert (await desk.ask(f"GET /v1/claims/{claim['id']}")).status_code == 410


async def test_a_relation_and_a_row_leave_their_events(desk: Desk) -> None:
    event = await a_secret(desk)
    relation = await desk.relation(event, await desk.event(event["dataset"]))
    await purged(desk, relation["id"])
    assert (await desk.get(f"/v1/events/{event['id']}"))["revision"] == 3
    database = desk.app.state.annals.database
    await database.write(lambda write: purge_source_row(write, UUID(event["id"])))
    assert (await desk.get(f"/v1/events/{event['id']}/source-row"))["row"] == {}
    assert findings_at(url_of(desk)) == []
    for wrong in (purge_source_row, lambda write, id: find_purge_target(write.connection, id)):
        with pytest.raises(NotFound):
            await database.write(lambda write, wrong=wrong: wrong(write, UUID(int=7)))
    await purged(desk, event["id"])


async def test_of_a_private_dataset_nothing_is_told(desk: Desk) -> None:
    event = await desk.event(await desk.dataset("private"))
    await purged(desk, event["id"])
    key = await desk.key("read")
    answer = await desk.ask(f"GET /v1/events/{event['id']}", key=key)
    assert (answer.status_code, "purged" in answer.text) == (404, False)
    await desk.settle()
    assert await desk.items(f"/v1/changes?id={event['id']}", key=key) == []


async def test_the_file_holds_nothing_of_it(desk: Desk) -> None:
    event = await a_secret(desk)
    await purged(desk, event["id"])
    url = url_of(desk)
    beside(erase_deleted, url)
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        for file in path.parent.glob(f"{path.name}*"):
            assert SECRET.lower().encode() not in file.read_bytes().lower(), file
