"""Keys: their holders, their scopes, and the first admin key."""

import hmac
import re
from collections.abc import Sequence
from typing import Any, Literal, get_args

import orjson
from sqlalchemy import Row, Text, bindparam, cast, or_, select

from app.auth.key_tokens import (
    FIRST_KEY_ID,
    GIVEN_PATTERN,
    MintedKey,
    hash_token,
    mint_key,
    read_token_id,
)
from app.db.database import Database
from app.db.statements import Statement
from app.db.transaction import Transaction
from app.errors import Misconfigured, NotAuthenticated
from app.models.keys import keys
from app.values.caller import Caller

Scope = Literal["read", "write", "import", "admin"]
"""The scopes of a key; `admin` includes the others."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

REFUSAL = "the key is not valid: it is unknown, or it was revoked"
"""One text for every refused key, so that it does not reveal which keys exist."""

# A token that the operator chose can have any id in it, so that the first key is compared as well.
# Lists come as text, because the drivers read JSON differently.
CANDIDATES = Statement(
    select(
        keys.c.id,
        keys.c.name,
        keys.c.hash,
        cast(keys.c.scopes, Text).label("scopes"),
        cast(keys.c.datasets, Text).label("datasets"),
    ).where(
        or_(keys.c.id == bindparam("id", required=True), keys.c.id == FIRST_KEY_ID),
        keys.c.revoked_at.is_(None),
    )
)


async def authenticate(database: Database, token: str) -> Caller:
    """Return the holder of a token; raise NotAuthenticated unless it is that of an active key."""
    sent = hash_token(token)
    caller = None
    for id, name, stored, scopes, datasets in await database.fetch(
        CANDIDATES, {"id": read_token_id(token)}
    ):
        if hmac.compare_digest(sent, stored):
            granted = None if datasets is None else frozenset(orjson.loads(datasets))
            caller = Caller(id, name, frozenset(orjson.loads(scopes)), granted)
    if caller is None:
        raise NotAuthenticated(REFUSAL)
    return caller


def add_key(
    write: Transaction,
    minted: MintedKey,
    name: str,
    scopes: Sequence[Scope],
    datasets: Sequence[str] | None,
) -> Row[Any]:
    """Store a new key and return its row; scopes are stored in the order of `SCOPES`."""
    values = {
        "id": minted.id,
        "name": name,
        "hash": minted.hash,
        "scopes": [scope for scope in SCOPES if scope in scopes],
        "datasets": None if datasets is None else sorted(set(datasets)),
        "created_at": write.at,
    }
    return write.connection.execute(keys.insert().values(values).returning(*keys.c)).one()


def create_first_admin_key(write: Transaction, given: str | None, random: bytes) -> str | None:
    """Create the first admin key unless there ever was one, and return its token to show once.

    If `given` (ANNALS_ADMIN_KEY) is set, it is the token; it is known already, so that None is
    returned. Of two servers that start at once the second finds the first's key: in SQLite it
    waits, in PostgreSQL its row is refused and its transaction runs again.
    """
    if given is not None and not re.fullmatch(GIVEN_PATTERN, given):
        raise Misconfigured(
            "ANNALS_ADMIN_KEY must have 16 to 200 letters, digits or any of . _ ~ - and should be"
            " random: openssl rand -hex 32"
        )
    if write.connection.scalar(select(keys.c.id).where(keys.c.id == FIRST_KEY_ID)) is not None:
        return None
    minted = (
        mint_key(random, FIRST_KEY_ID)
        if given is None
        else MintedKey(FIRST_KEY_ID, given, hash_token(given))
    )
    add_key(write, minted, "first admin key", ["admin"], None)
    return minted.token if given is None else None
