"""Propagation of a change to many events: any server continues the job of a killed one."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.db.connect import connect
from app.db.database import Database
from app.db.transaction import Transaction
from app.models.events import event_documents
from app.models.jobs import rerenderings
from app.record.links.propagation import (
    EVENTS_PER_BATCH,
    MOST_IMMEDIATE,
    ChangedRecord,
    propagate_change,
    run_next_batch,
)
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.events.schemas import EventCreate
from app.resources.events.service import create_events
from app.settings import Settings
from app.values.caller import OPERATOR
from tests.api.desk import DATABASES, Desk, a_meeting, database_of
from tests.maintenance.conftest import findings_at, url_of
from tests.source import ROOT
from tests.waiting import until

MANY = MOST_IMMEDIATE + 30
SEED = 20261125

WORKER = """
import asyncio, sys
from app.db.connect import connect
from app.settings import Settings
from app.maintenance.propagation_worker import PropagationWorker

async def run():
    database = connect(Settings(database_url=sys.argv[1]))
    await database.open()
    print("begun", flush=True)
    await PropagationWorker(database).step()
    await database.close()

asyncio.run(run())
"""


async def many(desk: Desk, actor: str) -> str:
    """Create more events of the actor than one transaction rewrites; return their dataset."""
    dataset = await desk.dataset()
    taking = {"participants": [{"actor": actor, "role": "host"}]}
    bodies = [orjson.dumps(a_meeting(dataset, **taking)) for _ in range(MANY)]
    answer = await desk.ask(
        "POST /v1/events", b"\n".join(bodies), content_type="application/x-ndjson"
    )
    assert answer.status_code in {200, 201}, answer.text
    return dataset


async def status_of(desk: Desk, answer: Any) -> dict[str, Any]:
    """Return the final state of the job that a response links to."""
    link, _, relation = answer.headers["link"].partition("; ")
    assert relation == 'rel="status"'

    async def read_done() -> dict[str, Any] | None:
        job: dict[str, Any] = await desk.get(link.strip("<>"))
        assert job["status"] == "done" or 0 <= job["progress"] < 1
        return job if job["status"] == "done" else None

    return await until(read_done)


async def test_a_new_name_reaches_many_events(desk: Desk) -> None:
    actor = await desk.actor()
    dataset = await many(desk, actor)
    answer = await desk.ask(f"PATCH /v1/actors/{actor}", {"name": "Renamed"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Renamed")
    during = await desk.items(f"/v1/events?dataset={dataset}&limit=1000")
    for event in during:
        name = event["participants"][0]["name"]
        assert (name, event["revision"]) in {(actor, 1), ("Renamed", 2)}
    job = await status_of(desk, answer)
    assert (job["noun"], job["slug"], job["into"], job["progress"]) == ("actor", actor, None, 1)
    after = await desk.items(f"/v1/events?dataset={dataset}&limit=1000")
    shown = {(each["participants"][0]["name"], each["revision"]) for each in after}
    assert (len(after), shown) == (MANY, {("Renamed", 2)})
    assert await desk.get(f"/v1/count?dataset={dataset}&q=renamed") == {
        "value": MANY,
        "kind": "exact",
    }
    assert findings_at(url_of(desk)) == []
    path = answer.headers["link"].partition(">")[0].strip("<")
    assert (await desk.ask(f"GET {path}", key=None)).status_code == 401
    assert (await desk.ask(f"GET {path}", key=await desk.key("write"))).status_code == 200


async def test_a_few_are_written_with_the_change(desk: Desk) -> None:
    actor = await desk.actor()
    event = await desk.event(participants=[{"actor": actor, "role": "host"}])
    answer = await desk.ask(f"PATCH /v1/actors/{actor}", {"name": "Renamed"})
    assert "link" not in answer.headers
    shown = await desk.get(f"/v1/events/{event['id']}")
    assert shown["participants"][0]["name"] == "Renamed"


async def test_the_job_of_a_hidden_actor_is_hidden(desk: Desk) -> None:
    dataset = await desk.dataset("private")
    database = desk.app.state.annals.database

    def start(write: Transaction) -> Any:
        row = {"id": write.make_id(), "noun": "actor", "slug": "x", "dataset": dataset}
        times = {"created_at": 1, "updated_at": 1, "status": "done", "done": 0, "total": 0}
        write.connection.execute(rerenderings.insert(), {**row, **times, "after_key": 0})
        return row["id"]

    id = await database.write(start)
    answer = await desk.ask(f"GET /v1/rerenderings/{id}", key=await desk.key("write"))
    assert answer.status_code == 404
    assert (await desk.get(f"/v1/rerenderings/{id}"))["progress"] == 1


@pytest.fixture(params=DATABASES)
async def unserved(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[str, Database]]:
    """Return a database without a server, with a dataset and many events of North Korea."""
    with database_of(request, tmp_path, request.param) as url:
        async with opened(url) as database:
            await database.write(record)
            yield url, database


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open the database."""
    database = connect(Settings(database_url=url))
    await database.open()
    yield database
    await database.close()


