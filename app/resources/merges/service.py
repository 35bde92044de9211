"""Merging events of one dataset, and undoing merges."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert, select, update

from app.auth.permissions import require_right
from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.errors import Conflict, Fault, Invalid, NotFound
from app.models.events import event_documents, past_event_documents
from app.models.merges import merged_events, merges
from app.query.visibility import bind_grants, build_visibility
from app.record.document import SavedRecord, decode_document, encode_document
from app.record.links.event_merges import merge_events, unmerge_events
from app.record.load import StoredEvent, load_events, load_merged_events
from app.record.merged_events import lock_with_winners
from app.record.require import refuse_merged
from app.record.revision_checks import check_revision
from app.resources.events.service import require_event_references
from app.resources.merges.schemas import MergeCreate
from app.values.caller import Caller
from app.values.timestamps import format_timestamp


def merge_duplicates(
    write: Transaction, caller: Caller, body: MergeCreate, required: int | None
) -> SavedRecord[UUID]:
    """Merge the losers into the winner, which must be at the revision `required` if given."""
    places = _map_pointers(body)
    datasets = _load_datasets(write, caller, places)
    require_right(caller, datasets[body.winner], "/winner")
    for loser in body.losers:
        if datasets[loser] != datasets[body.winner]:
            raise _make_error(
                "other-dataset",
                f"the event {loser} is in the dataset {datasets[loser]!r}, its winner in"
                f" {datasets[body.winner]!r}: across datasets, a relation `same-as` says so",
                places[loser],
            )
    found = load_events(write.connection, list(places))
    for event_id, pointer in places.items():
        if event_id not in found:
            raise _explain_absence(write, event_id, pointer)
    winner = found[body.winner]
    check_revision(required, winner.revision)
    merge_id = write.make_id()
    merge_events(write, winner, [found[loser] for loser in body.losers], merge_id)
    return _insert_merge(write, merge_id, datasets[body.winner], body)


def undo_merge(
    write: Transaction, caller: Caller, merge_id: UUID, required: int | None
) -> SavedRecord[UUID]:
    """Undo a merge: its losers become events again, with what was merged into them before."""
    seen = build_visibility(merges, ("dataset",), caller)
    found = select(merges).where(merges.c.id == merge_id, *seen).with_for_update(of=merges)
    row = write.connection.execute(found, bind_grants(caller)).one_or_none()
    if row is None:
        raise NotFound(f"there is no merge {merge_id}")
    require_right(caller, row.dataset)
    check_revision(required, row.revision)
    if row.is_undone:
        raise Conflict(f"the merge {merge_id} is undone already")
    winner, losers = _load_merged(write, merge_id)
    for loser in losers:
        require_event_references(write, caller, loser.content, "", loser.content)
    unmerge_events(write, winner, losers)
    instant = format_timestamp(write.at)
    document = {**decode_document(row.document), "revision": row.revision + 1}
    text = encode_document({**document, "undone_at": instant, "updated_at": instant})
    undone = {
        "is_undone": 1,
        "revision": row.revision + 1,
        "updated_at": write.at,
        "document": text,
    }
    write.connection.execute(update(merges).where(merges.c.id == merge_id).values(undone))
    return SavedRecord(merge_id, row.revision + 1, text)


def _insert_merge(
    write: Transaction, merge_id: UUID, dataset: str, body: MergeCreate
) -> SavedRecord[UUID]:
    document = {
        "id": str(merge_id),
        "revision": 1,
        "dataset": dataset,
        **body.model_dump(mode="json"),
        "undone_at": None,
        "created_at": format_timestamp(write.at),
        "updated_at": format_timestamp(write.at),
    }
    made = SavedRecord(merge_id, 1, encode_document(document))
    row = {
        "id": merge_id,
        "winner_id": body.winner,
        "dataset": dataset,
        "is_undone": 0,
        "revision": made.revision,
        "created_at": write.at,
        "updated_at": write.at,
        "document": made.document,
    }
    write.connection.execute(insert(merges), row)
    return made


def _load_merged(write: Transaction, merge_id: UUID) -> tuple[StoredEvent, list[StoredEvent]]:
    """Return the current winner and the losers of a merge that was not undone."""
    lost = select(merged_events.c.event_id).where(merged_events.c.merge_id == merge_id)
    winners = lock_with_winners(write.connection, write.connection.scalars(lost).all())
    if not winners:
        raise Conflict(f"all events that the merge {merge_id} merged were purged")
    (winner_id,) = set(winners.values())
    winner = load_events(write.connection, [winner_id]).get(winner_id)
    if winner is None:
        raise Conflict(f"the event {winner_id} was deleted; restore it, then undo the merge")
    losers = load_merged_events(write.connection, winners)
    return winner, list(losers.values())


def _map_pointers(body: MergeCreate) -> dict[UUID, str]:
    """Return the events with the pointers at which the body names them."""
    places = {body.winner: "/winner"}
    for number, loser in enumerate(body.losers):
        pointer = f"/losers/{number}"
        if loser in places:
            raise _make_error("same-event", f"the event {loser} is named twice", pointer)
        places[loser] = pointer
    return places


def _load_datasets(
    write: Transaction, caller: Caller, places: Mapping[UUID, str]
) -> dict[UUID, str]:
    """Return the datasets of the events, also of deleted and merged ones.

    Raise Invalid for events that are not visible.
    """
    datasets: dict[UUID, str] = {}
    for table in (past_event_documents, event_documents):
        found = select(table.c.id, table.c.dataset).where(
            any_of(table.c.id, "ids"), *build_visibility(table, ("dataset",), caller)
        )
        rows = write.connection.execute(found, {"ids": sorted(places), **bind_grants(caller)})
        datasets.update({row.id: row.dataset for row in rows})
    for event_id, pointer in places.items():
        if event_id not in datasets:
            raise _make_error("unknown-event", f"there is no event {event_id}", pointer)
    return datasets


def _explain_absence(write: Transaction, event_id: UUID, pointer: str) -> Invalid:
    refuse_merged(write.connection, event_id, pointer)
    return _make_error(
        "deleted-event", f"the event {event_id} was deleted; restore it first", pointer
    )


def _make_error(code: str, detail: str, pointer: str) -> Invalid:
    return Invalid(detail, Fault(code=code, detail=detail, pointer=pointer))
