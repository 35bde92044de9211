"""The check of merges: each agrees with its document, and each merged event with its merge."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from app.maintenance.check.check_findings import (
    CheckFinding,
    join_names,
    list_differing_columns,
    load_rows,
)
from app.models.changes import changes
from app.models.events import event_documents, past_event_documents
from app.models.merges import merged_events, merges
from app.record.document import decode_document
from app.values.timestamps import format_timestamp


def check_merges(connection: Connection) -> Iterator[CheckFinding]:
    """Yield the merges whose row disagrees with their document."""
    for row in connection.execute(select(merges).order_by(merges.c.id)):
        document = decode_document(row.document)
        expected = {
            "id": UUID(document["id"]),
            "winner_id": UUID(document["winner"]),
            "dataset": document["dataset"],
            "is_undone": int(document["undone_at"] is not None),
            "revision": document["revision"],
        }
        others = list_differing_columns(expected, row)
        for name in ("created_at", "updated_at"):
            if document[name] != format_timestamp(getattr(row, name)):
                others.append(name)
        if others:
            yield CheckFinding("merge", str(row.id), f"its row disagrees in {join_names(others)}")


def check_merged_events(connection: Connection, ids: Sequence[UUID]) -> Iterator[CheckFinding]:
    """Yield the disagreements of the redirects of these events."""
    found = _MergedEventRows(connection, ids)
    for event_id in ids:
        for what in found.check(event_id):
            yield CheckFinding("event", str(event_id), what)


class _MergedEventRows:
    """The rows of some merged events and of their merges, loaded together."""

    def __init__(self, connection: Connection, ids: Sequence[UUID]) -> None:
        self.rows = load_rows(connection, merged_events, "event_id", ids)
        self.changes = load_rows(connection, changes, "id", ids)
        self.current = load_rows(connection, event_documents, "id", ids)
        self.past = load_rows(connection, past_event_documents, "id", ids)
        into = {row.into_id for rows in self.rows.values() for row in rows}
        self.above = load_rows(connection, merged_events, "event_id", sorted(into))
        made = {row.merge_id for rows in self.rows.values() for row in rows}
        self.merges = load_rows(connection, merges, "id", sorted(made))

    def check(self, event_id: UUID) -> Iterator[str]:
        """Yield the errors of one event."""
        rows = self.rows.get(event_id, [])
        changes_of_event = sorted(
            self.changes.get(event_id, ()), key=lambda change: change.position
        )
        turns = [
            change.operation
            for change in changes_of_event
            if change.operation in {"merged", "unmerged"}
        ]
        if bool(rows) != (turns[-1:] == ["merged"]):
            yield "the feed and the merges disagree on whether it was merged"
        for row in rows:
            yield from self._check_row(row)

    def _check_row(self, row: Row[Any]) -> Iterator[str]:
        if row.event_id in self.current:
            yield "was merged, but is current"
        if {document.dataset for document in self.past.get(row.event_id, ())} != {row.dataset}:
            yield "was merged in another dataset than its own"
        above = self.above.get(row.into_id)
        if row.winner_id != (above[0].winner_id if above else row.into_id):
            yield f"its winner {row.winner_id} is not that of the event that it was merged into"
        for merge in self.merges.get(row.merge_id, [None]):
            if merge is None or not _is_recorded_by(merge, row):
                yield f"no merge says that it was merged into {row.into_id}"


def _is_recorded_by(merge: Row[Any], row: Row[Any]) -> bool:
    if merge.is_undone or (merge.winner_id, merge.dataset) != (row.into_id, row.dataset):
        return False
    return str(row.event_id) in decode_document(merge.document)["losers"]