def record(write: Transaction) -> None:
    """Create many meetings of one day each."""
    create_dataset(write, OPERATOR, DatasetCreate(slug="desk", title="Desk"))
    taking = {"participants": [{"actor": "PRK", "role": "host"}]}
    bodies = [
        EventCreate.model_validate(a_meeting("desk", **taking, date=f"{1900 + number}"))
        for number in range(3 * EVENTS_PER_BATCH)
    ]
    create_events(write, OPERATOR, bodies, [""] * len(bodies))


def rename(write: Transaction, name: str) -> None:
    """Rename North Korea, and start the propagation to its events."""
    from app.resources.actors.schemas import ActorContent
    from app.resources.actors.service import change_actor

    def revise(document: dict[str, Any]) -> ActorContent:
        kept = {key: document[key] for key in ActorContent.model_fields}
        return ActorContent.model_validate({**kept, "name": name})

    change_actor(write, OPERATOR, "PRK", None, revise)


async def shown(database: Database) -> set[tuple[str, int]]:
    """Return the names in the events, with their revisions."""
    texts = await database.read(
        lambda connection: list(connection.scalars(select(event_documents.c.document)))
    )
    documents = [orjson.loads(text) for text in texts]
    return {(each["participants"][0]["name"], each["revision"]) for each in documents}


async def test_a_killed_job_goes_on(unserved: tuple[str, Database]) -> None:
    url, database = unserved
    await database.write(lambda write: rename(write, "DPRK"))
    dice = random.Random(SEED)
    for _ in range(2):
        await asyncio.to_thread(killed, url, dice)
    assert await shown(database) != {("DPRK", 2)}, "it was killed too late to show anything"
    while await database.write(run_next_batch):
        pass
    assert await shown(database) == {("DPRK", 2)}
    assert findings_at(url) == []


def killed(url: str, dice: random.Random) -> None:
    """Run a batch in a process of its own, and kill that process during the batch."""
    command = [sys.executable, "-c", WORKER, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            process.wait(dice.uniform(0, 0.1))
        except subprocess.TimeoutExpired:
            process.kill()


async def test_a_check_leaves_to_the_job_what_is_its(unserved: tuple[str, Database]) -> None:
    url, database = unserved
    await database.write(lambda write: rename(write, "DPRK"))
    await database.write(run_next_batch)
    assert findings_at(url) == []


async def test_another_name_meanwhile_begins_anew(unserved: tuple[str, Database]) -> None:
    _, database = unserved
    for name in ("DPRK", "Chosŏn"):
        await database.write(lambda write, name=name: rename(write, name))  # type: ignore[misc]
        await database.write(run_next_batch)
    assert {name for name, _ in await shown(database)} == {"North Korea", "Chosŏn"}
    await asyncio.gather(*(database.write(run_next_batch) for _ in range(4)))
    while await database.write(run_next_batch):
        pass
    assert await shown(database) == {("Chosŏn", 2), ("Chosŏn", 3)}


async def test_two_at_a_time_do_it_once(unserved: tuple[str, Database]) -> None:
    url, database = unserved
    await database.write(lambda write: rename(write, "DPRK"))
    async with opened(url) as other:

        async def work(at: Database) -> None:
            for _ in range(4):
                await at.write(run_next_batch)

        await asyncio.gather(work(database), work(other))
        while await database.write(run_next_batch):
            pass
    assert await shown(database) == {("DPRK", 2)}


async def test_what_nothing_rests_on_is_followed_at_once(unserved: tuple[str, Database]) -> None:
    _, database = unserved
    subject = ChangedRecord("source", "nobody", None)
    assert await database.write(lambda write: propagate_change(write, subject)) is None
    assert await database.write(run_next_batch) is False
