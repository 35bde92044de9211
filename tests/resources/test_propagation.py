"""Propagation of a changed actor or source into its events, in the same transaction."""

import asyncio
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from app.db.transaction import Transaction
from app.models.events import event_documents, past_event_documents
from app.record.content import ClaimContent
from app.record.load import load_events
from app.record.save import ClaimChange, EventChange, save_events
from app.resources.actors.seeding import seed_actors
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.events.schemas import EventCreate
from app.resources.events.service import create_events, delete_event
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source
from app.values.caller import OPERATOR
from tests.resources.conftest import Ask, Run

CLAIM: ClaimContent = {
    "external_id": None,
    "stance": "affirms",
    "source": "daily",
    "speaker": None,
    "origin": None,
    "made_on": "2024-06-18",
    "paraphrase": "They met.",
    "url": None,
    "language": None,
    "basis": "media-report",
    "credibility": 6,
    "retracted_on": None,
    "about": None,
    "value": None,
}


def record(write: Transaction) -> UUID:
    """Record a meeting with claims by two papers of the reliabilities B and F."""
    seed_actors(write)
    create_dataset(write, OPERATOR, DatasetCreate(slug="desk", title="Desk"))
    for slug, reliability in (("daily", "B"), ("weekly", "F")):
        body = SourceCreate(slug=slug, kind="newspaper", name=slug, reliability=reliability)
        create_source(write, OPERATOR, body)
    event = EventCreate.model_validate(
        {
            "dataset": "desk",
            "type": "meeting",
            "title": "A meeting",
            "date": "2024-06-18",
            "participants": [
                {"actor": "PRK", "role": "host"},
                {"actor": "un-secretariat", "for": "united-nations", "role": "guest"},
            ],
        }
    )
    (saved,) = create_events(write, OPERATOR, [event])
    add_claims(write, saved.id)
    return saved.id


def add_claims(write: Transaction, event_id: UUID) -> None:
    """Record one claim by each paper; the weekly repeats no other source."""
    stored = load_events(write.connection, [event_id])[event_id]
    contents: list[ClaimContent] = [CLAIM, {**CLAIM, "source": "weekly"}]
    claims = [ClaimChange("created", write.make_id(), None, each, 1, write.at) for each in contents]
    change = EventChange(
        "updated", event_id, stored, stored.content, stored.revision + 1, stored.created_at, claims
    )
    save_events(write, [change])


@pytest.fixture
async def event_id(run: Run) -> UUID:
    """Return the event of `record`, at its second revision."""
    return await run(record)


async def read(run: Run, event_id: UUID) -> dict[str, Any]:
    """Return the event's document."""
    found = select(event_documents.c.document).where(event_documents.c.id == event_id)
    text = await run(lambda write: write.connection.scalar(found))
    document: dict[str, Any] = orjson.loads(text or "{}")
    return document


async def test_a_new_name_is_written_into_the_events(ask: Ask, run: Run, event_id: UUID) -> None:
    answer = await ask("PATCH /v1/actors/PRK", {"name": "DPRK"}, key="writer")
    assert answer.status_code == 200, answer.text
    event = await read(run, event_id)
    assert event["revision"] == 3
    assert event["participants"][0]["name"] == "DPRK"
    past = select(past_event_documents.c.document).order_by(past_event_documents.c.revision)
    texts = await run(lambda write: write.connection.scalars(past).all())
    assert "North Korea" in texts[-1]


@pytest.mark.parametrize(
    ("slug", "patch"),
    [
        ("PRK", {"aliases": ["Chosŏn"]}),
        ("united-nations", {"name": "UN"}),
        ("KOR", {"name": "ROK"}),
    ],
)
async def test_fields_that_events_do_not_show_change_no_event(
    ask: Ask, run: Run, event_id: UUID, slug: str, patch: dict[str, Any]
) -> None:
    answer = await ask(f"PATCH /v1/actors/{slug}", patch, key="writer")
    assert answer.json()["revision"] == 2
    assert (await read(run, event_id))["revision"] == 2


async def test_a_changed_reliability_verifies_events_again(
    ask: Ask, run: Run, event_id: UUID
) -> None:
    assert (await read(run, event_id))["verification"] == "alleged"
    await ask("PATCH /v1/sources/weekly", {"reliability": "C"}, key="writer")
    event = await read(run, event_id)
    assert (event["verification"], event["verification_rule"]) == ("confirmed", "corroborated")
    assert event["revision"] == 3
    await ask("PATCH /v1/sources/weekly", {"owner": "daily"}, key="writer")
    event = await read(run, event_id)
    assert (event["verification"], event["claims"]["independent"]) == ("alleged", 1)
    await ask("PATCH /v1/sources/weekly", {"speaks_for": "PRK"}, key="writer")
    event = await read(run, event_id)
    assert (event["verification"], event["verification_rule"]) == ("confirmed", "acknowledged")


async def test_a_changed_source_name_changes_no_event(ask: Ask, run: Run, event_id: UUID) -> None:
    await ask("PATCH /v1/sources/weekly", {"name": "The Weekly"}, key="writer")
    assert (await read(run, event_id))["revision"] == 2


@pytest.mark.parametrize(
    "path",
    ["actors/PRK", "actors/united-nations", "sources/daily", "sources/weekly", "datasets/desk"],
)
async def test_records_in_use_cannot_be_deleted(ask: Ask, event_id: UUID, path: str) -> None:
    answer = await ask(f"DELETE /v1/{path}", key="admin")
    assert answer.status_code == 409
    assert (await ask(f"GET /v1/{path}")).status_code == 200


async def test_a_dataset_with_a_past_cannot_be_deleted(ask: Ask, run: Run, event_id: UUID) -> None:
    await run(lambda write: delete_event(write, OPERATOR, event_id, None))
    answer = await ask("DELETE /v1/datasets/desk", key="admin")
    assert (answer.status_code, "history" in answer.text) == (409, True)
    assert (await ask("DELETE /v1/actors/PRK", key="admin")).status_code == 204


async def test_an_event_created_during_a_renaming_has_the_new_name(
    ask: Ask, run: Run, event_id: UUID
) -> None:
    body = EventCreate.model_validate(
        {
            "dataset": "desk",
            "type": "meeting",
            "title": "Another meeting",
            "date": "2024-06-19",
            "participants": [{"actor": "PRK", "role": "host"}],
        }
    )
    made = [run(lambda write: create_events(write, OPERATOR, [body])) for _ in range(6)]
    renamed = ask("PATCH /v1/actors/PRK", {"name": "DPRK"}, key="writer")
    await asyncio.gather(*made[:3], renamed, *made[3:])
    found = select(event_documents.c.document)
    texts = await run(lambda write: write.connection.scalars(found).all())
    names = [orjson.loads(text)["participants"][0]["name"] for text in texts]
    assert names == ["DPRK"] * 7


async def test_of_two_changes_of_one_revision_one_is_stale(ask: Ask, event_id: UUID) -> None:
    line, tag = "PATCH /v1/sources/weekly", '"1-1"'
    changes = [ask(line, {"name": name}, key="writer", if_match=tag) for name in ("One", "Two")]
    assert sorted(each.status_code for each in await asyncio.gather(*changes)) == [200, 412]


async def test_of_two_records_with_one_slug_one_is_created(ask: Ask, event_id: UUID) -> None:
    body = {"slug": "pact", "kind": "organisation", "name": "Pact"}
    made = [ask("POST /v1/actors", body, key="writer") for _ in range(2)]
    assert sorted(each.status_code for each in await asyncio.gather(*made)) == [201, 409]
