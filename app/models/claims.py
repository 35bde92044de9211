"""Claims: the statements of one speaker about events, and about single values of them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text

from app.db.ddl import FULL_TEXT, add_text_index
from app.db.types import RecordId, WordsType
from app.models.base import make_past_table, metadata, place_by_hash

# `made_day` is the latest day on which the claim can have been made, 0 if that is unknown.
# A restored claim may name deleted sources and actors: no foreign keys.
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
    Column("source", Text, nullable=False),
    Column("origin", Text),
    Column("speaker", Text),
    Column("speaks_for", Text),
    Column("about", Text),
    Column("language", Text),
    Column("external_id", Text),
    Column("document", Text, nullable=False),
    info=place_by_hash("event_id"),
)
Index(None, claims.c.id)
Index(None, claims.c.made_day, claims.c.id)
Index(None, claims.c.event_id, claims.c.made_day)
for _name in ("source", "origin", "speaker", "speaks_for"):
    Index(None, claims.c[_name], claims.c.made_day)

# The searchable words of a claim's statement. `rowid` is the position of the claim's last change,
# under the name that FTS5 gives it: no two claims have the same.
claim_texts = Table(
    "claim_texts",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("id", RecordId, primary_key=True),
    Column("rowid", BigInteger, nullable=False),
    Column("made_day", Integer, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("words", WordsType, nullable=False),
    info={**place_by_hash("event_id"), **FULL_TEXT},
)
add_text_index(claim_texts.c.words)

past_claims = make_past_table(claims, ("id",))
past_claim_texts = make_past_table(claim_texts, key=("event_id", "rowid"))
