"""Actors: states, organisations, armed groups and persons, with every name and code they have."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from app.db.ddl import sort_by_bytes
from app.models.base import REFERENCE_PLACEMENT, make_past_table, metadata

# `dataset` is the private dataset that created the actor, null once a public one uses it.
actors = Table(
    "actors",
    metadata,
    Column("slug", sort_by_bytes(Text()), primary_key=True),
    Column("dataset", Text, ForeignKey("datasets.slug")),
    Column("kind", Text, nullable=False),
    Column("name", sort_by_bytes(Text()), nullable=False),
    Column("country", Text),
    Column("revision", Integer, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    info=REFERENCE_PLACEMENT,
)
Index(None, actors.c.name, actors.c.slug)
Index(None, actors.c.updated_at, actors.c.slug)

# Every name and alias, folded as the text search folds.
actor_names = Table(
    "actor_names",
    metadata,
    Column("folded", sort_by_bytes(Text()), primary_key=True),
    Column("actor", Text, ForeignKey("actors.slug"), primary_key=True),
    Column("from_position", BigInteger, nullable=False),
    info=REFERENCE_PLACEMENT,
)
Index(None, actor_names.c.actor)

actor_codes = Table(
    "actor_codes",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("actor", Text, ForeignKey("actors.slug"), primary_key=True),
    Column("from_position", BigInteger, nullable=False),
    info=REFERENCE_PLACEMENT,
)
Index(None, actor_codes.c.actor)

past_actors = make_past_table(actors)
past_actor_names = make_past_table(actor_names, key=("actor",))
past_actor_codes = make_past_table(actor_codes, key=("actor",))
