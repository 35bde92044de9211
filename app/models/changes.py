"""The change feed: one row for every change of a record."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from app.db.types import RecordId
from app.models.base import LOCAL_PLACEMENT, metadata, place_by_hash

# `position` is made by app/db: epoch, transaction and ordinal in one number. `to_dataset` is set
# for relations, which are visible to callers who see both ends. Actors, sources and datasets have
# their `slug`, and the id made of it (values/ids.py) as both ids; `dataset` is null for public
# actors and sources.
changes = Table(
    "changes",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("id", RecordId, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("slug", Text),
    Column("dataset", Text),
    Column("to_dataset", Text),
    Column("by", Text),
    info=place_by_hash("event_id"),
)
Index(None, changes.c.position)
Index(None, changes.c.at)
Index(None, changes.c.id)

# One row. `epoch` rises when a database is restored; `transaction_number` counts the writes of
# SQLite, where PostgreSQL has transaction ids of its own (docs/design.md).
feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("transaction_number", BigInteger, nullable=False),
    info=LOCAL_PLACEMENT,
)
