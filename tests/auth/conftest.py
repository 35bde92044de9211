"""A migrated database of each kind, opened."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from app.db.connect import connect
from app.db.database import Database
from app.db.migrations import migrate
from app.settings import Settings
from app.values.ids import IdMaker

NOW = 1_718_000_000_000_000


@pytest.fixture
async def databases(empty_database_url: str) -> AsyncIterator[list[Database]]:
    """Two connections to one migrated database, as two servers have."""
    await asyncio.to_thread(migrate, empty_database_url)
    settings = Settings(database_url=empty_database_url)
    ids = IdMaker(lambda: NOW // 1000, secrets.randbits)
    opened = [connect(settings, clock=lambda: NOW, ids=ids) for _ in range(2)]
    for each in opened:
        await each.open()
    yield opened
    for each in opened:
        await each.close()


@pytest.fixture
def database(databases: list[Database]) -> Database:
    """One of them."""
    return databases[0]
