"""The loader of the demo file: once, completely, and never over an editor's change."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, func, select

from app.db.connect import connect
from app.db.database import Database
from app.db.migrations import migrate
from app.db.transaction import Transaction
from app.demo.demo_loader import DATASET, LoadedCounts, load_demo
from app.models.claims import claims
from app.models.events import event_documents
from app.models.relations import relations
from app.record.content import extract_event_content
from app.record.document import decode_document
from app.resources.actors.seeding import seed_actors
from app.resources.events.schemas import EventCreate
from app.resources.events.service import delete_event, replace_event
from app.settings import Settings
from app.values.caller import OPERATOR
from app.values.ids import IdMaker, make_record_id

NOW = 1_718_000_000_000_000
WHOLE = LoadedCounts(datasets=1, sources=19, actors=9, events=68, claims=129, relations=35)
NOTHING = LoadedCounts(0, 0, 0, 0, 0, 0)
SUMMIT = make_record_id(DATASET, "summit-2024-06-pyongyang")


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """A migrated database with the vocabulary's actors."""
    await asyncio.to_thread(migrate, empty_database_url)
    ids = IdMaker(lambda: NOW // 1000, secrets.randbits)
    opened = connect(Settings(database_url=empty_database_url), clock=lambda: NOW, ids=ids)
    await opened.open()
    await opened.write(seed_actors)
    yield opened
    await opened.close()


async def document(database: Database, external_id: str) -> dict[str, Any]:
    row = select(event_documents.c.document).where(
        event_documents.c.id == make_record_id(DATASET, external_id)
    )
    return decode_document(await database.read(lambda connection: connection.scalar(row) or ""))


async def count(database: Database, *conditions: Any) -> int:
    counted = select(func.count()).select_from(event_documents).where(*conditions)
    return await database.read(lambda connection: connection.scalar(counted) or 0)


def retitle(write: Transaction) -> None:
    def change(stored: dict[str, Any]) -> EventCreate:
        content = {**extract_event_content(stored), "title": "Edited by hand"}
        return EventCreate.model_validate(content)

    replace_event(write, OPERATOR, SUMMIT, None, change)


async def test_it_is_loaded_once(database: Database) -> None:
    assert await database.write(load_demo) == WHOLE
    assert await database.write(load_demo) == NOTHING
    assert await count(database) == WHOLE.events


async def test_an_event_comes_with_its_claims_as_its_first_revision(database: Database) -> None:
    await database.write(load_demo)
    assert await count(database, event_documents.c.revision != 1) == 0


@pytest.mark.parametrize(
    ("external_id", "verification"),
    [
        ("summit-2024-06-pyongyang", "confirmed"),
        ("arms-transfer-2023-2024", "disputed"),
        ("balloons-2024-05", "confirmed"),
    ],
)
async def test_what_the_claims_support(
    database: Database, external_id: str, verification: str
) -> None:
    await database.write(load_demo)
    assert (await document(database, external_id))["verification"] == verification


async def test_an_editors_hand_is_not_overwritten(database: Database) -> None:
    await database.write(load_demo)
    await database.write(retitle)
    assert await database.write(load_demo) == NOTHING
    shown = await document(database, "summit-2024-06-pyongyang")
    assert (shown["title"], shown["revision"]) == ("Edited by hand", 2)


async def test_a_deleted_event_stays_deleted(database: Database) -> None:
    await database.write(load_demo)
    await database.write(lambda write: delete_event(write, OPERATOR, SUMMIT, None))
    assert await database.write(load_demo) == NOTHING
    assert await count(database, event_documents.c.id == SUMMIT) == 0


async def test_two_that_load_at_once_load_one(database: Database) -> None:
    loaded = await asyncio.gather(database.write(load_demo), database.write(load_demo))
    assert sorted(each.events for each in loaded) == [0, WHOLE.events]

    def ends(connection: Connection) -> set[UUID]:
        either = select(relations.c.event_id).union(select(relations.c.to_event_id))
        return set(connection.scalars(either)) | set(connection.scalars(select(claims.c.event_id)))

    known = await database.read(ends)
    assert await count(database, event_documents.c.id.in_(known)) == len(known)
