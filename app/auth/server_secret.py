"""The server's own secret, which seals positions and cursors and keys the weak ETags."""

from sqlalchemy import select

from app.db.transaction import Transaction
from app.models.keys import secrets

SECRET_BYTES = 32
_SEAL = "seal"


def load_server_secret(write: Transaction, fresh: bytes) -> bytes:
    """Load the secret of all servers on this database; the first call stores `fresh`.

    Two calls at once get the same secret: in SQLite the second waits, in PostgreSQL its row is
    refused and its transaction runs again.
    """
    if len(fresh) != SECRET_BYTES:
        raise ValueError(f"the secret is made of {SECRET_BYTES} random bytes, not {len(fresh)}")
    kept = write.connection.scalar(select(secrets.c.value).where(secrets.c.name == _SEAL))
    if kept is None:
        kept = fresh.hex()
        write.connection.execute(secrets.insert().values(name=_SEAL, value=kept))
    return bytes.fromhex(kept)
