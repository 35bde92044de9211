"""Jobs that propagate a change of an actor or a source to many events."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from app.db.types import RecordId
from app.models.base import LOCAL_PLACEMENT, metadata

# `slug` is the actor or source that changed, `dataset` the private one it belongs to, `into` the
# one it is merged into, if it is. Events up to the order key `after_key` are done.
rerenderings = Table(
    "rerenderings",
    metadata,
    Column("id", RecordId, primary_key=True),
    Column("noun", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("into", Text),
    Column("dataset", Text),
    Column("status", Text, nullable=False),
    Column("after_key", BigInteger, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("requested_by", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    info=LOCAL_PLACEMENT,
)
Index(None, rerenderings.c.status, rerenderings.c.created_at)
