"""Merges of events and their undoing; claims and relations stay with their own event.

The losers go to the past, as if deleted, and `merged_events` names the winner of each. The winner
is verified by the claims of all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.merges import merged_events
from app.record.load import StoredEvent
from app.record.save import EventChange, make_next_change, save_events
from app.record.versioned_rows import VersionedRows


def merge_events(
    write: Transaction, winner: StoredEvent, losers: Sequence[StoredEvent], merge_id: UUID
) -> None:
    """Merge existing, locked events of one dataset into another one."""
    gained = [claim for loser in losers for claim in loser.claims]
    changes = [replace(make_next_change(winner), claims_after=[*winner.claims, *gained])]
    for loser in losers:
        revision = loser.revision + 1
        changes.append(EventChange("merged", loser.id, loser, None, revision, loser.created_at))
    save_events(write, changes)
    rows, position = VersionedRows(), write.take_position()
    for loser in losers:
        for member in load_merge_members(write, loser.id):
            _redirect_member(rows, member, winner.id, position)
        row = {
            "event_id": loser.id,
            "winner_id": winner.id,
            "into_id": winner.id,
            "merge_id": merge_id,
            "dataset": winner.document["dataset"],
            "from_position": position,
        }
        rows.add(merged_events, row)
    rows.write(write.connection)


def unmerge_events(write: Transaction, winner: StoredEvent, losers: Sequence[StoredEvent]) -> None:
    """Restore events that were merged into an existing one; all are locked.

    The events that had been merged into them before go with them.
    """
    members = load_merge_members(write, winner.id)
    members_by_loser = {loser.id: _collect_members(loser.id, members) for loser in losers}
    back = {event_id: root for root, below in members_by_loser.items() for event_id in below}
    kept = [claim for claim in winner.claims if claim.event_id not in back]
    changes = [replace(make_next_change(winner), claims_after=kept)]
    for loser in losers:
        write.require_after(loser.position)
        changes.append(
            EventChange(
                "unmerged",
                loser.id,
                None,
                loser.content,
                loser.revision + 1,
                loser.created_at,
                claims_after=[
                    claim for claim in winner.claims if back.get(claim.event_id) == loser.id
                ],
            )
        )
    save_events(write, changes)
    rows, position = VersionedRows(), write.take_position()
    for member in members:
        if member.event_id in members_by_loser:
            rows.expire(merged_events, position, event_id=member.event_id)
        elif member.event_id in back:
            _redirect_member(rows, member, back[member.event_id], position)
    rows.write(write.connection)


def load_merge_members(write: Transaction, winner: UUID) -> Sequence[Any]:
    """Return the rows of all events that were merged into an event."""
    found = select(merged_events).where(any_of(merged_events.c.winner_id, "ids"))
    return write.connection.execute(found, {"ids": [winner]}).all()


def _collect_members(event_id: UUID, members: Iterable[Any]) -> set[UUID]:
    """Return an event and, recursively, all events that were merged into it."""
    into: Mapping[UUID, UUID] = {row.event_id: row.into_id for row in members}
    found = {event_id}
    while more := {member for member, parent in into.items() if parent in found} - found:
        found |= more
    return found


def _redirect_member(rows: VersionedRows, member: Any, winner: UUID, position: int) -> None:
    """Redirect an event that was merged before to another winner."""
    rows.expire(merged_events, position, event_id=member.event_id)
    moved = {**member._mapping, "winner_id": winner, "from_position": position}
    rows.add(merged_events, moved)
