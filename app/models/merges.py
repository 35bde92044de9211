"""Merges of events of one dataset that turned out to be the same."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text

from app.db.types import RecordId
from app.models.base import REFERENCE_PLACEMENT, make_past_table, metadata

# Merges are few, and every read of claims uses them: so they are on every node.
merges = Table(
    "merges",
    metadata,
    Column("id", RecordId, primary_key=True),
    Column("winner_id", RecordId, nullable=False),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("is_undone", SmallInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    info=REFERENCE_PLACEMENT,
)
Index(None, merges.c.created_at, merges.c.id)
Index(None, merges.c.winner_id)

# The events that are merged away. `winner_id` is the event that replaces this one, `into_id` the
# one that it was merged into: they differ if that was merged further.
merged_events = Table(
    "merged_events",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("winner_id", RecordId, nullable=False),
    Column("into_id", RecordId, nullable=False),
    Column("merge_id", RecordId, nullable=False),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("from_position", BigInteger, nullable=False),
    info=REFERENCE_PLACEMENT,
)
Index(None, merged_events.c.winner_id)
Index(None, merged_events.c.merge_id)

past_merged_events = make_past_table(merged_events, ("winner_id",), ("merge_id",))
