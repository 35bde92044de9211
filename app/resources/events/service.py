"""Making, changing, deleting and restoring events."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.functions import any_of
from app.db.writing import Write
from app.errors import Conflict, Fault, Invalid
from app.models.events import event_documents, past_event_documents
from app.models.merges import merged_events
from app.record.content import ClaimContent, EventContent
from app.record.document import encode
from app.record.find import find_deleted, find_event
from app.record.former import current_claim, current_event
from app.record.purged import purged_among
from app.record.references import require_actors, require_dataset, require_sources
from app.record.relating import delete_relations_of, lock_with_origins, restore_relations
from app.record.revisions import check_revision
from app.record.save import ClaimChange, EventChange, SavedEvent, save_events
from app.record.stored import StoredEvent
from app.resources.events.schemas import EventCreate
from app.values.callers import Caller
from app.values.ids import record_id


def content_of(body: EventCreate) -> EventContent:
    """What a body sets of an event, as it is stored."""
    content = body.model_dump(mode="json", by_alias=True)
    content["participants"] = [
        {"actor": taking["actor"], "for": taking["for"], "role": taking["role"]}
        for taking in content["participants"]
    ]
    content["tags"] = list(dict.fromkeys(content["tags"]))
    return {key: content[key] for key in EventContent.__annotations__}  # type: ignore[return-value]


def create_events(
    write: Write, caller: Caller, bodies: Sequence[EventCreate], at: Sequence[str] = ("",)
) -> list[SavedEvent]:
    """Make events; `at` are the places of the bodies in the request, for errors."""
    contents = [current_event(write.connection, caller, content_of(body)) for body in bodies]
    changes = []
    for content, place in zip(contents, at, strict=True):
        check_references(write, caller, content, place)
        external_id = content["external_id"]
        new_id = record_id(content["dataset"], external_id) if external_id else write.new_id()
        changes.append(EventChange("created", new_id, None, content, 1, write.at))
    _refuse_duplicates(write, changes, at)
    return save_events(write, changes)


def replace_event(
    write: Write,
    caller: Caller,
    event_id: UUID,
    required: int | None,
    revise: Callable[[dict[str, Any]], EventCreate],
) -> SavedEvent:
    """Give an event other content, made by `revise` from what stands; nothing new, no revision."""
    stored = find_event(write, caller, event_id)
    check_revision(required, stored.revision)
    content = current_event(write.connection, caller, content_of(revise(stored.document)))
    if content == stored.content:
        return SavedEvent(event_id, stored.revision, encode(stored.document), {})
    _check_immutable(stored, content)
    check_references(write, caller, content, "")
    (saved,) = save_events(
        write,
        [EventChange("updated", event_id, stored, content, stored.revision + 1, stored.created_at)],
    )
    return saved


def delete_event(write: Write, caller: Caller, event_id: UUID, required: int | None) -> None:
    """Delete an event with its claims and relations; all of it stays in the past."""
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


def restore_event(write: Write, caller: Caller, event_id: UUID) -> SavedEvent:
    """Bring back a deleted event with the claims and relations that went with it."""
    event = find_deleted(write, caller, event_id)
    content = current_event(write.connection, caller, event.content)
    said = {each.id: current_claim(write.connection, caller, each.content) for each in event.claims}
    check_references(write, caller, content, "")
    _check_claims(write, caller, content["dataset"], list(said.values()))
    claims = [
        ClaimChange(
            "restored",
            each.id,
            None,
            said[each.id],
            each.revision + 2,
            each.created_at,
            each.event_id,
        )
        for each in event.claims
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
    return saved


def check_references(write: Write, caller: Caller, content: EventContent, at: str) -> None:
    """Refuse content that names what is not there; `at` is its place in the request."""
    require_dataset(write, caller, content["dataset"], f"{at}/dataset")
    require_actors(write, caller, dict(_actors_in(content, at)), content["dataset"])


def _actors_in(content: EventContent, at: str) -> Iterator[tuple[str, str]]:
    for number, taking in enumerate(content["participants"]):
        yield f"{at}/participants/{number}/actor", taking["actor"]
        if taking["for"] is not None:
            yield f"{at}/participants/{number}/for", taking["for"]


def _check_claims(
    write: Write, caller: Caller, dataset: str, contents: Sequence[ClaimContent]
) -> None:
    """What the claims refer to may have gone since they were deleted with their event."""
    publishers: dict[str, str] = {}
    speakers: dict[str, str] = {}
    for number, content in enumerate(contents):
        speaker = content["speaker"]
        publishers[f"/claims/{number}/source"] = content["source"]
        if content["origin"] is not None:
            publishers[f"/claims/{number}/origin"] = content["origin"]
        spoken = (speaker["actor"], speaker["speaks_for"]) if speaker else ()
        for actor in spoken:
            if actor is not None:
                speakers[f"/claims/{number}/speaker"] = actor
    require_sources(write, caller, publishers, dataset)
    require_actors(write, caller, speakers, dataset)


def _check_immutable(stored: StoredEvent, content: EventContent) -> None:
    for name in ("dataset", "external_id"):
        if content[name] != stored.content[name]:
            fault = Fault(
                code="immutable", detail=f"the {name} of an event never changes", pointer=f"/{name}"
            )
            raise Invalid(fault.detail, fault)


def _refuse_duplicates(write: Write, changes: Sequence[EventChange], at: Sequence[str]) -> None:
    places: dict[UUID, str] = {}
    for change, place in zip(changes, at, strict=True):
        if change.id in places:
            raise _duplicate(change, place, "comes twice in this request")
        places[change.id] = place
    for id in purged_among(write.connection, list(places)):
        change = next(each for each in changes if each.id == id)
        raise _duplicate(change, places[id], "was purged, and is never recorded again")
    for column, word in (
        (event_documents.c.id, "is there already"),
        (merged_events.c.event_id, "was merged into another"),
        (past_event_documents.c.id, "was deleted"),
    ):
        found = select(column).where(any_of(column, "ids")).limit(1)
        taken = write.connection.scalar(found, {"ids": list(places)})
        if taken is not None:
            change = next(each for each in changes if each.id == taken)
            raise _duplicate(change, places[taken], f"{word}, as {taken}")


def _duplicate(change: EventChange, place: str, what: str) -> Conflict:
    assert change.content is not None, "what is created has content"
    detail = f"the record {change.content['external_id']!r} of {change.dataset} {what}"
    return Conflict(detail, Fault(code="duplicate", detail=detail, pointer=f"{place}/external_id"))
