"""The whole application on a migrated database of each kind, with an admin's key."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from app.auth.keys import create_first_admin_key
from app.db.connect import connect
from app.db.migrations import run_on_schema, upgrade
from app.db.transaction import Transaction
from app.main import create_app
from app.resources.actors.seeding import seed_actors
from app.resources.vocab.service import seed_event_types
from app.settings import Settings
from tests.databases import PostgresServer

ADMIN_KEY = "annals-admin-key-of-the-tests"


def prepare(url: str) -> None:
    """Migrate a database, and put into it what every database has."""

    def seed(write: Transaction) -> None:
        seed_event_types(write)
        seed_actors(write)
        create_first_admin_key(write, ADMIN_KEY, b"")

    async def run() -> None:
        database = connect(Settings(database_url=url))
        await database.open()
        await database.write(seed)
        await database.close()

    run_on_schema(url, upgrade)
    asyncio.run(run())


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that is ready to be served, to be copied."""
    path = tmp_path_factory.mktemp("prepared") / "annals.db"
    with ThreadPoolExecutor(1) as beside:
        beside.submit(prepare, f"sqlite:///{path}").result()
    return path


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database that is ready to be served, to be copied."""
    url = postgres_server.create_database()
    with ThreadPoolExecutor(1) as beside:
        beside.submit(prepare, url).result()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def sqlite_url(prepared_sqlite: Path, tmp_path: Path) -> str:
    """The URL of an SQLite file of this test's own, ready to be served."""
    shutil.copy(prepared_sqlite, tmp_path / "annals.db")
    return f"sqlite:///{tmp_path / 'annals.db'}"


@pytest.fixture
def postgres_copy_url(prepared_postgres: str, postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database of this test's own, ready to be served."""
    url = postgres_server.create_database(template=prepared_postgres)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of this test's own, ready to be served; once of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_copy_url"
    return str(request.getfixturevalue(name))


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[FastAPI]:
    """The application, started up."""
    async with app.router.lifespan_context(app):
        yield app


def client_of(app: FastAPI, key: str | None = None) -> AsyncClient:
    """A client of the application, with or without a key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    # An unexpected error is for the application to answer, not for the test to see.
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://annals.test", headers=headers)


@pytest.fixture
async def app(database_url: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The application on this test's database."""
    settings = Settings(database_url=database_url, spool_dir=tmp_path / "spool")
    async with serving(create_app(settings)) as app:
        yield app


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client with the admin's key."""
    async with client_of(app, ADMIN_KEY) as client:
        yield client


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client without a key."""
    async with client_of(app) as client:
        yield client
