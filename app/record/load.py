"""Current, deleted, and merged records, loaded for a write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, func, select, union_all

from app.db.feed_positions import transaction_start
from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.changes import changes
from app.models.claims import claims, past_claims
from app.models.events import event_documents, events, past_event_documents, past_events
from app.models.merges import merged_events
from app.record.content import (
    ClaimContent,
    EventContent,
    extract_claim_content,
    extract_event_content,
)
from app.record.document import decode_document
from app.record.merged_events import (
    find_current_events,
    load_merge_group,
    lock_events,
    lock_with_winners,
)
from app.record.merged_slugs import (
    CurrentSlugs,
    list_participant_slugs,
    load_current_slugs,
    replace_actors,
)
from app.values.caller import OPERATOR


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """One claim of an event; `position` is that of the change that wrote it."""

    id: UUID
    revision: int
    created_at: int
    position: int
    document: dict[str, Any]

    @property
    def content(self) -> ClaimContent:
        """The settable part."""
        return extract_claim_content(self.document)

    @property
    def event_id(self) -> UUID:
        """The event that the claim was recorded for, which may have been merged since."""
        return UUID(self.document["event"])


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event with its claims; `position` is that of the change that wrote or removed it.

    The claims are its own and those of all events merged into it. A merged event has only its own,
    and `merged_into` is its winner.
    """

    id: UUID
    revision: int
    order_key: int
    created_at: int
    position: int
    document: dict[str, Any]
    claims: list[StoredClaim] = field(default_factory=list)
    merged_into: UUID | None = None

    @property
    def content(self) -> EventContent:
        """The settable part."""
        return extract_event_content(self.document)


def load_events(
    connection: Connection, ids: Sequence[UUID], *, merged: bool = False
) -> dict[UUID, StoredEvent]:
    """Return the existing events among `ids` with their claims, locked against other writers.

    With `merged` also the events that were merged into one that exists, which is locked as well.
    """
    if not ids:
        return {}
    wanted = {"ids": sorted(set(ids))}
    # Locked first and read afterwards: a statement that waited for a lock has read old rows.
    winners = {}
    if merged:
        winners = lock_with_winners(connection, ids)
    else:
        lock_events(connection, ids)
    found = fetch(connection, _DOCUMENTS, wanted)
    by_event = load_claims(connection, (event_id for event_id, *_ in found))
    stored = {
        event_id: StoredEvent(
            event_id,
            revision,
            key,
            created_at,
            position,
            decode_document(text),
            by_event.get(event_id, []),
        )
        for event_id, revision, key, created_at, position, text in found
    }
    return {**stored, **_load_redirected(connection, winners)}


def load_claims(connection: Connection, event_ids: Iterable[UUID]) -> dict[UUID, list[StoredClaim]]:
    """Return the claims of each event and of the events merged into it, in no order."""
    ids = sorted(set(event_ids))
    by_event: dict[UUID, list[StoredClaim]] = {}
    if not ids:
        return by_event
    rows = fetch(connection, _CLAIMS, {"ids": ids})
    for event_id, claim_id, revision, created_at, position, text in rows:
        claim = StoredClaim(claim_id, revision, created_at, position, decode_document(text))
        by_event.setdefault(event_id, []).append(claim)
    return by_event


def load_deleted_event(connection: Connection, event_id: UUID) -> StoredEvent | None:
    """Return the event as it was when it was deleted, with the claims deleted with it."""
    row = connection.execute(_LAST_STATES, {"ids": [event_id]}).first()
    if row is None:
        return None
    together = transaction_start(row.until_position)
    deleted_claims = select(past_claims).where(
        any_of(past_claims.c.event_id, "ids"), past_claims.c.until_position >= together
    )
    claims_gone = [
        StoredClaim(
            row_of_claim.id,
            row_of_claim.revision,
            row_of_claim.created_at,
            row_of_claim.from_position,
            decode_document(row_of_claim.document),
        )
        for row_of_claim in connection.execute(
            deleted_claims, {"ids": load_merge_group(connection, event_id)}
        )
    ]
    return _make_stored_event(row, row.revision, claims_gone)


def load_merged_events(
    connection: Connection, winners: Mapping[UUID, UUID]
) -> dict[UUID, StoredEvent]:
    """Return merged events in their last state; `winners` has the locked winner of each.

    Actors that were merged since are replaced: a record in the past is not rewritten.
    """
    if not winners:
        return {}
    ids = {"ids": sorted(winners)}
    revisions = {row.id: row.revision for row in connection.execute(_LAST_REVISIONS, ids)}
    by_event = load_claims(connection, winners)
    stored = [
        _make_stored_event(row, revisions[row.id], by_event.get(row.id, []), winners[row.id])
        for row in connection.execute(_LAST_STATES, ids)
    ]
    named = {slug for event in stored for slug in list_participant_slugs(event.content)}
    # As the operator: the record was allowed to name them when it was written.
    current_slugs = load_current_slugs(connection, "actor", named, OPERATOR)
    return {event.id: _replace_document_actors(event, current_slugs) for event in stored}


def _load_redirected(
    connection: Connection, winners: Mapping[UUID, UUID]
) -> dict[UUID, StoredEvent]:
    if not winners:
        return {}
    current = find_current_events(connection, winners.values())
    return load_merged_events(
        connection, {event_id: winner for event_id, winner in winners.items() if winner in current}
    )


def _replace_document_actors(event: StoredEvent, current_slugs: CurrentSlugs) -> StoredEvent:
    content = replace_actors(event.content, current_slugs)
    if content == event.content:
        return event
    return replace(event, document={**event.document, "participants": content["participants"]})


def _make_stored_event(
    row: Any, revision: int, claims_of_event: list[StoredClaim], merged_into: UUID | None = None
) -> StoredEvent:
    return StoredEvent(
        row.id,
        revision,
        row.order_key,
        row.created_at,
        row.until_position,
        decode_document(row.document),
        claims_of_event,
        merged_into,
    )


_DOCUMENTS = Statement(
    select(
        event_documents.c.id,
        event_documents.c.revision,
        events.c.order_key,
        events.c.created_at,
        event_documents.c.from_position,
        event_documents.c.document,
    )
    .join(events, events.c.id == event_documents.c.id)
    .where(any_of(event_documents.c.id, "ids"))
)
_OF_CLAIM = (
    claims.c.id,
    claims.c.revision,
    claims.c.created_at,
    claims.c.from_position,
    claims.c.document,
)
_CLAIMS = Statement(
    union_all(
        select(claims.c.event_id, *_OF_CLAIM).where(any_of(claims.c.event_id, "ids")),
        select(merged_events.c.winner_id, *_OF_CLAIM)
        .join(claims, claims.c.event_id == merged_events.c.event_id)
        .where(any_of(merged_events.c.winner_id, "ids")),
    )
)
_ENDED = past_event_documents.alias()
_LAST_STATES: Select[Any] = (
    select(past_event_documents, past_events.c.order_key, past_events.c.created_at)
    .join(
        past_events,
        (past_events.c.id == past_event_documents.c.id)
        & (past_events.c.until_position == past_event_documents.c.until_position),
    )
    .where(
        any_of(past_event_documents.c.id, "ids"),
        past_event_documents.c.until_position
        == select(func.max(_ENDED.c.until_position))
        .where(_ENDED.c.id == past_event_documents.c.id)
        .scalar_subquery(),
    )
)
_LAST_REVISIONS: Select[Any] = (
    select(changes.c.id, func.max(changes.c.revision).label("revision"))
    .where(any_of(changes.c.event_id, "ids"), changes.c.id == changes.c.event_id)
    .group_by(changes.c.id)
)
