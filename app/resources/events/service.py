"""Creating, changing, deleting and restoring events."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, literal, select, union_all

from app.auth.permissions import require_right
from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.db.transaction import Transaction
from app.errors import Conflict, Fault, Invalid
from app.models.changes import changes
from app.models.events import event_documents, past_event_documents
from app.models.merges import merged_events
from app.record.content import ClaimContent, EventContent
from app.record.document import SavedRecord, encode_document
from app.record.links.references import require_actors, require_dataset, require_sources
from app.record.links.save_relations import (
    delete_relations_of,
    lock_with_origins,
    restore_relations,
)
from app.record.load import StoredClaim, StoredEvent
from app.record.merged_slugs import (
    list_claim_actors,
    list_claim_sources,
    list_participant_slugs,
    replace_actors,
    replace_claim_slugs,
)
from app.record.not_found import PURGED
from app.record.require import find_deleted_event, find_event
from app.record.revision_checks import check_revision
from app.record.save import ClaimChange, EventChange, SavedEvent, save_events
from app.resources.events.schemas import EventCreate, EventImport
from app.values.caller import Caller
from app.values.ids import make_record_id


def make_event_content(body: EventImport) -> EventContent:
    """Return the content of an event, as it is stored, from a validated body."""
    content = body.model_dump(mode="json", by_alias=True)
    content["participants"] = [
        {"actor": participant["actor"], "for": participant["for"], "role": participant["role"]}
        for participant in content["participants"]
    ]
    content["tags"] = list(dict.fromkeys(content["tags"]))
    return {key: content[key] for key in EventContent.__annotations__}  # type: ignore[return-value]


def create_event(write: Transaction, caller: Caller, body: EventCreate) -> SavedRecord[UUID]:
    """Create one event."""
    (saved,) = create_events(write, caller, [body])
    return saved


def create_events(
    write: Transaction, caller: Caller, bodies: Sequence[EventCreate], at: Sequence[str] = ("",)
) -> list[SavedRecord[UUID]]:
    """Create events; `at` are JSON pointers to the bodies in the request, for errors."""
    changes = []
    for body, place in zip(bodies, at, strict=True):
        content = require_event_references(write, caller, make_event_content(body), place)
        require_right(caller, content["dataset"], f"{place}/dataset")
        external_id = content["external_id"]
        new_id = make_record_id(content["dataset"], external_id) if external_id else write.make_id()
        changes.append(EventChange("created", new_id, None, content, 1, write.at))
    _refuse_duplicates(write, changes, at)
    return [_get_saved(saved) for saved in save_events(write, changes)]


def replace_event(
    write: Transaction,
    caller: Caller,
    event_id: UUID,
    required: int | None,
    apply: Callable[[dict[str, Any]], EventCreate],
) -> SavedRecord[UUID]:
    """Replace an event's content by what `apply` makes of its document; no change, no revision."""
    stored = find_event(write, caller, event_id)
    check_revision(required, stored.revision)
    content = make_event_content(apply(stored.document))
    if content != stored.content:
        _check_immutable(stored, content)
        content = require_event_references(write, caller, content, "", stored.content)
    if content == stored.content:
        return SavedRecord(event_id, stored.revision, encode_document(stored.document))
    (saved,) = save_events(
        write,
        [EventChange("updated", event_id, stored, content, stored.revision + 1, stored.created_at)],
    )
    return _get_saved(saved)


def delete_event(write: Transaction, caller: Caller, event_id: UUID, required: int | None) -> None:
    """Delete an event with its claims and relations; their past stays."""
    lock_with_origins(write, event_id)
    stored = find_event(write, caller, event_id)
    check_revision(required, stored.revision)
    delete_relations_of(write, event_id)
    claims = [
        ClaimChange("deleted", claim.id, claim, None, claim.revision + 1, claim.created_at)
        for claim in stored.claims
    ]
    revision = stored.revision + 1
    save_events(
        write,
        [EventChange("deleted", event_id, stored, None, revision, stored.created_at, claims)],
    )


