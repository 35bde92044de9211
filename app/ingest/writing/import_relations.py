"""Relations in rows of this project's own export, created once both of their events exist."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.ingest.mapping.map_rows import PreparedRow
from app.models.events import event_documents
from app.models.relations import past_relations, relations
from app.query.visibility import bind_grants, build_visibility
from app.record.content import RelationContent
from app.record.document import RevisionInfo
from app.record.links.save_relations import RelationChange, save_relations
from app.record.not_found import find_purged
from app.values.caller import Caller

RowRelations = Mapping[UUID, tuple[RelationContent, RevisionInfo | None]]


def save_row_relations(write: Transaction, caller: Caller, rows: Sequence[PreparedRow]) -> None:
    """Create the relations of these rows that are new, and were neither deleted nor purged.

    A relation needs both of its events: if the other event is imported later, it is created with
    the row of that event. A relation from an event that the caller may not write is left out.
    """
    brought = {
        id: (content, row.origin.stamps.get(id))
        for row in rows
        if row.origin is not None
        for id, content in row.origin.relations
    }
    for table in (relations, past_relations):
        for id in _find_known_ids(write, table, brought):
            brought.pop(id, None)
    for id in find_purged(write.connection, list(brought)):
        del brought[id]
    if not brought:
        return
    datasets = _load_locked_ends(write, caller, brought)
    linked = _find_linked(write, datasets)
    changes = []
    for id, (content, stamp) in sorted(brought.items()):
        link = (UUID(content["from"]), UUID(content["to"]), content["type"])
        is_known = link[0] in datasets and link[1] in datasets
        if is_known and caller.can_write(datasets[link[0]]) and link not in linked:
            linked.add(link)
            changes.append(_make_change(write, id, content, stamp, datasets))
    save_relations(write, changes)


def _make_change(
    write: Transaction,
    id: UUID,
    content: RelationContent,
    stamp: RevisionInfo | None,
    datasets: Mapping[UUID, str],
) -> RelationChange:
    ends = (UUID(content["from"]), UUID(content["to"]))
    return RelationChange(
        "created",
        id,
        content,
        ends,
        (datasets[ends[0]], datasets[ends[1]]),
        stamp.revision if stamp else 1,
        stamp.created_at if stamp else write.at,
        is_current=False,
        updated_at=stamp.updated_at if stamp else None,
    )


def _find_known_ids(write: Transaction, table: Table, ids: Iterable[UUID]) -> list[UUID]:
    wanted = list(ids)
    if not wanted:
        return []
    known = select(table.c.id).where(any_of(table.c.id, "ids"))
    return list(write.connection.scalars(known, {"ids": wanted}))


def _load_locked_ends(write: Transaction, caller: Caller, brought: RowRelations) -> dict[UUID, str]:
    """Load the datasets of the visible events at the ends, locked in a fixed order."""
    ends = {UUID(content[end]) for content, _ in brought.values() for end in ("from", "to")}
    found: Select[Any] = (
        select(event_documents.c.id, event_documents.c.dataset)
        .where(
            any_of(event_documents.c.id, "ids"),
            *build_visibility(event_documents, ("dataset",), caller),
        )
        .order_by(event_documents.c.id)
        .with_for_update(of=event_documents)
    )
    rows = write.connection.execute(found, {"ids": sorted(ends), **bind_grants(caller)})
    return {row.id: row.dataset for row in rows}


def _find_linked(write: Transaction, ends: Iterable[UUID]) -> set[tuple[UUID, UUID, str]]:
    """Find the links that exist, since two events have at most one relation of each type."""
    columns = (relations.c.event_id, relations.c.to_event_id, relations.c.type)
    found = select(*columns).where(any_of(relations.c.event_id, "ids"))
    rows = write.connection.execute(found, {"ids": sorted(ends)})
    return {(event_id, to_event_id, type) for event_id, to_event_id, type in rows}
