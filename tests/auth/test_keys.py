"""Keys: who a token belongs to, and the one first key of two servers that start at once."""

import asyncio
import secrets

import pytest
from sqlalchemy import func, select

from app.auth.key_tokens import FIRST_KEY_ID, RANDOM_BYTES, MintedKey, mint_key
from app.auth.keys import REFUSAL, add_key, authenticate, create_first_admin_key
from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import Misconfigured, NotAuthenticated
from app.models.keys import keys
from app.values.caller import Caller

GIVEN = "correct-horse.battery~staple"
OURS = mint_key(bytes([1]) * RANDOM_BYTES)
OTHER = mint_key(bytes([2]) * RANDOM_BYTES)


async def add(database: Database, minted: MintedKey, datasets: list[str] | None = None) -> None:
    await database.write(lambda write: add_key(write, minted, "desk", ["write", "read"], datasets))


async def start(database: Database, given: str | None = None) -> str | None:
    """Create the first key as a server does when it starts."""
    random = secrets.token_bytes(RANDOM_BYTES)
    return await database.write(lambda write: create_first_admin_key(write, given, random))


async def revoke_all(database: Database) -> None:
    def work(write: Transaction) -> None:
        write.connection.execute(keys.update().values(revoked_at=1))

    await database.write(work)


async def count(database: Database) -> int:
    counted = select(func.count()).select_from(keys)
    return await database.read(lambda connection: connection.scalar(counted) or 0)


@pytest.mark.parametrize("datasets", [None, [], ["acled", "sipri"]])
async def test_a_token_is_its_holders(database: Database, datasets: list[str] | None) -> None:
    await add(database, OURS, datasets)
    await add(database, OTHER)
    granted = None if datasets is None else frozenset(datasets)
    caller = Caller(OURS.id, "desk", frozenset({"read", "write"}), granted)
    assert await authenticate(database, OURS.token) == caller


@pytest.mark.parametrize(
    "token",
    [
        OTHER.token,
        OURS.token[:-1] + ("0" if OURS.token[-1] != "0" else "1"),
        OURS.token.swapcase(),
        OURS.hash,
        OURS.id,
        "x",
        "a" * 512,
        "' or 1=1 --",
    ],
)
async def test_no_token_of_a_key_is_refused(database: Database, token: str) -> None:
    await add(database, OURS)
    with pytest.raises(NotAuthenticated) as refused:
        await authenticate(database, token)
    assert refused.value.detail == REFUSAL


async def test_a_revoked_key_is_refused_in_the_same_words(database: Database) -> None:
    await add(database, OURS)
    await revoke_all(database)
    with pytest.raises(NotAuthenticated) as refused:
        await authenticate(database, OURS.token)
    assert refused.value.detail == REFUSAL


async def test_the_first_start_makes_one_admin_key(database: Database) -> None:
    token = await start(database)
    assert token is not None
    caller = await authenticate(database, token)
    assert caller == Caller(FIRST_KEY_ID, "first admin key", frozenset({"admin"}), None)
    assert await start(database) is None
    assert await start(database, GIVEN) is None
    assert await count(database) == 1


@pytest.mark.parametrize("given", [GIVEN, "0" * 16, "z" * 200, OURS.token])
async def test_the_first_key_can_be_given(database: Database, given: str) -> None:
    assert await start(database, given) is None
    assert (await authenticate(database, given)).scopes == {"admin"}
    with pytest.raises(NotAuthenticated):
        await authenticate(database, OTHER.token)


@pytest.mark.parametrize(
    "given", ["", "short", "z" * 15, "z" * 201, "with a space in it", "ключ" * 5]
)
async def test_a_given_key_that_no_header_could_carry_is_refused(
    database: Database, given: str
) -> None:
    with pytest.raises(Misconfigured, match="ANNALS_ADMIN_KEY"):
        await start(database, given)


async def test_a_first_key_that_was_revoked_is_not_made_again(database: Database) -> None:
    await start(database)
    await revoke_all(database)
    assert await start(database) is None


async def test_servers_that_start_at_once_make_one_key(databases: list[Database]) -> None:
    starts = [start(database) for database in databases for _ in range(4)]
    (token,) = [made for made in await asyncio.gather(*starts) if made is not None]
    assert (await authenticate(databases[1], token)).key_id == FIRST_KEY_ID
    assert await count(databases[0]) == 1
