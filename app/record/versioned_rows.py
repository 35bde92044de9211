"""Rows on their way to the tables: new ones in, replaced ones to the past."""

from typing import Any

from sqlalchemy import Connection, Table

from app.db.versioned_writes import UNTIL_COLUMN, VersionedTable, add_rows, move_rows
from app.models.actors import (
    actor_codes,
    actor_names,
    actors,
    past_actor_codes,
    past_actor_names,
    past_actors,
)
from app.models.claims import claim_texts, claims, past_claim_texts, past_claims
from app.models.datasets import datasets, past_datasets
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
from app.models.names import former_slugs, past_former_slugs
from app.models.relations import past_relations, relations
from app.models.sources import past_sources, sources

# With the columns that say whose rows are replaced. A text is found by its rowid as well, the
# only column by which FTS5 finds a row.
_TABLE_PAIRS = {
    twin.present: twin
    for twin in (
        VersionedTable(events, past_events, ("id",)),
        VersionedTable(event_documents, past_event_documents, ("id",)),
        VersionedTable(participants, past_participants, ("event_id",)),
        VersionedTable(event_terms, past_event_terms, ("event_id",)),
        VersionedTable(event_texts, past_event_texts, ("event_id", "rowid")),
        VersionedTable(known_statuses, past_known_statuses, ("event_id",)),
        VersionedTable(claims, past_claims, ("event_id", "id")),
        VersionedTable(claim_texts, past_claim_texts, ("event_id", "rowid")),
        VersionedTable(relations, past_relations, ("event_id", "id")),
        VersionedTable(merged_events, past_merged_events, ("event_id",)),
        VersionedTable(actors, past_actors, ("slug",)),
        VersionedTable(actor_names, past_actor_names, ("actor",)),
        VersionedTable(actor_codes, past_actor_codes, ("actor",)),
        VersionedTable(sources, past_sources, ("slug",)),
        VersionedTable(datasets, past_datasets, ("slug",)),
        VersionedTable(former_slugs, past_former_slugs, ("noun", "slug")),
    )
}


class VersionedRows:
    """What one transaction closes and adds, gathered so that each table is written once."""

    def __init__(self) -> None:
        self._added: dict[Table, list[dict[str, Any]]] = {}
        self._closed: dict[VersionedTable, list[dict[str, Any]]] = {}
        self._replaced: dict[VersionedTable, list[dict[str, Any]]] = {}

    def add(self, table: Table, row: dict[str, Any]) -> None:
        """Add a row."""
        self._added.setdefault(table, []).append(row)

    def close(self, table: Table, until_position: int, **key: Any) -> None:
        """Move the rows with this key to the past; they were valid up to `until_position`."""
        self._closed.setdefault(_TABLE_PAIRS[table], []).append(
            {**key, UNTIL_COLUMN: until_position}
        )

    def replace(self, table: Table, row: dict[str, Any]) -> None:
        """Copy the row with this key to the past and change it in place."""
        self._replaced.setdefault(_TABLE_PAIRS[table], []).append(row)

    def write(self, connection: Connection) -> None:
        """Run all of it."""
        move_rows(connection, self._replaced, self._closed)
        add_rows(connection, self._added)
