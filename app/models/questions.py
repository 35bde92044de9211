"""Saved questions: queries pinned to a position of the feed."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

from app.db.types import RecordId
from app.models.base import REFERENCE_PLACEMENT, metadata

# `asked` has the parameters by name, with slugs for names; `sha256` and `events` cover the events
# that everybody could see when it was saved. `owner` is the key that saved it, null for questions
# older than owners. `visibility` is private or public, null if it is not decided yet.
questions = Table(
    "questions",
    metadata,
    Column("id", RecordId, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("events", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("asked", JSON, nullable=False),
    Column("owner", Text),
    Column("visibility", Text),
    Column("revision", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    info=REFERENCE_PLACEMENT,
)
Index(None, questions.c.created_at, questions.c.id)
