"""Gone records as they are kept until their removal is confirmed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.imports import import_removals


def store_pending_removals(
    write: Transaction, id: UUID, revisions: Sequence[tuple[UUID, int]]
) -> None:
    """Keep records that an import found gone, each at the revision at which it stands."""
    rows = [{"import_id": id, "event_id": of, "revision": stood} for of, stood in revisions]
    if rows:
        write.connection.execute(insert(import_removals), rows)


def delete_pending_removals(write: Transaction, event_ids: Sequence[UUID]) -> None:
    """Let records wait no more whose row is there."""
    if event_ids:
        write.connection.execute(_DELETE_PENDING, {"ids": list(event_ids)})


_DELETE_PENDING = delete(import_removals).where(any_of(import_removals.c.event_id, "ids"))
