"""What actors and sources are found by when their name is not spelt as anybody wrote it down."""

from sqlalchemy import Column, Index, Table, Text

from app.db.ddl import byte_order
from app.models.base import REFERENCE, metadata

# `noun` is actor or source; the keys are made by values/likeness.py.
name_keys = Table(
    "name_keys",
    metadata,
    Column("noun", Text, primary_key=True),
    Column("key", byte_order(Text()), primary_key=True),
    Column("slug", byte_order(Text()), primary_key=True),
    info=REFERENCE,
)
Index(None, name_keys.c.slug, name_keys.c.noun)
