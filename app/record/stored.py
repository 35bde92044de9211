"""Records as they stand in the database, read for a write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from app.db.functions import any_of
from app.db.positions import transaction_start
from app.models.claims import claims, past_claims
from app.models.events import event_documents, events, past_event_documents, past_events
from app.record.content import ClaimContent, EventContent, claim_content, event_content
from app.record.document import decode


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """One claim of an event."""

    id: UUID
    revision: int
    created_at: int
    document: dict[str, Any]

    @property
    def content(self) -> ClaimContent:
        """What has been set of it."""
        return claim_content(self.document)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event with its claims; `position` is the change that made it so, or deleted it."""

    id: UUID
    revision: int
    order_key: int
    created_at: int
    position: int
    document: dict[str, Any]
    claims: list[StoredClaim] = field(default_factory=list)

    @property
    def content(self) -> EventContent:
        """What has been set of it."""
        return event_content(self.document)


def load_events(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, StoredEvent]:
    """The events that exist among `ids`, locked against other writers, with their claims."""
    if not ids:
        return {}
    wanted = {"ids": sorted(set(ids))}
    # Locked first and read after that: what a statement reads beside a row it waited for is old.
    connection.execute(_LOCK, wanted)
    rows = connection.execute(_DOCUMENTS, wanted).all()
    found = {row.id: row for row in rows}
    by_event = load_claims(connection, found)
    return {
        event_id: StoredEvent(
            event_id,
            row.revision,
            row.order_key,
            row.created_at,
            row.from_position,
            decode(row.document),
            by_event.get(event_id, []),
        )
        for event_id, row in found.items()
    }


def load_claims(connection: Connection, event_ids: Iterable[UUID]) -> dict[UUID, list[StoredClaim]]:
    """The claims of each event, in no order."""
    ids = sorted(set(event_ids))
    by_event: dict[UUID, list[StoredClaim]] = {}
    if not ids:
        return by_event
    for event_id, claim_id, revision, created_at, text in connection.execute(_CLAIMS, {"ids": ids}):
        claim = StoredClaim(claim_id, revision, created_at, decode(text))
        by_event.setdefault(event_id, []).append(claim)
    return by_event


def load_deleted(connection: Connection, event_id: UUID) -> StoredEvent | None:
    """The event as it was when it was deleted, with the claims that went with it."""
    last = (
        select(past_event_documents, past_events.c.order_key, past_events.c.created_at)
        .join(
            past_events,
            (past_events.c.id == past_event_documents.c.id)
            & (past_events.c.until_position == past_event_documents.c.until_position),
        )
        .where(past_event_documents.c.id == event_id)
        .order_by(past_event_documents.c.until_position.desc())
        .limit(1)
    )
    row = connection.execute(last).first()
    if row is None:
        return None
    together = transaction_start(row.until_position)
    gone = select(past_claims).where(
        past_claims.c.event_id == event_id, past_claims.c.until_position >= together
    )
    claims_gone = [
        StoredClaim(each.id, each.revision, each.created_at, decode(each.document))
        for each in connection.execute(gone)
    ]
    return StoredEvent(
        event_id,
        row.revision,
        row.order_key,
        row.created_at,
        row.until_position,
        decode(row.document),
        claims_gone,
    )


_LOCK: Select[Any] = (
    select(event_documents.c.id)
    .where(any_of(event_documents.c.id, "ids"))
    .order_by(event_documents.c.id)
    .with_for_update()
)
_DOCUMENTS: Select[Any] = (
    select(
        event_documents.c.id,
        event_documents.c.revision,
        event_documents.c.from_position,
        event_documents.c.document,
        events.c.order_key,
        events.c.created_at,
    )
    .join(events, events.c.id == event_documents.c.id)
    .where(any_of(event_documents.c.id, "ids"))
)
_CLAIMS: Select[Any] = select(
    claims.c.event_id, claims.c.id, claims.c.revision, claims.c.created_at, claims.c.document
).where(any_of(claims.c.event_id, "ids"))
