"""Saves of relations with their past and their changes in the feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, exists, or_, select

from app.db.feed_positions import transaction_end, transaction_start
from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.db.transaction import Transaction
from app.models.changes import changes as change_feed
from app.models.relations import past_relations, relations
from app.record.content import RelationContent
from app.record.document import (
    RevisionInfo,
    decode_document,
    encode_document,
    make_relation_document,
)
from app.record.merged_events import find_current_events, load_merge_group, lock_with_winners
from app.record.versioned_rows import VersionedRows


@dataclass(frozen=True, slots=True)
class RelationChange:
    """One relation created, changed, deleted (without `content`) or restored.

    `ends` are the events that it leads from and to, and `datasets` are theirs; `after` is the
    position of the previous change, and `updated_at` is the time of the write unless given.
    """

    operation: str
    id: UUID
    content: RelationContent | None
    ends: tuple[UUID, UUID]
    datasets: tuple[str, str]
    revision: int
    created_at: int
    is_current: bool
    after: int = 0
    updated_at: int | None = None


def save_relations(write: Transaction, changes: Sequence[RelationChange]) -> list[str]:
    """Save the changes and return the documents, empty for a deleted relation."""
    rows = VersionedRows()
    documents = [_save_relation(write, rows, change) for change in changes]
    rows.write(write.connection)
    return documents


def lock_with_origins(write: Transaction, event_id: UUID) -> None:
    """Lock an event and the origins of the relations that lead to it, all in one order.

    A relation changes under the lock of its origin, or of the event that the origin was merged
    into: relations that are read after this are current.
    """
    group = {"ids": load_merge_group(write.connection, event_id)}
    origins = {origin for (origin,) in fetch(write.connection, _ORIGINS, group)}
    lock_with_winners(write.connection, {event_id, *origins})


def delete_relations_of(write: Transaction, event_id: UUID) -> None:
    """Delete every relation of a locked event that is about to be deleted."""
    # Again, for relations that were created while this transaction waited for the first lock.
    lock_with_origins(write, event_id)
    group = {"ids": load_merge_group(write.connection, event_id)}
    found = write.connection.execute(_RELATIONS, group).all()
    save_relations(
        write,
        [
            make_relation_change(row, "deleted", None, row.revision + 1, is_current=True)
            for row in found
        ],
    )


def restore_relations(write: Transaction, event_id: UUID) -> None:
    """Restore the relations that were deleted with one of their ends, if both ends exist now."""
    group = {"ids": load_merge_group(write.connection, event_id)}
    deleted = select(past_relations).where(_match_either_end(past_relations))
    deleted = deleted.order_by(past_relations.c.until_position)
    last = {row.id: row for row in write.connection.execute(deleted, group)}
    ends = sorted({end for row in last.values() for end in (row.event_id, row.to_event_id)})
    if not ends:
        return
    winners = lock_with_winners(write.connection, ends)
    existing = find_current_events(write.connection, [winners.get(end, end) for end in ends])
    current = {end for end in ends if winners.get(end, end) in existing}
    kept = select(relations.c.id).where(_match_either_end(relations))
    present = set(write.connection.scalars(kept, group))
    deletions = _find_deletions(
        write, {transaction_start(row.until_position) for row in last.values()}
    )
    save_relations(
        write,
        [
            make_relation_change(
                row,
                "restored",
                extract_relation_content(row.document),
                row.revision + 2,
                is_current=False,
            )
            for row in last.values()
            if row.id not in present
            and {row.event_id, row.to_event_id} <= current
            and transaction_start(row.until_position) in deletions
        ],
    )


def _match_either_end(table: Table) -> ColumnElement[bool]:
    return or_(any_of(table.c.event_id, "ids"), any_of(table.c.to_event_id, "ids"))


_ORIGINS = Statement(select(relations.c.event_id).where(any_of(relations.c.to_event_id, "ids")))
_RELATIONS = select(relations).where(_match_either_end(relations))


def _find_deletions(write: Transaction, transactions: set[int]) -> set[int]:
    """Return the transactions, each by its first position, in which an event was deleted."""
    deleted = exists().where(
        change_feed.c.position.between(bindparam("first"), bindparam("last")),
        change_feed.c.kind == "event",
        change_feed.c.operation == "deleted",
    )
    return {
        start
        for start in transactions
        if write.connection.scalar(
            select(deleted), {"first": start, "last": transaction_end(start)}
        )
    }


def make_relation_change(
    row: Any, operation: str, content: RelationContent | None, revision: int, *, is_current: bool
) -> RelationChange:
    """Return a change of a relation that is, or was, stored as `row`."""
    return RelationChange(
        operation,
        row.id,
        content,
        (row.event_id, row.to_event_id),
        (row.dataset, row.to_dataset),
        revision,
        row.created_at,
        is_current,
        row.from_position if is_current else row.until_position,
    )


def extract_relation_content(document: str) -> RelationContent:
    """Return the settable part of a relation's document."""
    whole = decode_document(document)
    return {key: whole[key] for key in RelationContent.__annotations__}  # type: ignore[return-value]


def _save_relation(write: Transaction, rows: VersionedRows, change: RelationChange) -> str:
    write.require_after(change.after)
    position = write.take_position()
    rows.add(change_feed, _make_feed_row(write, change, position))
    if change.is_current:
        rows.expire(relations, position, event_id=change.ends[0], id=change.id)
    if change.content is None:
        return ""
    stamp = RevisionInfo(
        change.id, change.revision, change.created_at, change.updated_at or write.at
    )
    document = encode_document(make_relation_document(change.content, stamp))
    row = {
        "event_id": change.ends[0],
        "id": change.id,
        "to_event_id": change.ends[1],
        "from_position": position,
        "created_at": change.created_at,
        "updated_at": stamp.updated_at,
        "revision": change.revision,
        "dataset": change.datasets[0],
        "to_dataset": change.datasets[1],
        "type": change.content["type"],
        "document": document,
    }
    rows.add(relations, row)
    return document


def _make_feed_row(write: Transaction, change: RelationChange, position: int) -> dict[str, Any]:
    return {
        "event_id": change.ends[0],
        "position": position,
        "id": change.id,
        "at": write.at,
        "revision": change.revision,
        "kind": "relation",
        "operation": change.operation,
        "dataset": change.datasets[0],
        "to_dataset": change.datasets[1],
        "by": write.by,
    }
