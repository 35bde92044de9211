"""The resources behind the whole HTTP edge, on a fresh database of each kind, with a few keys."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from app.aggregate.engine import AggregateEngine
from app.db.connect import connect
from app.db.database import Database
from app.db.migrations import run_on_schema, upgrade
from app.db.transaction import Transaction
from app.errors import NotAuthenticated
from app.models.keys import keys
from app.query.opaque_tokens import TokenSealer
from app.resources.actors import routes as actors
from app.resources.datasets import routes as datasets
from app.resources.sources import routes as sources
from app.resources.vocab import routes as vocab
from app.settings import Settings
from app.values.caller import Caller
from app.values.ids import IdMaker
from app.web.application import ApiDescription, install, make_application
from app.web.state import AppState
from tests.databases import PostgresServer

Result = TypeVar("Result")

START = 1_718_150_400_000_000
"""2024-06-12 in microseconds; each write comes a second after the previous one."""

SCOPES = {
    "reader": frozenset({"read"}),
    "writer": frozenset({"read", "write"}),
    "other": frozenset({"read", "write"}),
    "admin": frozenset({"admin"}),
}


HELD = ("reader", "other")
"""The keys that are limited to datasets, at first to an empty list."""


class Ask(Protocol):
    """A function that asks: `await ask("PATCH /v1/actors/PRK", {"name": "…"}, key="writer")`."""

    async def __call__(
        self, line: str, body: object = None, *, key: str | None = None, **headers: str
    ) -> Response:
        """Return the response; a change is for any revision unless `if_match` is given."""


class Run(Protocol):
    """A function that runs a service in a transaction of its own."""

    async def __call__(self, work: Callable[[Transaction], Result]) -> Result:
        """Return the result of the service."""


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with only the schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "annals.db"
    run_on_schema(f"sqlite:///{path}", upgrade)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database with only the schema, to be copied."""
    url = postgres_server.create_database()
    with ThreadPoolExecutor(1) as beside:
        beside.submit(run_on_schema, url, upgrade).result()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a migrated database for this test, which runs once on each kind."""
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
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield an open database with the keys of `SCOPES`."""
    seconds = count()
    settings = Settings.model_validate({"database_url": database_url})
    opened = connect(
        settings,
        clock=lambda: START + next(seconds) * 1_000_000,
        ids=IdMaker(lambda: START // 1000, lambda bits: 1),
    )
    await opened.open()
    await opened.write(_add_keys)
    yield opened
    await opened.close()


@pytest.fixture
def run(database: Database) -> Run:
    """Return a function that runs a service in a transaction."""

    async def run(work: Callable[[Transaction], Result]) -> Result:
        return await database.write(work)

    return run


@pytest.fixture
def app(database: Database, database_url: str) -> FastAPI:
    """Return an application with the reference records and the vocabularies."""
    tags = {name: name for name in ("actors", "sources", "datasets", "vocabularies", "operations")}
    made = make_application(
        ApiDescription(
            title="Nouns", version="1", summary="Nouns.", description="Nouns.", tags=tags
        )
    )
    for module in (actors, sources, datasets, vocab):
        made.include_router(module.router)
    settings = Settings.model_validate({"database_url": database_url})
    seal = TokenSealer(b"secret")
    engine = AggregateEngine(database, settings, seal)
    made.state.annals = AppState(database, seal, settings, lambda: START, engine)

    async def authenticate(token: str) -> Caller:
        if token not in SCOPES:
            raise NotAuthenticated("the key is not valid")
        granted = await database.read(
            lambda connection: connection.execute(
                keys.select().with_only_columns(keys.c.datasets).where(keys.c.id == token)
            ).scalar_one()
        )
        held = None if granted is None else frozenset(granted)
        return Caller(token, token, SCOPES[token], held)

    install(made, settings, authenticate=authenticate)
    return made


@pytest.fixture
async def ask(app: FastAPI) -> AsyncIterator[Ask]:
    """Yield a function that asks the application in one line."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://annals.test") as client:

        async def ask(
            line: str, body: object = None, *, key: str | None = None, **headers: str
        ) -> Response:
            method, target = line.split(" ", 1)
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            if method in {"PUT", "PATCH", "DELETE"}:
                sent.setdefault("if-match", "*")
                if sent["if-match"] == "none":
                    del sent["if-match"]
            if key is not None:
                sent["authorization"] = f"Bearer {key}"
            extra: dict[str, Any] = {}
            if body is not None:
                extra["json"] = body
                merge = "application/merge-patch+json"
                sent.setdefault("content-type", merge if method == "PATCH" else "application/json")
            return await client.request(method, target, headers=sent, **extra)

        yield ask


def _add_keys(write: Transaction) -> None:
    rows = [
        {
            "id": name,
            "name": name,
            "hash": name,
            "scopes": sorted(scopes),
            "datasets": [] if name in HELD else None,
            "created_at": write.at,
        }
        for name, scopes in SCOPES.items()
    ]
    write.connection.execute(keys.insert(), rows)
