"""The routes of keys behind the whole edge, on a migrated database of each kind."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from functools import partial
from typing import Protocol

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from app.aggregate.engine import AggregateEngine
from app.auth.key_tokens import RANDOM_BYTES
from app.auth.keys import authenticate, create_first_admin_key
from app.db.connect import connect
from app.db.database import Database
from app.db.migrations import migrate
from app.db.transaction import Transaction
from app.query.opaque_tokens import TokenSealer
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.keys import routes
from app.settings import Settings
from app.values.caller import OPERATOR
from app.values.ids import IdMaker
from app.web.application import ApiDescription, install, make_application
from app.web.state import AppState

NOW = 1_718_000_000_000_000
ADMIN = "the-key-of-the-administrator"
PRIVATE = "acled"


class Ask(Protocol):
    """Sends one request with a key: `await ask("GET /v1/keys")`; `key` is the admin's."""

    async def __call__(
        self, line: str, body: object = None, key: str | None = ADMIN, **headers: str
    ) -> Response:
        """Return the answer; underscores in header names become hyphens."""


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """A migrated database with the first admin key and one private dataset."""
    await asyncio.to_thread(migrate, empty_database_url)
    ids = IdMaker(lambda: NOW // 1000, secrets.randbits)
    opened = connect(Settings(database_url=empty_database_url), clock=lambda: NOW, ids=ids)
    await opened.open()
    await opened.write(set_up)
    yield opened
    await opened.close()


def set_up(write: Transaction) -> None:
    """Make the admin key and the dataset."""
    create_first_admin_key(write, ADMIN, bytes(RANDOM_BYTES))
    create_dataset(
        write, OPERATOR, DatasetCreate(slug=PRIVATE, title="ACLED", visibility="private")
    )


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application that has nothing but keys."""
    tags = {"keys": "Keys.", "operations": "Operations."}
    app = make_application(
        ApiDescription(title="t", version="1", summary="s", description="d", tags=tags)
    )
    app.include_router(routes.router)
    settings = Settings()
    install(app, settings, authenticate=partial(authenticate, database))
    seal = TokenSealer(bytes(32))
    engine = AggregateEngine(database, settings, seal)
    app.state.annals = AppState(database, seal, settings, lambda: NOW, engine)
    return app


@pytest.fixture
async def ask(app: FastAPI) -> AsyncIterator[Ask]:
    """Ask the application in one line."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://annals.test") as client:

        async def send(
            line: str, body: object = None, key: str | None = ADMIN, **headers: str
        ) -> Response:
            method, target = line.split(" ", 1)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            if key is not None:
                named["authorization"] = f"Bearer {key}"
            return await client.request(method, target, headers=named, json=body)

        yield send
