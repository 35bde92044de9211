"""Relations: directed, named links between two events, stored with the first of them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from app.db.types import RecordId
from app.models.base import make_past_table, metadata, place_by_hash

relations = Table(
    "relations",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("id", RecordId, primary_key=True),
    Column("to_event_id", RecordId, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("to_dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("type", Text, nullable=False),
    Column("document", Text, nullable=False),
    info=place_by_hash("event_id"),
)
Index(None, relations.c.id)
Index(None, relations.c.to_event_id)
Index(None, relations.c.created_at, relations.c.id)

past_relations = make_past_table(relations, ("id",), ("to_event_id",))
