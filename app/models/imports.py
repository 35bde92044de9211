"""Imports: the jobs, their findings, and the providers' original rows."""

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

from app.db.ddl import sort_by_bytes
from app.db.types import RecordId
from app.models.base import LOCAL_PLACEMENT, REFERENCE_PLACEMENT, metadata, place_by_hash

PURGED_ROW = "{}"
"""The value of `row` after a purge: no import fills it again."""

# `mapped` is the mapped row, the base of the three-way merge with the next release.
# `removed_revision` is the last revision before a mirroring import removed the event.
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
    Column("removed_revision", Integer),
    info=place_by_hash("event_id"),
)

# Rows that are claims about the events of other rows. Several may be one claim, which has the
# words of the row with the most `confidence`. A row whose event is missing waits for it.
claim_rows = Table(
    "claim_rows",
    metadata,
    Column("event_id", RecordId, primary_key=True),
    Column("row_hash", Text, primary_key=True),
    Column("claim_id", RecordId, nullable=False),
    Column("is_waiting", SmallInteger, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("dataset", Text, ForeignKey("datasets.slug"), nullable=False),
    Column("format", Text, nullable=False),
    Column("mapper_version", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("origin", Text),
    Column("row", Text, nullable=False),
    Column("mapped", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    info=place_by_hash("event_id"),
)
for _name in ("source", "origin"):
    Index(None, claim_rows.c[_name])
Index(
    "ix_claim_rows_waiting",
    claim_rows.c.dataset,
    claim_rows.c.event_id,
    sqlite_where=claim_rows.c.is_waiting == 1,
    postgresql_where=claim_rows.c.is_waiting == 1,
)

PUBLIC_OWNER = ""
"""The owner of slugs that hold for all public datasets."""

# Actors and sources that an import created under another slug, since a hidden record has the slug
# that its rows name: the meaning of `named` for all public datasets, or for the private `owner`.
import_slugs = Table(
    "import_slugs",
    metadata,
    Column("noun", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("named", sort_by_bytes(Text()), primary_key=True),
    Column("slug", sort_by_bytes(Text()), nullable=False),
    info=REFERENCE_PLACEMENT,
)

# `owner` is the process that runs the job, `alive_at` the time of its last sign of life. If no
# dataset was given, rows that name another one go into that. `not_kept` counts the findings that
# are not stored, by their list. `coverage` is the part of the dataset that the file covers,
# `removals` the outcome for records whose row is gone from it.
imports = Table(
    "imports",
    metadata,
    Column("id", RecordId, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("is_dataset_given", SmallInteger, nullable=False),
    Column("format", Text, nullable=False),
    Column("format_reason", Text),
    Column("status", Text, nullable=False),
    Column("is_dry_run", SmallInteger, nullable=False),
    Column("is_mirror", SmallInteger, nullable=False),
    Column("file_name", Text),
    Column("rows", JSON, nullable=False),
    Column("detail", Text),
    Column("requested_by", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("alive_at", BigInteger, nullable=False),
    Column("owner", Text),
    Column("progress", JSON(none_as_null=True)),
    Column("not_kept", JSON(none_as_null=True)),
    Column("coverage", JSON(none_as_null=True)),
    Column("removals", JSON(none_as_null=True)),
    info=LOCAL_PLACEMENT,
)
Index(None, imports.c.created_at, imports.c.id)

# `severity` is rejection, conflict, warning, or published with the resource type as `column` and
# the slug as `value`; `line` counts from 1 in the file as sent, and is null for findings of no
# line.
import_findings = Table(
    "import_findings",
    metadata,
    Column("import_id", RecordId, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("line", Integer),
    Column("column", Text),
    Column("value", Text),
    Column("reason", Text, nullable=False),
    info=LOCAL_PLACEMENT,
)

# Records that an import found gone, with their revision, whose removal waits for confirmation. It
# is dropped if another import brings the row again.
import_removals = Table(
    "import_removals",
    metadata,
    Column("import_id", RecordId, primary_key=True),
    Column("event_id", RecordId, primary_key=True),
    Column("revision", Integer, nullable=False),
    info=LOCAL_PLACEMENT,
)
Index(None, import_removals.c.event_id)
