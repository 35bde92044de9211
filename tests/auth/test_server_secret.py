"""The server's secret: made once, the same for all."""

import asyncio
import secrets

import pytest

from app.auth.server_secret import SECRET_BYTES, load_server_secret
from app.db.database import Database


async def ask(database: Database) -> bytes:
    fresh = secrets.token_bytes(SECRET_BYTES)
    return await database.write(lambda write: load_server_secret(write, fresh))


async def test_the_secret_is_made_once(database: Database) -> None:
    secret = await ask(database)
    assert len(secret) == SECRET_BYTES
    assert await ask(database) == secret


async def test_servers_that_start_at_once_have_the_same(databases: list[Database]) -> None:
    answers = await asyncio.gather(*(ask(database) for database in databases for _ in range(4)))
    assert len(set(answers)) == 1


async def test_a_short_secret_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        await database.write(lambda write: load_server_secret(write, b"short"))
