"""The number of statements of each change of an event: each is a round trip in PostgreSQL."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from app.db.statements import get_driver
from app.db.transaction import Transaction
from app.resources.actors.seeding import seed_actors
from app.resources.claims.schemas import ClaimCreate
from app.resources.claims.service import record_claim
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.events import service
from app.resources.events.schemas import EventCreate
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source
from app.values.caller import OPERATOR
from tests.resources.conftest import Run

MEETING = EventCreate.model_validate(
    {
        "dataset": "desk",
        "type": "meeting",
        "title": "Talks in Singapore",
        "date": "2018-06-12",
        "participants": [
            {"actor": "PRK", "for": None, "role": "guest"},
            {"actor": "USA", "for": None, "role": "guest"},
        ],
        "tags": ["nuclear"],
    }
)
KNOWN = MEETING.model_copy(update={"external_id": "talks-1"})
SAID = ClaimCreate.model_validate(
    {
        "stance": "affirms",
        "source": "kcna",
        "made_on": "2018-06-13",
        "paraphrase": "The leaders met.",
        "basis": "official-statement",
        "credibility": 2,
    }
)


def create(body: EventCreate, write: Transaction, event_id: UUID) -> Any:
    """Create another event."""
    del event_id
    return service.create_events(write, OPERATOR, [body])


def rename(write: Transaction, event_id: UUID) -> Any:
    """Change an event's title."""
    renamed = MEETING.model_copy(update={"title": "A summit in Singapore"})
    return service.replace_event(write, OPERATOR, event_id, None, lambda _: renamed)


def claim(write: Transaction, event_id: UUID) -> Any:
    """Add a claim."""
    return record_claim(write, OPERATOR, event_id, SAID)


def delete(write: Transaction, event_id: UUID) -> Any:
    """Delete an event."""
    service.delete_event(write, OPERATOR, event_id, None)


@pytest.fixture
async def made(run: Run) -> UUID:
    """Create an event with the records that it refers to."""

    def make(write: Transaction) -> UUID:
        create_dataset(write, OPERATOR, DatasetCreate(slug="desk", title="Desk"))
        create_source(write, OPERATOR, SourceCreate(slug="kcna", kind="wire", name="KCNA"))
        return service.create_events(write, OPERATOR, [MEETING])[0].id

    await run(seed_actors)
    return await run(make)


@pytest.mark.parametrize(
    ("change", "at_most"),
    [
        (partial(create, MEETING), 5),
        (partial(create, KNOWN), 6),
        (rename, 10),
        (claim, 9),
        (delete, 18),
    ],
    ids=["create", "create with an external id", "rename", "claim", "delete"],
)
async def test_a_change_takes_few_statements(
    run: Run, made: UUID, change: Callable[[Transaction, UUID], Any], at_most: int
) -> None:
    def count(write: Transaction) -> list[str]:
        told: list[str] = []
        driver = get_driver(write.connection)
        if write.connection.dialect.name == "postgresql":
            with driver.query_logger(lambda record: told.append(record.query)):
                change(write, made)
        else:
            driver.set_trace_callback(told.append)
            change(write, made)
            driver.set_trace_callback(None)
            # One statement per table; PostgreSQL needs one for all tables.
            told = [sql for sql in told if sql.startswith(("SELECT", "WITH"))]
        return told

    statements = await run(count)
    assert len(statements) <= at_most, "\n".join(statements)
