"""Claims: one voice's statements about events, and about single values of them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text

from app.db.types import RecordId
from app.models.base import hashed_by, metadata, past_of

# `made_day` is the latest day on which the claim can have been made, 0 where that is unknown.
claims = Table(
    "claims",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("id", RecordId, primary_key=True),
    Column("from_position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("made_day", Integer, nullable=False),
    Column("credibility", SmallInteger, nullable=False),
    Column("is_retracted", SmallInteger, nullable=False),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("stance", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("source", Text, ForeignKey("sources.slug"), nullable=False),
    Column("origin", Text, ForeignKey("sources.slug")),
    Column("speaker", Text, ForeignKey("actors.slug")),
    Column("speaks_for", Text, ForeignKey("actors.slug")),
    Column("about", Text),
    Column("language", Text),
    Column("external_id", Text),
    Column("document", Text, nullable=False),
    info=hashed_by("event_id"),
)
Index(None, claims.c.id)
Index(None, claims.c.made_day, claims.c.id)
Index(None, claims.c.event_id, claims.c.made_day)
for _name in ("source", "origin", "speaker", "speaks_for"):
    Index(None, claims.c[_name], claims.c.made_day)

past_claims = past_of(claims, ("id",))
