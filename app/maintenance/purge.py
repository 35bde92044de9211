"""Purges: removal of a record and its past for good; its `purged` change in the feed remains."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.db.types import RecordId
from app.errors import Conflict, Gone, NotFound
from app.maintenance.check.check_findings import join_names
from app.models.changes import changes
from app.models.claims import claims, past_claims
from app.models.events import event_documents, past_event_documents
from app.models.imports import PURGED_ROW, claim_rows, import_findings, imports, source_rows
from app.models.merges import merged_events
from app.models.relations import past_relations, relations
from app.models.schema import metadata
from app.record.links.save_relations import lock_with_origins
from app.record.load import load_events
from app.record.not_found import PURGED
from app.record.save import ClaimChange, EventChange, save_events

SHORTEST_QUOTE = 8
"""The length from which a text identifies its record: findings that quote it are deleted too."""


@dataclass(frozen=True, slots=True)
class PurgeTarget:
    """A record that can be purged: its kind, its event, and its last change in the feed."""

    id: UUID
    kind: str
    event_id: UUID
    dataset: str
    to_dataset: str | None
    revision: int
    position: int


def find_purge_target(connection: Connection, id: UUID) -> PurgeTarget:
    """Return the record, whether existing, deleted or merged; raise Gone if it was purged already.

    Raise Conflict if other events were merged into it, as their redirects would lead nowhere.
    """
    this = and_(changes.c.id == id, changes.c.slug.is_(None))
    row = connection.execute(_select_last_change(this)).first()
    if row is None:
        raise NotFound(f"there is and was no event, claim or relation with the id {id}")
    if row.operation == PURGED:
        raise Gone(f"the {row.kind} {id} was purged already")
    _refuse_with_members(connection, id)
    return _make_target(row)


def describe_target(connection: Connection, target: PurgeTarget) -> str:
    """Return the record in one line, for the operator to confirm."""
    counts = {"revision": target.revision, "claim": 0, "relation": 0}
    for part in _find_parts(connection, target):
        counts[part.kind] += 1
    described = (
        f"{many} {what}{'' if many == 1 else 's'}" for what, many in counts.items() if many
    )
    return f"{target.kind} {target.id} of {target.dataset}: {', '.join(described)}"


def purge_record(write: Transaction, target: PurgeTarget) -> None:
    """Remove the record from every table; raise Gone if another purge was faster.

    An event is removed with its claims, its relations, its source row and its pending claims. The
    event that it was merged into, and the event that loses a claim, are verified again.
    """
    lock_with_origins(write, target.event_id)
    target = find_purge_target(write.connection, target.id)
    parts = [target, *_find_parts(write.connection, target)]
    write.require_after(max(part.position for part in parts))
    quoted = {text for part in parts for text in _load_texts(write.connection, part)}
    _delete_quotes(write.connection, target.dataset, quoted)
    _remove_claims(write, target, {part.id for part in parts if part.kind == "claim"})
    if target.kind == "claim":
        _empty_source_row(write, target)
    _delete_rows(write.connection, [part.id for part in parts])
    write.connection.execute(insert(changes), [_make_tombstone(write, part) for part in parts])


def purge_source_row(write: Transaction, event_id: UUID) -> None:
    """Remove the provider's original row but keep its event; raise NotFound without a row."""
    of_event = source_rows.c.event_id == event_id
    dataset = write.connection.scalar(select(source_rows.c.dataset).where(of_event))
    if dataset is None:
        raise NotFound(f"there is no source row of an event {event_id}")
    _delete_quotes(write.connection, dataset, set(_load_row_texts(write.connection, event_id)))
    write.connection.execute(update(source_rows).where(of_event).values(row=PURGED_ROW))


def _find_parts(connection: Connection, target: PurgeTarget) -> list[PurgeTarget]:
    """Return the current and past claims and relations that are removed with an event."""
    if target.kind != "event":
        return []
    inside = {target.id}
    ends = [
        select(table.c.id).where(table.c.to_event_id == target.id)
        for table in (relations, past_relations)
    ]
    leading_here = {id for select_ends in ends for id in connection.scalars(select_ends)}
    of_event = select(changes.c.id).where(changes.c.event_id == target.id).distinct()
    ids = (set(connection.scalars(of_event)) | leading_here) - inside
    rows = (connection.execute(_select_last_change(changes.c.id == id)).one() for id in sorted(ids))
    return [_make_target(row) for row in rows if row.operation != PURGED]


