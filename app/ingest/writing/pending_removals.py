"""Records without a row whose removal awaits confirmation (table `import_removals`)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.events import event_documents
from app.models.imports import import_removals
from app.record.document import decode_document


def store_pending_removals(
    write: Transaction, id: UUID, revisions: Sequence[tuple[UUID, int]]
) -> None:
    """Store the events that an import would remove, with their current revisions."""
    rows = [{"import_id": id, "event_id": of, "revision": revision} for of, revision in revisions]
    if rows:
        write.connection.execute(insert(import_removals), rows)


def load_pending_removals(write: Transaction, id: UUID, limit: int) -> list[tuple[UUID, str, int]]:
    """Load an import's next removals: event id, external id (else the id), and revision."""
    rows = write.connection.execute(
        select(import_removals.c.event_id, import_removals.c.revision, event_documents.c.document)
        .outerjoin(event_documents, event_documents.c.id == import_removals.c.event_id)
        .where(import_removals.c.import_id == id)
        .order_by(import_removals.c.event_id)
        .limit(limit)
    )
    return [(of, _get_external_id(of, document), revision) for of, revision, document in rows]


def count_pending_removals(write: Transaction, id: UUID) -> int:
    """Count the removals of an import that still await their turn."""
    pending = select(func.count()).where(import_removals.c.import_id == id)
    return write.connection.scalar(pending) or 0


def count_unchanged(write: Transaction, id: UUID) -> int:
    """Count the pending removals of events that are still at the stored revision."""
    unchanged = (
        select(func.count())
        .select_from(import_removals)
        .join(event_documents, event_documents.c.id == import_removals.c.event_id)
        .where(
            import_removals.c.import_id == id,
            import_removals.c.revision == event_documents.c.revision,
        )
    )
    return write.connection.scalar(unchanged) or 0


def delete_job_removals(write: Transaction, id: UUID, event_ids: Sequence[UUID]) -> None:
    """Delete an import's pending removals of these events."""
    these = any_of(import_removals.c.event_id, "ids"), import_removals.c.import_id == id
    write.connection.execute(delete(import_removals).where(*these), {"ids": list(event_ids)})


def delete_pending_removals(write: Transaction, event_ids: Sequence[UUID]) -> None:
    """Delete the pending removals of events whose row an import has read again."""
    if event_ids:
        write.connection.execute(_DELETE_PENDING, {"ids": list(event_ids)})


def _get_external_id(id: UUID, document: str | None) -> str:
    external_id = decode_document(document)["external_id"] if document is not None else None
    return str(external_id or id)


_DELETE_PENDING = delete(import_removals).where(any_of(import_removals.c.event_id, "ids"))
