"""Datasets: named bodies of records with licence, citation and visibility; and event types."""

from sqlalchemy import BigInteger, Column, Date, Integer, SmallInteger, Table, Text

from app.db.ddl import sort_by_bytes
from app.models.base import REFERENCE_PLACEMENT, make_past_table, metadata

datasets = Table(
    "datasets",
    metadata,
    Column("slug", sort_by_bytes(Text()), primary_key=True),
    Column("title", sort_by_bytes(Text()), nullable=False),
    Column("is_private", SmallInteger, nullable=False),
    Column("released_on", Date),
    Column("revision", Integer, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    info=REFERENCE_PLACEMENT,
)

past_datasets = make_past_table(datasets)

# The types of the vocabulary, for direct readers of the database; `annals migrate` updates them.
event_types = Table(
    "event_types",
    metadata,
    Column("type", Text, primary_key=True),
    Column("category", Text, nullable=False),
    info=REFERENCE_PLACEMENT,
)
