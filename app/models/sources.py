"""Sources: publishers, with their reliability, their owner and the actor they speak for."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from app.db.ddl import sort_by_bytes
from app.models.base import REFERENCE_PLACEMENT, make_past_table, metadata

# `dataset` is the private dataset that created the source, null once a public one uses it.
# A restored source may name a deleted owner or actor: no foreign keys.
sources = Table(
    "sources",
    metadata,
    Column("slug", sort_by_bytes(Text()), primary_key=True),
    Column("dataset", Text, ForeignKey("datasets.slug")),
    Column("kind", Text, nullable=False),
    Column("name", sort_by_bytes(Text()), nullable=False),
    Column("reliability", Text, nullable=False),
    Column("owner", Text),
    Column("speaks_for", Text),
    Column("country", Text),
    Column("language", Text),
    Column("revision", Integer, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    info=REFERENCE_PLACEMENT,
)
Index(None, sources.c.name, sources.c.slug)
Index(None, sources.c.updated_at, sources.c.slug)
Index(None, sources.c.owner)

past_sources = make_past_table(sources)
