"""Finding one record for a write, or saying why it cannot be had."""

from functools import cache
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, literal, select

from app.auth.permissions import require_right
from app.db.statements import Statement, fetch
from app.db.transaction import Transaction
from app.db.types import RecordId
from app.errors import Conflict, Fault, Gone, NotFound
from app.models.claims import claims, past_claims
from app.models.events import event_documents, past_event_documents
from app.models.relations import past_relations, relations
from app.query.visibility import bind_grants, build_visibility
from app.record.load import StoredEvent, load_deleted_event, load_events
from app.record.merged_events import load_winners
from app.record.tombstones import is_purged
from app.values.caller import ANONYMOUS, OPERATOR, Caller

PAST_TABLES = {
    event_documents: past_event_documents,
    claims: past_claims,
    relations: past_relations,
}
DATASET_COLUMNS = {
    event_documents: ("dataset",),
    claims: ("dataset",),
    relations: ("dataset", "to_dataset"),
}


def find_event(write: Transaction, caller: Caller, event_id: UUID) -> StoredEvent:
    """The event, locked; NotFound, NotGranted, Gone or, if it was merged away, Conflict."""
    require_visible(write.connection, caller, event_documents, event_id, "event")
    stored = load_events(write.connection, [event_id]).get(event_id)
    if stored is None:
        raise _find_absence_error(write.connection, event_id)
    require_right(caller, stored.document["dataset"])
    return stored


def find_deleted_event(write: Transaction, caller: Caller, event_id: UUID) -> StoredEvent:
    """The deleted event; Conflict if it stands, NotFound if it never was."""
    if _is_visible(write.connection, caller, event_documents, event_id):
        raise Conflict(f"the event {event_id} is not deleted")
    past = _is_visible(write.connection, caller, past_event_documents, event_id, event_documents)
    if past:
        refuse_merged(write.connection, event_id)
    deleted = load_deleted_event(write.connection, event_id) if past else None
    if deleted is None:
        purged = is_purged(write.connection, caller, event_id)
        raise make_missing_error("event", event_id, deleted=False, purged=purged)
    require_right(caller, deleted.document["dataset"])
    write.follow(deleted.position)
    return deleted


def require_visible(
    connection: Connection, caller: Caller, table: Table, record_id: UUID, noun: str
) -> None:
    """Refuse a record that is not there, that was deleted, or that the caller may not see."""
    if _is_visible(connection, caller, table, record_id):
        return
    past = _is_visible(connection, caller, PAST_TABLES[table], record_id, table)
    if past and table is event_documents:
        refuse_merged(connection, record_id)
    purged = not past and is_purged(connection, caller, record_id)
    raise make_missing_error(noun, record_id, deleted=past, purged=purged)


def refuse_merged(connection: Connection, event_id: UUID, pointer: str | None = None) -> None:
    """Conflict if the event was merged into another one."""
    winner = load_winners(connection, [event_id]).get(event_id)
    if winner is not None:
        detail = f"the event {event_id} was merged into {winner}, and is changed there"
        raise Conflict(detail, Fault(code="merged-event", detail=detail, pointer=pointer))


def make_missing_error(
    noun: str, key: UUID | str, *, deleted: bool, purged: bool = False
) -> NotFound | Gone:
    """The error for a record that cannot be had, by its id or slug."""
    named = f"{noun} {format_key(key)}"
    if purged:
        return Gone(f"the {named} was purged: it was removed for good, with its history")
    if deleted:
        return Gone(f"the {named} was deleted; its history can still be read")
    return NotFound(f"there is no {named}")


def format_key(key: UUID | str) -> str:
    """An id, or a slug in quotation marks, as a sentence names it."""
    return repr(key[:100]) if isinstance(key, str) else str(key)


def _find_absence_error(connection: Connection, event_id: UUID) -> NotFound | Gone:
    """Why an event is not there that was there a moment ago."""
    refuse_merged(connection, event_id)
    return make_missing_error("event", event_id, deleted=True)


def _is_visible(
    connection: Connection, caller: Caller, table: Table, record_id: UUID, noun: Table | None = None
) -> bool:
    asked = _make_visible_statement(table, noun if noun is not None else table, caller.sees_all)
    return bool(fetch(connection, asked, {"id": record_id, **bind_grants(caller)}))


@cache
def _make_visible_statement(table: Table, noun: Table, sees_all: bool) -> Statement:
    seen = build_visibility(table, DATASET_COLUMNS[noun], OPERATOR if sees_all else ANONYMOUS)
    this = table.c.id == bindparam("id", type_=RecordId)
    return Statement(select(literal(1).label("shown")).where(this, *seen).limit(1))