def _refuse_with_members(connection: Connection, event_id: UUID) -> None:
    above = or_(merged_events.c.winner_id == event_id, merged_events.c.into_id == event_id)
    found = select(merged_events.c.event_id).where(above).order_by(merged_events.c.event_id)
    members = connection.scalars(found).all()
    if members:
        raise Conflict(
            f"{join_names(map(str, members))} was merged into the event {event_id}:"
            " undo the merge, or purge what was merged first"
        )


def _remove_claims(write: Transaction, target: PurgeTarget, ids: Set[UUID]) -> None:
    """Remove the claims from the event that they count for, if it continues to exist."""
    event = load_events(write.connection, [target.event_id], merged=True).get(target.event_id)
    if event is None or (target.kind == "event" and event.merged_into is None):
        return
    removed = [
        ClaimChange("deleted", claim.id, claim, None, claim.revision + 1, write.at)
        for claim in event.claims
        if claim.id in ids
    ]
    if removed:
        revision, made = event.revision + 1, event.created_at
        change = EventChange("updated", event.id, event, event.content, revision, made, removed)
        save_events(write, [change])


def _empty_source_row(write: Transaction, target: PurgeTarget) -> None:
    """Empty the row that a claim was imported from, and remove the claim from the mapped row."""
    kept = select(source_rows.c.mapped).where(source_rows.c.event_id == target.event_id)
    mapped = write.connection.scalar(kept)
    if mapped is None:
        return
    base = orjson.loads(mapped)
    base["claims"].pop(str(target.id), None)
    values = {"row": PURGED_ROW, "mapped": orjson.dumps(base).decode()}
    of_event = source_rows.c.event_id == target.event_id
    write.connection.execute(update(source_rows).where(of_event).values(values))


def _delete_rows(connection: Connection, ids: Sequence[UUID]) -> None:
    """Delete the rows with any of these ids, in every table.

    The tombstones of records purged before remain.
    """
    for table in reversed(metadata.sorted_tables):
        stays = [changes.c.operation != PURGED] if table is changes else []
        for column in table.columns:
            if isinstance(column.type, RecordId):
                statement = delete(table).where(any_of(column, "ids"), *stays)
                connection.execute(statement, {"ids": list(ids)})


def _delete_quotes(connection: Connection, dataset: str, quoted: Set[str]) -> None:
    """Delete the findings of imports into the dataset that quote a removed text."""
    found = (
        select(import_findings.c.import_id, import_findings.c.number, import_findings.c.value)
        .join(imports, imports.c.id == import_findings.c.import_id)
        .where(imports.c.dataset == dataset, import_findings.c.value.is_not(None))
    )
    for import_id, number, value in connection.execute(found).all():
        if any(text.startswith(value) or text in value for text in quoted):
            this = import_findings.c.import_id == import_id, import_findings.c.number == number
            connection.execute(delete(import_findings).where(*this))


def _load_texts(connection: Connection, target: PurgeTarget) -> Iterator[str]:
    for table in _DOCUMENTS[target.kind]:
        held = select(table.c.document).where(table.c.id == target.id)
        for document in connection.scalars(held):
            yield from _iterate_texts(orjson.loads(document))
    if target.kind != "relation":
        yield from _load_row_texts(connection, target.event_id)
        speaks = claim_rows.c.event_id if target.kind == "event" else claim_rows.c.claim_id
        for text in connection.scalars(select(claim_rows.c.row).where(speaks == target.id)):
            yield from _iterate_texts(orjson.loads(text))


def _load_row_texts(connection: Connection, event_id: UUID) -> Iterator[str]:
    row = select(source_rows.c.row).where(source_rows.c.event_id == event_id)
    for text in connection.scalars(row):
        yield from _iterate_texts(orjson.loads(text))


def _iterate_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) >= SHORTEST_QUOTE:
        yield value
    parts: Iterable[Any] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list):
        parts = value
    for part in parts:
        yield from _iterate_texts(part)


def _make_tombstone(write: Transaction, target: PurgeTarget) -> dict[str, Any]:
    return {
        "event_id": target.event_id,
        "position": write.take_position(),
        "id": target.id,
        "at": write.at,
        "revision": target.revision + 1,
        "kind": target.kind,
        "operation": PURGED,
        "dataset": target.dataset,
        "to_dataset": target.to_dataset,
        "by": None,
    }


def _select_last_change(this: Any) -> Any:
    return select(changes).where(this).order_by(changes.c.position.desc()).limit(1)


def _make_target(row: Row[Any]) -> PurgeTarget:
    return PurgeTarget(
        row.id, row.kind, row.event_id, row.dataset, row.to_dataset, row.revision, row.position
    )


_DOCUMENTS = {
    "event": (event_documents, past_event_documents),
    "claim": (claims, past_claims),
    "relation": (relations, past_relations),
}
