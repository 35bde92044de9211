"""API keys, hashed at rest, and the server's own secret."""

from sqlalchemy import JSON, BigInteger, Column, Table, Text

from app.models.base import REFERENCE_PLACEMENT, metadata

# `hash` is the SHA-256 of the whole key: its secret is random, so no slow hash is needed.
# `datasets` lists the private datasets that the key may see, null for all.
keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("datasets", JSON(none_as_null=True)),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    info=REFERENCE_PLACEMENT,
)

# The secret that seals positions and cursors, and keys the weak ETags; made at the first start.
secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    info=REFERENCE_PLACEMENT,
)
