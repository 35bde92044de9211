"""Rows on their way to the tables: new ones in, replaced ones to the past."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.sql.dml import Delete, Insert, Update

from app.models.claims import claim_texts, claims, past_claim_texts, past_claims
from app.models.events import (
    event_documents,
    event_terms,
    event_texts,
    events,
    known_statuses,
    participants,
    past_event_documents,
    past_event_terms,
    past_event_texts,
    past_events,
    past_known_statuses,
    past_participants,
)
from app.models.merges import merged_events, past_merged_events
from app.models.relations import past_relations, relations

# Which columns say whose rows are replaced. A text is found by its rowid as well, the only
# column by which FTS5 finds a row.
CLOSED_BY: Mapping[Table, tuple[Table, tuple[str, ...]]] = {
    events: (past_events, ("id",)),
    event_documents: (past_event_documents, ("id",)),
    participants: (past_participants, ("event_id",)),
    event_terms: (past_event_terms, ("event_id",)),
    event_texts: (past_event_texts, ("event_id", "rowid")),
    known_statuses: (past_known_statuses, ("event_id",)),
    claims: (past_claims, ("event_id", "id")),
    claim_texts: (past_claim_texts, ("event_id", "rowid")),
    relations: (past_relations, ("event_id", "id")),
    merged_events: (past_merged_events, ("event_id",)),
}


class Rows:
    """What one transaction closes and adds, gathered so that each table is written once."""

    def __init__(self) -> None:
        self._added: dict[Table, list[dict[str, Any]]] = {}
        self._closed: dict[Table, list[dict[str, Any]]] = {}
        self._replaced: dict[Table, list[dict[str, Any]]] = {}

    def add(self, table: Table, row: dict[str, Any]) -> None:
        """Add a row."""
        self._added.setdefault(table, []).append(row)

    def close(self, table: Table, until_position: int, **key: Any) -> None:
        """Move the rows with this key to the past; they were valid up to `until_position`."""
        closing = {f"closing_{name}": value for name, value in key.items()}
        self._closed.setdefault(table, []).append({**closing, "until": until_position})

    def replace(self, table: Table, row: dict[str, Any]) -> None:
        """Copy the row with this id to the past and change it in place.

        In place, so that another writer who waits for its lock finds the new row.
        """
        bound = {f"new_{name}": value for name, value in row.items()}
        key = {"closing_id": row["id"], "until": row["from_position"]}
        self._replaced.setdefault(table, []).append({**bound, **key})

    def write(self, connection: Connection) -> None:
        """Run all of it."""
        for table, rows in self._replaced.items():
            copy, _ = _CLOSINGS[table]
            connection.execute(copy, [_keys_of(row) for row in rows])
            connection.execute(_change_in_place(table), [_without_until(row) for row in rows])
        for table, keys in self._closed.items():
            copy, remove = _CLOSINGS[table]
            connection.execute(copy, keys)
            connection.execute(remove, keys)
        for table, rows in self._added.items():
            connection.execute(insert(table), rows)


def _closing(present: Table) -> tuple[Insert, Delete]:
    past, key = CLOSED_BY[present]
    matches = [
        present.c[name] == bindparam(f"closing_{name}", type_=present.c[name].type) for name in key
    ]
    columns = [column.name for column in present.columns]
    until = bindparam("until", type_=BigInteger)
    rows = select(*present.columns, until).where(*matches)
    return (
        insert(past).from_select([*columns, "until_position"], rows),
        delete(present).where(*matches),
    )


def _change_in_place(table: Table) -> Update:
    values = {
        column.name: bindparam(f"new_{column.name}", type_=column.type)
        for column in table.columns
        if column.name != "id"
    }
    return (
        update(table)
        .where(table.c.id == bindparam("closing_id", type_=table.c.id.type))
        .values(values)
    )


def _keys_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("closing_id", "until")}


def _without_until(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"until", "new_id"}}


_CLOSINGS = {present: _closing(present) for present in CLOSED_BY}
