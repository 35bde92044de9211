"""Databases with every kind of record, changed, deleted, restored and renamed."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert

from app.db.migrations import run_on_schema
from app.db.snapshot import run_on_snapshot
from app.db.transaction import Transaction
from app.maintenance.check.run_check import check_records
from app.models.imports import source_rows
from tests.api.conftest import prepared_postgres, prepared_sqlite  # noqa: F401 - fixtures
from tests.api.desk import DATABASES, Desk, open_desk

Result = TypeVar("Result")


class Undone(Exception):
    """Ends a transaction to roll back its changes."""


def beside(work: Callable[..., Result], *given: Any) -> Result:
    """Run a function that starts its own event loop from within another loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given).result()


def findings(connection: Connection) -> list[str]:
    """Return the findings of a check of the whole database, one line each."""
    return [str(each) for each in check_records(connection, lambda done, total: None)]


def findings_at(url: str) -> list[str]:
    """Return the findings of a check of the database at this URL."""
    return beside(run_on_snapshot, url, findings)


def findings_after(url: str, damage: Callable[[Connection], None]) -> list[str]:
    """Return the findings after some damage, which is rolled back."""
    found: list[str] = []

    def work(connection: Connection) -> None:
        damage(connection)
        found.extend(findings(connection))
        raise Undone

    with pytest.raises(Undone):
        beside(run_on_schema, url, work)
    return found


async def use(desk: Desk) -> dict[str, str]:
    """Make every kind of change and return the ids of the new records."""
    dataset, person = await desk.dataset("private", "desk"), await desk.actor("person")
    await desk.change(
        f"PATCH /v1/actors/{person}", {"aliases": ["The Person"], "codes": {"cameo": "XYZ"}}
    )
    first = await desk.event(
        dataset,
        title="A first meeting",
        summary="Somebody met somebody.",
        participants=[{"actor": person, "for": "PRK", "role": "host"}],
        location={"precision": "city", "longitude": 125.75, "latitude": 39.03},
        fatalities={"best": 3},
        tags=["a"],
        codes={"cameo": "042"},
    )
    second = await desk.event(dataset, external_id="one", date="2023~")
    claim = await desk.claim(first, await desk.source("daily"), external_id="one")
    await desk.claim(first, await desk.source("weekly"), about="fatalities.best", value=4)
    relation = await desk.relation(first, second)
    third = await desk.event(dataset, title="A third meeting")
    await desk.relation(first, third, "enables")
    await desk.change(f"PATCH /v1/claims/{claim['id']}", {"stance": "denies"})
    await desk.change(f"PATCH /v1/events/{first['id']}", {"tags": ["a", "b"]})
    await desk.change(f"PATCH /v1/actors/{person}", {"name": "Renamed"})
    await desk.change("PATCH /v1/sources/daily", {"reliability": "A"})
    await desk.change(f"PATCH /v1/actors/{person}", {"country": "PRK"})
    await desk.change(f"PATCH /v1/datasets/{dataset}", {"version": "2"})
    await desk.change(f"DELETE /v1/events/{first['id']}")
    await desk.change(f"POST /v1/events/{first['id']}/restore")
    await desk.change(f"DELETE /v1/events/{third['id']}")
    await keep_row(desk, UUID(second["id"]), dataset)
    made = {"event": first, "second": second, "third": third, "claim": claim, "relation": relation}
    return {name: record["id"] for name, record in made.items()}


async def keep_row(desk: Desk, event_id: UUID, dataset: str, text: str = '{"id":"one"}') -> None:
    """Store a provider's row as an import does."""
    row = {
        "event_id": event_id,
        "dataset": dataset,
        "format": "ucdp-ged",
        "mapper_version": 1,
        "row_hash": blake2b(text.encode(), digest_size=16).hexdigest(),
        "row": text,
        "mapped": '{"event":{},"claims":{}}',
        "imported_at": 1,
    }

    def work(write: Transaction) -> None:
        write.connection.execute(insert(source_rows), row)

    await desk.app.state.annals.database.write(work)


@pytest.fixture(scope="module", params=DATABASES)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Return one desk for the module."""
    async with open_desk(request, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture(scope="module")
async def used(desk: Desk) -> dict[str, str]:
    """Return the ids of the records in the desk's database, which has every kind."""
    return await use(desk)


def url_of(desk: Desk) -> str:
    """Return the URL of the desk's database."""
    return str(desk.app.state.annals.settings.database_url)


@pytest.fixture(scope="module")
def url(desk: Desk, used: dict[str, str]) -> str:
    """Return the URL of the database with every kind of record."""
    del used
    return url_of(desk)
