"""What a database holds, but for what tells when it was written."""

import re

from sqlalchemy import Connection, select

from app.models.claims import claim_texts
from app.models.schema import metadata

MOMENTS = {"created_at", "updated_at", "imported_at", "at", "position", "from_position", "by"}
POSITION_TOO = claim_texts.c.rowid
"""Of claims the text index knows the position; of events the place in the order of dates."""

IN_TEXT = re.compile(r'"(?:created|updated)_at":"[^"]+"')
JOBS = {"feed", "imports", "import_findings"}
TABLES = [table for table in metadata.sorted_tables if table.name not in JOBS]


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table of records."""
    found = {}
    for table in TABLES:
        columns = [
            column
            for column in table.columns
            if column.name not in MOMENTS and column is not POSITION_TOO
        ]
        rows = connection.execute(select(*columns)).all()
        found[table.name] = sorted(IN_TEXT.sub("", repr(tuple(row))) for row in rows)
    return found
