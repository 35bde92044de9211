"""Imports into a fresh database of each kind, from real rows of UCDP GED."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import Connection, select

from app.db.connect import connect
from app.db.database import Database
from app.db.migrations import run_on_schema, upgrade
from app.ingest.import_options import ImportOptions
from app.ingest.report import ImportReport
from app.ingest.run import run_import
from app.models.claims import claims
from app.models.events import event_documents
from app.record.document import decode_document
from app.resources.actors.seeding import seed_actors
from app.settings import Settings
from app.values.ids import IdMaker, make_record_id
from tests.databases import PostgresServer
from tests.ingest.rows import write_csv

START = 1_718_150_400_000_000
"""2024-06-12 in microseconds; each write takes place a second after the previous one."""


class Import(Protocol):
    """An import of rows or a sample: `await load(rows)`, `await load(UCDP / "….csv",
    dry_run=True)`.
    """

    async def __call__(self, rows: Path | list[dict[str, str]], **order: Any) -> ImportReport:
        """Return the report."""


class Read(Protocol):
    """A reader of an imported event by its external id; `None` if it does not exist."""

    async def __call__(self, external_id: str, dataset: str = "ucdp-ged") -> Any:
        """Return its document, with the claims' documents under `items` by external id."""


def connect_to(url: str) -> Database:
    """Return a database whose clock advances by a second with each write."""
    seconds = count()
    return connect(
        Settings.model_validate({"database_url": url}),
        clock=lambda: START + next(seconds) * 1_000_000,
        ids=IdMaker(lambda: START // 1000, lambda bits: 1),
    )


def make_template(url: str) -> None:
    """Create the schema and the vocabulary's actors, outside the running loop."""

    async def seed() -> None:
        opened = connect_to(url)
        await opened.open()
        await opened.write(seed_actors)
        await opened.close()

    with ThreadPoolExecutor(1) as beside:
        beside.submit(run_on_schema, url, upgrade).result()
        beside.submit(asyncio.run, seed()).result()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with the schema and the vocabulary's actors, to be copied."""
    path = tmp_path_factory.mktemp("template") / "annals.db"
    make_template(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the URL of a PostgreSQL database with the same content, to be copied."""
    url = postgres_server.create_database()
    make_template(url)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a migrated database for this test, once of each kind."""
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "annals.db")
        yield f"sqlite:///{copied}"
        return
    template = request.getfixturevalue("migrated_postgres")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database(template)
    yield url
    server.drop_database(url)


@pytest.fixture
def twin_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Return the URL of another database of the same kind."""
    if database_url.startswith("sqlite"):
        copied = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "twin.db")
        yield f"sqlite:///{copied}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database(request.getfixturevalue("migrated_postgres"))
    yield url
    server.drop_database(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield the open database, with the actors of the vocabulary."""
    opened = connect_to(database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def load(database: Database, tmp_path: Path) -> Import:
    """Import a file, or rows of the 20.1 layout."""

    async def load(rows: Path | list[dict[str, str]], **order: Any) -> ImportReport:
        path = rows if isinstance(rows, Path) else write_csv(tmp_path / "rows.csv", rows)
        return await run_import(database, path, ImportOptions(**order))

    return load


@pytest.fixture
def read(database: Database) -> Read:
    """Read an imported event."""

    async def read(external_id: str, dataset: str = "ucdp-ged") -> Any:
        id = make_record_id(dataset, external_id)

        def work(connection: Connection) -> Any:
            document = connection.scalar(
                select(event_documents.c.document).where(event_documents.c.id == id)
            )
            found = connection.scalars(select(claims.c.document).where(claims.c.event_id == id))
            made = [decode_document(each) for each in found]
            if document is None:
                return None
            return {
                **decode_document(document),
                "items": {each["external_id"]: each for each in made},
            }

        return await database.read(work)

    return read


@pytest.fixture
def scalar(database: Database) -> Callable[[Any], Any]:
    """Read one value."""

    async def scalar(statement: Any) -> Any:
        return await database.read(lambda connection: connection.scalar(statement))

    return scalar
