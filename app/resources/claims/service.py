"""Recording, changing, deleting and restoring claims; each gives its event a new revision."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.db.transaction import Transaction
from app.errors import Conflict, Fault
from app.models.claims import claims
from app.record.content import ClaimContent
from app.record.document import SavedRecord, encode_document
from app.record.links.references import require_actors, require_sources
from app.record.load import StoredClaim, StoredEvent
from app.record.merged_events import load_winners
from app.record.merged_slugs import list_claim_actors, list_claim_sources, replace_claim_slugs
from app.record.not_found import find_purged
from app.record.require import find_event, require_visible
from app.record.revision_checks import check_revision
from app.record.save import ClaimChange, SavedEvent, make_next_change, save_events
from app.resources.claims.schemas import ClaimCreate
from app.values.caller import Caller
from app.values.ids import make_claim_id


def make_claim_content(body: ClaimCreate) -> ClaimContent:
    """Return the content of a claim, as it is stored, from a validated body."""
    whole = body.model_dump(mode="json")
    return {key: whole[key] for key in ClaimContent.__annotations__}  # type: ignore[return-value]


def record_claim(
    write: Transaction, caller: Caller, event_id: UUID, body: ClaimCreate
) -> SavedRecord[UUID]:
    """Record a claim about an event."""
    event = find_event(write, caller, event_id)
    content = _require_references(write, caller, event, make_claim_content(body))
    external_id = content["external_id"]
    new_id = make_claim_id(event_id, external_id) if external_id else write.make_id()
    if any(claim.id == new_id for claim in event.claims):
        detail = f"this event already has the claim {external_id!r}"
        raise Conflict(detail, Fault(code="duplicate", detail=detail, pointer="/external_id"))
    if external_id and find_purged(write.connection, [new_id]):
        detail = f"the claim {external_id!r} of this event was purged, and cannot be recorded again"
        raise Conflict(detail, Fault(code="duplicate", detail=detail, pointer="/external_id"))
    saved = _save_claims(write, event, [ClaimChange("created", new_id, None, content, 1, write.at)])
    return SavedRecord(new_id, 1, saved.claims[new_id])


def replace_claim(
    write: Transaction,
    caller: Caller,
    claim: UUID,
    required: int | None,
    apply: Callable[[dict[str, Any]], ClaimCreate],
) -> SavedRecord[UUID]:
    """Replace the content of a claim; the same content makes no revision."""
    event, stored = find_claim(write, caller, claim)
    check_revision(required, stored.revision)
    content = make_claim_content(apply(stored.document))
    if content != stored.content:
        content = _require_references(write, caller, event, content, stored.content)
    if content == stored.content:
        return SavedRecord(claim, stored.revision, encode_document(stored.document))
    revision = stored.revision + 1
    changed = ClaimChange("updated", claim, stored, content, revision, stored.created_at)
    saved = _save_claims(write, event, [changed])
    return SavedRecord(claim, revision, saved.claims[claim])


def delete_claim(write: Transaction, caller: Caller, claim: UUID, required: int | None) -> None:
    """Delete a claim; its past stays."""
    event, stored = find_claim(write, caller, claim)
    check_revision(required, stored.revision)
    deletion = ClaimChange("deleted", claim, stored, None, stored.revision + 1, stored.created_at)
    _save_claims(write, event, [deletion])


def find_claim(write: Transaction, caller: Caller, claim: UUID) -> tuple[StoredEvent, StoredClaim]:
    """Return a claim and its event, locked; NotFound or Gone if it cannot be changed."""
    require_visible(write.connection, caller, claims, claim)
    found = fetch(write.connection, _EVENT_OF_CLAIM, {"ids": [claim]})
    if found:
        event_id: UUID = found[0][0]
        winners = load_winners(write.connection, [event_id])
        event = find_event(write, caller, winners.get(event_id, event_id))
        for stored in event.claims:
            if stored.id == claim:
                return event, stored
    require_visible(write.connection, caller, claims, claim)
    raise Conflict("the claim was changed by another writer; try again")


def _save_claims(
    write: Transaction, event: StoredEvent, changes: Sequence[ClaimChange]
) -> SavedEvent:
    (saved,) = save_events(write, [make_next_change(event, changes)])
    return saved


def _require_references(
    write: Transaction,
    caller: Caller,
    event: StoredEvent,
    content: ClaimContent,
    before: ClaimContent | None = None,
) -> ClaimContent:
    """Return the content with actors and sources that were merged away replaced.

    Raise Invalid for an absent one, unless the content named it `before`.
    """
    dataset = event.document["dataset"]
    kept_sources = list_claim_sources(before, "").values() if before is not None else ()
    kept_actors = list_claim_actors(before, "").values() if before is not None else ()
    sources = require_sources(write, caller, list_claim_sources(content, ""), dataset, kept_sources)
    actors = require_actors(write, caller, list_claim_actors(content, ""), dataset, kept_actors)
    return replace_claim_slugs(content, actors, sources)


_EVENT_OF_CLAIM = Statement(select(claims.c.event_id).where(any_of(claims.c.id, "ids")))
