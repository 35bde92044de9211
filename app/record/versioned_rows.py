"""Rows for the tables with a past: new rows go in, replaced rows move to the past."""

from typing import Any

from sqlalchemy import Connection, Table

from app.db.versioned_writes import UNTIL_COLUMN, VersionedTable, add_rows, move_rows
from app.models.schema import metadata

_TABLES = {
    table.info["past_of"]: VersionedTable(table.info["past_of"], table, table.info["replaced_by"])
    for table in metadata.sorted_tables
    if "past_of" in table.info
}


def find_past_table(table: Table) -> Table:
    """Return the table that keeps the past of `table`."""
    return _TABLES[table].past


class VersionedRows:
    """The rows that one transaction expires and adds, collected to write each table once."""

    def __init__(self) -> None:
        self._added: dict[Table, list[dict[str, Any]]] = {}
        self._expired: dict[VersionedTable, list[dict[str, Any]]] = {}
        self._replaced: dict[VersionedTable, list[dict[str, Any]]] = {}

    def add(self, table: Table, row: dict[str, Any]) -> None:
        """Add a row."""
        self._added.setdefault(table, []).append(row)

    def expire(self, table: Table, until_position: int, **key: Any) -> None:
        """Move the rows with this key to the past; they were valid up to `until_position`."""
        self._expired.setdefault(_TABLES[table], []).append({**key, UNTIL_COLUMN: until_position})

    def replace(self, table: Table, row: dict[str, Any]) -> None:
        """Copy the row with this key to the past and change it in place."""
        self._replaced.setdefault(_TABLES[table], []).append(row)

    def write(self, connection: Connection) -> None:
        """Write all collected rows."""
        move_rows(connection, self._replaced, self._expired)
        add_rows(connection, self._added)
