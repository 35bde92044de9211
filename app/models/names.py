"""Keys for fuzzy search of actor and source names, and redirects of merged slugs."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from app.db.ddl import sort_by_bytes
from app.models.base import REFERENCE_PLACEMENT, make_past_table, metadata

# `noun` is actor or source; the keys are made by values/name_matching.py.
name_keys = Table(
    "name_keys",
    metadata,
    Column("noun", Text, primary_key=True),
    Column("key", sort_by_bytes(Text()), primary_key=True),
    Column("slug", sort_by_bytes(Text()), primary_key=True),
    info=REFERENCE_PLACEMENT,
)
Index(None, name_keys.c.slug, name_keys.c.noun)

# The slugs of actors and sources that were merged into others, which replace them now. `dataset`
# is the private one that the merged record belonged to: the redirect is as hidden as that.
former_slugs = Table(
    "former_slugs",
    metadata,
    Column("noun", Text, primary_key=True),
    Column("slug", sort_by_bytes(Text()), primary_key=True),
    Column("into", sort_by_bytes(Text()), nullable=False),
    Column("dataset", Text),
    Column("merged_at", BigInteger, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    info=REFERENCE_PLACEMENT,
)
Index(None, former_slugs.c.noun, former_slugs.c.into)

past_former_slugs = make_past_table(former_slugs)
