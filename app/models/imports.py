"""Imports: the jobs, what they found wrong, and the providers' untouched rows."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)

from app.db.types import RecordId
from app.models.base import LOCAL, hashed_by, metadata

NO_ROW = "{}"
"""What stands as `row` once that was purged: an import fills it no more."""

# `mapped` is what the row became, the base of the three-way merge with the next release.
source_rows = Table(
    "source_rows",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("format", Text, nullable=False),
    Column("mapper_version", Integer, nullable=False),
    Column("row_hash", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("mapped", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    info=hashed_by("event_id"),
)

imports = Table(
    "imports",
    metadata,
    Column("id", RecordId, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("is_dry_run", SmallInteger, nullable=False),
    Column("file_name", Text),
    Column("rows", JSON, nullable=False),
    Column("detail", Text),
    Column("requested_by", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    info=LOCAL,
)
Index(None, imports.c.created_at, imports.c.id)

# `severity` is rejection, conflict or warning; `line` counts from 1 in the file as sent.
import_findings = Table(
    "import_findings",
    metadata,
    Column("import_id", RecordId, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Text),
    Column("value", Text),
    Column("reason", Text, nullable=False),
    info=LOCAL,
)
