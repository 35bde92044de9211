"""Actors: states, organisations, armed groups and persons, with every name and code they have."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from app.db.ddl import byte_order
from app.models.base import REFERENCE, metadata, past_of

# `dataset` is the private dataset that first made the actor, null once a public one uses it.
actors = Table(
    "actors",
    metadata,
    Column("slug", byte_order(Text()), primary_key=True),
    Column("dataset", Text, ForeignKey("datasets.slug")),
    Column("kind", Text, nullable=False),
    Column("name", byte_order(Text()), nullable=False),
    Column("country", Text),
    Column("revision", Integer, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    info=REFERENCE,
)
Index(None, actors.c.name, actors.c.slug)
Index(None, actors.c.updated_at, actors.c.slug)

# Every name and alias, folded as the text search folds.
actor_names = Table(
    "actor_names",
    metadata,
    Column("folded", byte_order(Text()), primary_key=True),
    Column("actor", Text, ForeignKey("actors.slug"), primary_key=True),
    Column("from_position", BigInteger, nullable=False),
    info=REFERENCE,
)
Index(None, actor_names.c.actor)

actor_codes = Table(
    "actor_codes",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("actor", Text, ForeignKey("actors.slug"), primary_key=True),
    Column("from_position", BigInteger, nullable=False),
    info=REFERENCE,
)
Index(None, actor_codes.c.actor)

past_actors = past_of(actors)
past_actor_names = past_of(actor_names)
past_actor_codes = past_of(actor_codes)
