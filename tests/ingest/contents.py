"""The content of a database, without times of writing and random values."""

import re

from sqlalchemy import Connection, select

from app.models.claims import claim_texts
from app.models.imports import import_findings, imports
from app.models.schema import metadata

MOMENTS = {
    *("created_at", "updated_at", "imported_at", "alive_at", "at"),
    *("position", "from_position", "transaction_number"),
}
OF_THE_RUN = (
    claim_texts.c.rowid,
    imports.c.id,
    imports.c.owner,
    imports.c.progress,
    import_findings.c.import_id,
)
"""Positions: of claims in the text index, of events in the order of dates."""

IN_TEXT = re.compile(r'"(?:created|updated)_at":"[^"]+"')


def contents(connection: Connection) -> dict[str, list[str]]:
    """Return every row of every table."""
    found = {}
    for table in metadata.sorted_tables:
        columns = [
            column
            for column in table.columns
            if column.name not in MOMENTS and not any(column is each for each in OF_THE_RUN)
        ]
        rows = connection.execute(select(*columns)).all()
        found[table.name] = sorted(IN_TEXT.sub("", repr(tuple(row))) for row in rows)
    return found
