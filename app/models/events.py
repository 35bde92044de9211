"""Events: the stored document, and the narrow rows by which an event is found."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)

from app.db.ddl import FULL_TEXT, add_text_index, sort_by_bytes
from app.db.types import RecordId, WordsType
from app.models.base import make_past_table, metadata, place_by_hash

NO_FATALITIES = -1
"""The value of `fatalities_best` for "unknown": it sorts below every number."""

LONG_DAYS = 31
"""Events that can span more days than this have an index of their own (docs/design.md)."""

event_documents = Table(
    "event_documents",
    metadata,
    Column("id", RecordId, primary_key=True),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("rendering", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    info=place_by_hash("id"),
)

# `order_key` is the ordinal of the earliest day << 41 | 41 bits of the id's hash: the order, the
# cursor and the date range of every date-ordered read (docs/design.md).
events = Table(
    "events",
    metadata,
    Column("id", RecordId, primary_key=True),
    Column("order_key", BigInteger, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("roles", BigInteger, nullable=False),
    Column("latest_day", Integer, nullable=False),
    Column("first_made_day", Integer, nullable=False),
    Column("fatalities_best", Integer, nullable=False),
    Column("cell_1", Integer),
    Column("cell_5", Integer),
    Column("cell_20", Integer),
    Column("is_long", SmallInteger, nullable=False),
    Column("is_certain", SmallInteger, nullable=False),
    Column("longitude", Float(53)),
    Column("latitude", Float(53)),
    Column("x", Float(53)),
    Column("y", Float(53)),
    Column("z", Float(53)),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("type", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("lifecycle", Text, nullable=False),
    Column("verification", Text, nullable=False),
    Column("country", Text),
    Column("external_id", Text),
    Column("title", sort_by_bytes(Text()), nullable=False),
    info=place_by_hash("id"),
)
# With the position, so that `as_of` skips events revised since then without reading their rows.
Index(None, events.c.order_key, events.c.from_position)
Index(None, events.c.country, events.c.order_key, events.c.from_position)
for _name in (
    "type",
    "dataset",
    "verification",
    "lifecycle",
    "fatalities_best",
    "title",
):
    Index(None, events.c[_name], events.c.order_key)
Index(None, events.c.updated_at, events.c.order_key)
Index(None, events.c.external_id)
for _name in ("cell_1", "cell_5", "cell_20"):
    Index(
        None,
        events.c[_name],
        events.c.order_key,
        sqlite_where=events.c[_name].is_not(None),
        postgresql_where=events.c[_name].is_not(None),
    )
Index(
    "ix_events_long",
    events.c.order_key,
    sqlite_where=events.c.is_long == 1,
    postgresql_where=events.c.is_long == 1,
)

# One row for each event and actor, whether the actor takes part itself or another acts for it;
# `roles` has one bit for each role (vocab/data/roles.csv). A restored event may name a
# deleted actor: no foreign key.
participants = Table(
    "participants",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("roles", BigInteger, nullable=False),
    Column("order_key", BigInteger, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    info=place_by_hash("event_id"),
)
Index(None, participants.c.actor, participants.c.order_key, participants.c.event_id)

# Other terms by which an event is found: its tags, foreign codes ("cameo:042") and sources.
event_terms = Table(
    "event_terms",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("term", Text, primary_key=True),
    Column("order_key", BigInteger, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    info=place_by_hash("event_id"),
)
Index(None, event_terms.c.kind, event_terms.c.term, event_terms.c.order_key, event_terms.c.event_id)

# The searchable words. `rowid` is the event's order key, under the name that FTS5 gives it, so
# that SQLite walks matches in date order.
event_texts = Table(
    "event_texts",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("rowid", BigInteger, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("words", WordsType, nullable=False),
    info={**place_by_hash("event_id"), **FULL_TEXT},
)
add_text_index(event_texts.c.words)
# A page of a common word is read in this order, which SQLite's full-text table has by itself.
Index(None, event_texts.c.rowid).ddl_if(dialect="postgresql")

# The status that the claims made by a day supported, one row for each change (docs/design.md).
known_statuses = Table(
    "known_statuses",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("from_day", Integer, primary_key=True),
    Column("until_day", Integer, nullable=False),
    Column("order_key", BigInteger, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("affirming", Integer, nullable=False),
    Column("denying", Integer, nullable=False),
    Column("independent", Integer, nullable=False),
    Column("fatalities_low", Integer),
    Column("fatalities_best", Integer, nullable=False),
    Column("fatalities_high", Integer),
    Column("verification", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    info=place_by_hash("event_id"),
)
Index(None, known_statuses.c.order_key)

past_event_documents = make_past_table(event_documents)
past_events = make_past_table(events, ("order_key",), ("country", "order_key"))
past_participants = make_past_table(participants, ("actor", "order_key"), key=("event_id",))
past_event_terms = make_past_table(event_terms, ("kind", "term", "order_key"), key=("event_id",))
# By the rowid too, the only column by which FTS5 finds a row.
past_event_texts = make_past_table(event_texts, key=("event_id", "rowid"))
past_known_statuses = make_past_table(known_statuses, key=("event_id",))
