"""A few records of every noun, under the names that the reference gives in its examples."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from sqlalchemy import insert

from app.db.transaction import Transaction
from app.main import create_app
from app.models.jobs import rerenderings
from app.settings import Settings
from tests.api.conftest import serving
from tests.api.desk import Desk, a_claim, a_meeting
from tests.ingest.rows import SAMPLES, UCDP
from tests.waiting import until

DATASET = "russia-dprk"
JOB = UUID("0190a2c0-0000-7000-8000-000000000001")


async def populate(settings: Settings) -> None:
    """Make the records in a database that is ready to be served."""
    async with serving(create_app(settings)) as app:
        desk = Desk(app)
        await make_specimens(desk)
        await desk.close()


def populate_apart(settings: Settings) -> None:
    """Make the records, in a thread with a loop of its own."""
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, populate(settings)).result()


async def make_specimens(desk: Desk) -> None:
    """Datasets, actors and sources, two events with claims and a relation, an import, keys."""
    await desk.dataset(slug=DATASET)
    await desk.dataset("private", slug="acled")
    for person in ("kim-jong-un", "vladimir-putin", "shin-won-sik"):
        await desk.actor(person)
    await desk.source("government-of-the-dprk", kind="government")
    await desk.source("nhk", kind="broadcaster", url="https://www3.nhk.or.jp", language="ja")
    await make_events(desk)
    await desk.app.state.annals.database.write(keep_job)
    await desk.key("read", datasets=["acled"])
    await desk.make("/v1/questions", {"title": "Summits", "query": "type=summit"})
    file = next(iter(SAMPLES))
    lines = (UCDP / file).read_bytes().splitlines(keepends=True)[:6]
    answer = await desk.ask(
        "POST /v1/imports?format=ucdp-ged", b"".join(lines), content_type="text/csv"
    )
    assert answer.status_code == 202, answer.text
    await ended(desk, answer.headers["location"])


def keep_job(write: Transaction) -> None:
    """A finished propagation job under the id of the example."""
    times = {"created_at": write.at, "updated_at": write.at}
    of = {"id": JOB, "noun": "actor", "slug": "PRK", "status": "done"}
    write.connection.execute(
        insert(rerenderings), {**of, **times, "after_key": 0, "done": 1, "total": 1}
    )


async def ended(desk: Desk, path: str) -> None:
    """Wait until an import has ended."""

    async def has_ended() -> bool:
        return bool((await desk.get(path))["status"] != "running")

    await until(has_ended)


async def make_events(desk: Desk) -> None:
    """A visit and what followed from it; an event that is merged away, and one to restore."""
    visit = await desk.make(
        "/v1/events",
        a_meeting(
            DATASET,
            external_id="putin-visit",
            type="summit",
            date="2024-06-18/2024-06-19",
            summary="They signed a treaty.",
            participants=[
                {"actor": "kim-jong-un", "for": "PRK", "role": "host"},
                {"actor": "vladimir-putin", "for": "RUS", "role": "guest"},
            ],
            location={
                "name": "Pyongyang",
                "country": "PRK",
                "longitude": 125.75,
                "latitude": 39.03,
                "precision": "city",
            },
            details={"series": "kim-jong-un-putin", "ordinal": 3},
            fatalities={"low": 0, "best": 0, "high": 0},
            codes={"cameo": "042"},
            tags=["visit"],
        ),
    )
    treaty = await desk.make("/v1/events", a_meeting(DATASET, external_id="treaty"))
    claim = a_claim(
        "nhk",
        external_id="nhk-report",
        speaker={"actor": "shin-won-sik", "title": "defence minister", "speaks_for": "KOR"},
        url="https://www3.nhk.or.jp/news/",
        language="ja",
    )
    await desk.make(f"/v1/events/{visit['id']}/claims", claim)
    value = a_claim("nhk", about="fatalities.best", value=0)
    await desk.make(f"/v1/events/{visit['id']}/claims", value)
    await desk.relation(treaty, visit)
    twin = await desk.event(DATASET)
    await desk.make("/v1/merges", {"winner": treaty["id"], "losers": [twin["id"]]})
    gone = await desk.event(DATASET)
    await desk.change(f"DELETE /v1/events/{gone['id']}")