def restore_event(write: Transaction, caller: Caller, event_id: UUID) -> SavedRecord[UUID]:
    """Restore a deleted event with the claims and relations deleted with it."""
    event = find_deleted_event(write, caller, event_id)
    content = require_event_references(write, caller, event.content, "", event.content)
    contents = _require_claim_references(write, caller, content["dataset"], event.claims)
    claims = [
        ClaimChange(
            "restored",
            claim.id,
            None,
            contents[claim.id],
            claim.revision + 2,
            claim.created_at,
            claim.event_id,
        )
        for claim in event.claims
    ]
    (saved,) = save_events(
        write,
        [
            EventChange(
                "restored",
                event_id,
                None,
                content,
                event.revision + 2,
                event.created_at,
                claims,
            )
        ],
    )
    restore_relations(write, event_id)
    return _get_saved(saved)


def require_event_references(
    write: Transaction,
    caller: Caller,
    content: EventContent,
    at: str,
    before: EventContent | None = None,
) -> EventContent:
    """Return the content with actors that were merged away replaced by the current ones.

    Raise Invalid for an absent record, unless the content named it `before`; `at` is a JSON
    pointer to the content in the request.
    """
    require_dataset(write, caller, content["dataset"], f"{at}/dataset")
    named = dict(_list_actors(content, at))
    kept = list_participant_slugs(before) if before is not None else ()
    return replace_actors(content, require_actors(write, caller, named, content["dataset"], kept))


def _get_saved(saved: SavedEvent) -> SavedRecord[UUID]:
    assert saved.document is not None, "the event was not deleted"
    return SavedRecord(saved.id, saved.revision, saved.document)


def _list_actors(content: EventContent, at: str) -> Iterator[tuple[str, str]]:
    for number, participant in enumerate(content["participants"]):
        yield f"{at}/participants/{number}/actor", participant["actor"]
        if participant["for"] is not None:
            yield f"{at}/participants/{number}/for", participant["for"]


def _require_claim_references(
    write: Transaction, caller: Caller, dataset: str, deleted: Sequence[StoredClaim]
) -> dict[UUID, ClaimContent]:
    """Return the contents of deleted claims, whose actors may have been merged since."""
    publishers: dict[str, str] = {}
    speakers: dict[str, str] = {}
    for number, content in enumerate(claim.content for claim in deleted):
        publishers |= list_claim_sources(content, f"/claims/{number}")
        speakers |= list_claim_actors(content, f"/claims/{number}")
    sources = require_sources(write, caller, publishers, dataset, publishers.values())
    actors = require_actors(write, caller, speakers, dataset, speakers.values())
    return {claim.id: replace_claim_slugs(claim.content, actors, sources) for claim in deleted}


def _check_immutable(stored: StoredEvent, content: EventContent) -> None:
    for name in ("dataset", "external_id"):
        if content[name] != stored.content[name]:
            fault = Fault(
                code="immutable", detail=f"the {name} of an event never changes", pointer=f"/{name}"
            )
            raise Invalid(fault.detail, fault)


def _refuse_duplicates(
    write: Transaction, changes: Sequence[EventChange], at: Sequence[str]
) -> None:
    """Raise Conflict for external ids that are taken; a random id never is."""
    known: dict[UUID, tuple[EventChange, str]] = {}
    for change, place in zip(changes, at, strict=True):
        if change.content is None or change.content["external_id"] is None:
            continue
        if change.id in known:
            raise _make_duplicate_error(change, place, "occurs twice in this request")
        known[change.id] = (change, place)
    found = fetch(write.connection, _TAKEN_IDS, {"ids": list(known)}) if known else []
    if found:
        why, id = min(tuple(row) for row in found)
        raise _make_duplicate_error(*known[id], _TAKEN_REASONS[why].format(id))


def _make_duplicate_error(change: EventChange, place: str, what: str) -> Conflict:
    assert change.content is not None, "a created event has content"
    detail = f"the record {change.content['external_id']!r} of {change.dataset} {what}"
    return Conflict(detail, Fault(code="duplicate", detail=detail, pointer=f"{place}/external_id"))


_TAKEN_REASONS = (
    "was purged, and cannot be recorded again",
    "exists already, as {}",
    "was merged into another, as {}",
    "was deleted, as {}",
)
_TAKEN_IDS = Statement(
    union_all(
        *(
            select(literal(why, Integer).label("why"), column.label("id"))
            .where(any_of(column, "ids"), *only)
            .distinct()
            for why, (column, *only) in enumerate(
                (
                    (changes.c.id, changes.c.operation == PURGED),
                    (event_documents.c.id,),
                    (merged_events.c.event_id,),
                    (past_event_documents.c.id,),
                )
            )
        )
    )
)
