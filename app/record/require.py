"""Required records: the existing record that a write changes, or the error that it is absent."""

from functools import partial
from uuid import UUID

from sqlalchemy import Connection, Select, Table, bindparam, literal, select

from app.auth.permissions import require_right
from app.db.transaction import Transaction
from app.db.types import RecordId
from app.errors import Conflict, Fault, Gone, NotFound
from app.models.claims import claims, past_claims
from app.models.events import event_documents, past_event_documents
from app.models.relations import past_relations, relations
from app.query.visibility import VisibleStatement, build_visibility
from app.record.load import StoredEvent, load_deleted_event, load_events
from app.record.merged_events import load_winners
from app.record.not_found import RecordTable, find_absence, make_missing_error
from app.values.caller import Caller

TABLES = {
    event_documents: RecordTable("event", past_event_documents),
    claims: RecordTable("claim", past_claims),
    relations: RecordTable("relation", past_relations, visible_by=("dataset", "to_dataset")),
}


def find_event(write: Transaction, caller: Caller, event_id: UUID) -> StoredEvent:
    """Return the event, locked; raise NotFound, NotGranted, Gone or, if it was merged, Conflict."""
    require_visible(write.connection, caller, event_documents, event_id)
    stored = load_events(write.connection, [event_id]).get(event_id)
    if stored is None:
        raise _find_absence_error(write.connection, event_id)
    require_right(caller, stored.document["dataset"])
    return stored


def find_deleted_event(write: Transaction, caller: Caller, event_id: UUID) -> StoredEvent:
    """Return the deleted event; raise Conflict if it exists, NotFound if it never did."""
    if _is_visible(write.connection, caller, event_documents, event_id):
        raise Conflict(f"the event {event_id} is not deleted")
    absence = find_absence(write.connection, caller, TABLES[event_documents], event_id)
    if absence.merged_into is not None:
        raise _make_merged_error(event_id, absence.merged_into)
    deleted = load_deleted_event(write.connection, event_id) if absence.is_deleted else None
    if deleted is None:
        purged = absence.is_purged
        raise make_missing_error("event", event_id, deleted=False, purged=purged)
    require_right(caller, deleted.document["dataset"])
    write.require_after(deleted.position)
    return deleted


def require_visible(connection: Connection, caller: Caller, table: Table, record_id: UUID) -> None:
    """Raise NotFound, Gone or Conflict unless the record exists and the caller may see it."""
    if _is_visible(connection, caller, table, record_id):
        return
    absence = find_absence(connection, caller, TABLES[table], record_id)
    if absence.merged_into is not None:
        raise _make_merged_error(record_id, absence.merged_into)
    raise absence.make_error(TABLES[table].kind, record_id)


def refuse_merged(connection: Connection, event_id: UUID, pointer: str | None = None) -> None:
    """Raise Conflict if the event was merged into another one."""
    winner = load_winners(connection, [event_id]).get(event_id)
    if winner is not None:
        raise _make_merged_error(event_id, winner, pointer)


def _make_merged_error(event_id: UUID, winner: UUID | str, pointer: str | None = None) -> Conflict:
    detail = f"the event {event_id} was merged into {winner}, and is changed there"
    return Conflict(detail, Fault(code="merged-event", detail=detail, pointer=pointer))


def _find_absence_error(connection: Connection, event_id: UUID) -> NotFound | Gone:
    """Return the error for an event that another writer has just removed."""
    refuse_merged(connection, event_id)
    return make_missing_error("event", event_id, deleted=True)


def _is_visible(connection: Connection, caller: Caller, table: Table, record_id: UUID) -> bool:
    return bool(_VISIBLE[table].fetch_within(connection, caller, {"id": record_id}))


def _select_visible(table: Table, caller: Caller) -> Select[int]:
    seen = build_visibility(table, TABLES[table].visible_by, caller)
    this = table.c.id == bindparam("id", type_=RecordId)
    return select(literal(1).label("shown")).where(this, *seen).limit(1)


_VISIBLE = {table: VisibleStatement(partial(_select_visible, table)) for table in TABLES}
