"""Recording, changing and deleting relations."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.auth.permissions import require_right
from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.errors import Conflict, Fault, Invalid
from app.models.events import event_documents
from app.models.merges import merged_events
from app.models.relations import relations
from app.query.visibility import bind_grants, build_visibility
from app.record.content import RelationContent
from app.record.document import SavedRecord, decode_document
from app.record.links.save_relations import (
    RelationChange,
    extract_relation_content,
    make_relation_change,
    save_relations,
)
from app.record.merged_events import lock_with_winners
from app.record.require import refuse_merged, require_visible
from app.record.revision_checks import check_revision
from app.resources.relations.schemas import RelationCreate
from app.values.caller import Caller


def make_relation_content(body: RelationCreate) -> RelationContent:
    """Return the content of a relation, as it is stored, from a validated body."""
    return body.model_dump(mode="json", by_alias=True)  # type: ignore[return-value]


def record_relation(write: Transaction, caller: Caller, body: RelationCreate) -> SavedRecord[UUID]:
    """Record one relation between two events."""
    (saved,) = record_relations(write, caller, [body])
    return saved


def record_relations(
    write: Transaction, caller: Caller, bodies: Sequence[RelationCreate]
) -> list[SavedRecord[UUID]]:
    """Record relations between events that are neither deleted nor merged."""
    datasets = _fetch_datasets(write, caller, bodies)
    for body in bodies:
        require_right(caller, datasets[body.from_event], "/from")
    changes = [_make_change(write, body, datasets) for body in bodies]
    documents = save_relations(write, changes)
    return [
        SavedRecord(change.id, change.revision, document)
        for change, document in zip(changes, documents, strict=True)
    ]


def replace_relation(
    write: Transaction,
    caller: Caller,
    relation: UUID,
    required: int | None,
    apply: Callable[[dict[str, Any]], RelationCreate],
) -> SavedRecord[UUID]:
    """Replace the type and note of a relation; the same content makes no revision."""
    row = _find_relation(write, caller, relation)
    check_revision(required, row.revision)
    stored = extract_relation_content(row.document)
    content = make_relation_content(apply(decode_document(row.document)))
    if content == stored:
        return SavedRecord(relation, row.revision, row.document)
    for end in ("from", "to"):
        if content[end] != stored[end]:
            detail = "the events of a relation never change; delete it and create another"
            raise Invalid(detail, Fault(code="immutable", detail=detail, pointer=f"/{end}"))
    revision = row.revision + 1
    (document,) = save_relations(
        write, [make_relation_change(row, "updated", content, revision, is_current=True)]
    )
    return SavedRecord(relation, revision, document)


def delete_relation(
    write: Transaction, caller: Caller, relation: UUID, required: int | None
) -> None:
    """Delete a relation; its past stays."""
    row = _find_relation(write, caller, relation)
    check_revision(required, row.revision)
    save_relations(
        write, [make_relation_change(row, "deleted", None, row.revision + 1, is_current=True)]
    )


def _find_relation(write: Transaction, caller: Caller, relation: UUID) -> Any:
    require_visible(write.connection, caller, relations, relation)
    # The event at its start is locked, so that two writers take turns.
    start = select(relations.c.event_id).where(relations.c.id == relation)
    lock_with_winners(write.connection, write.connection.scalars(start))
    row = write.connection.execute(select(relations).where(relations.c.id == relation)).first()
    if row is None:
        require_visible(write.connection, caller, relations, relation)
        raise Conflict("the relation was changed by another writer; try again")
    require_right(caller, row.dataset)
    return row


def _fetch_datasets(
    write: Transaction, caller: Caller, bodies: Sequence[RelationCreate]
) -> dict[UUID, str]:
    ends = sorted({end for body in bodies for end in (body.from_event, body.to_event)})
    visibility = build_visibility(event_documents, ("dataset",), caller)
    found = (
        select(event_documents.c.id, event_documents.c.dataset)
        .where(any_of(event_documents.c.id, "ids"), *visibility)
        .order_by(event_documents.c.id)
        .with_for_update()
    )
    rows = write.connection.execute(found, {"ids": ends, **bind_grants(caller)})
    datasets = {row.id: row.dataset for row in rows}
    _refuse_merged_ends(write, caller, bodies, datasets)
    faults = [
        Fault(code="unknown-event", detail=f"there is no event {end}", pointer=f"/{name}")
        for body in bodies
        for name, end in (("from", body.from_event), ("to", body.to_event))
        if end not in datasets
    ]
    if faults:
        raise Invalid(faults[0].detail, *faults)
    return datasets


def _refuse_merged_ends(
    write: Transaction, caller: Caller, bodies: Sequence[RelationCreate], found: dict[UUID, str]
) -> None:
    """Raise Conflict for an end that was merged: relations need the current event."""
    statement = select(merged_events.c.event_id).where(
        any_of(merged_events.c.event_id, "ids"),
        *build_visibility(merged_events, ("dataset",), caller),
    )
    ends = [
        (name, end)
        for body in bodies
        for name, end in (("from", body.from_event), ("to", body.to_event))
        if end not in found
    ]
    values = {"ids": sorted({end for _, end in ends}), **bind_grants(caller)}
    merged = set(write.connection.scalars(statement, values)) if ends else set()
    for name, end in ends:
        if end in merged:
            refuse_merged(write.connection, end, f"/{name}")


def _make_change(
    write: Transaction, body: RelationCreate, datasets: dict[UUID, str]
) -> RelationChange:
    ends = (body.from_event, body.to_event)
    if ends[0] == ends[1]:
        detail = "an event cannot have a relation to itself"
        raise Invalid(detail, Fault(code="same-event", detail=detail, pointer="/to"))
    same = select(relations.c.id).where(
        relations.c.event_id == ends[0],
        relations.c.to_event_id == ends[1],
        relations.c.type == body.type,
    )
    if write.connection.scalar(same.limit(1)) is not None:
        raise Conflict(f"there is already a relation {body.type} between these two events")
    return RelationChange(
        "created",
        write.make_id(),
        make_relation_content(body),
        ends,
        (datasets[ends[0]], datasets[ends[1]]),
        1,
        write.at,
        is_current=False,
    )
