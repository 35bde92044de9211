"""Redirects from merged events to the events that they were merged into, as writes need them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.events import event_documents
from app.models.merges import merged_events


def load_winners(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the winner of each merged event among `ids`."""
    return dict(fetch(connection, _WINNERS, {"ids": sorted(set(ids))}))


def find_redirected_events(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Return the events that were merged into one that still exists."""
    winners = load_winners(connection, ids)
    current = find_current_events(connection, winners.values()) if winners else set()
    return {event_id for event_id, winner in winners.items() if winner in current}


def load_merge_group(connection: Connection, event_id: UUID) -> list[UUID]:
    """Return the event itself and all events that were merged into it."""
    return [event_id, *(member for (member,) in fetch(connection, _MEMBERS, {"ids": [event_id]}))]


def find_winners(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Return the events that others were merged into."""
    return {winner for (winner,) in fetch(connection, _MEMBERS_OF, {"ids": sorted(set(ids))})}


def lock_with_winners(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Lock the events, and the winners of merged ones, against other writers.

    The claims and relations of a merged event change under the lock of its winner. Returns what
    `load_winners` does, valid for as long as the locks are held.
    """
    wanted = set(ids)
    while True:
        winners = load_winners(connection, wanted)
        lock_events(connection, {*wanted, *winners.values()})
        # The holder of a lock that was waited for may have merged the event.
        if load_winners(connection, wanted) == winners:
            return winners


def lock_events(connection: Connection, ids: Iterable[UUID]) -> None:
    """Lock the existing ones of the events against other writers, all in the same order."""
    fetch(connection, _LOCK, {"ids": sorted(set(ids))})


def find_current_events(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Return the events that are neither deleted nor merged."""
    return {event_id for (event_id,) in fetch(connection, _CURRENT, {"ids": sorted(set(ids))})}


_WINNERS = Statement(
    select(merged_events.c.event_id, merged_events.c.winner_id).where(
        any_of(merged_events.c.event_id, "ids")
    )
)
_MEMBERS = Statement(
    select(merged_events.c.event_id)
    .where(any_of(merged_events.c.winner_id, "ids"))
    .order_by(merged_events.c.event_id)
)
_MEMBERS_OF = Statement(
    select(merged_events.c.winner_id).where(any_of(merged_events.c.winner_id, "ids"))
)
_CURRENT = Statement(select(event_documents.c.id).where(any_of(event_documents.c.id, "ids")))
_LOCK = Statement(
    select(event_documents.c.id)
    .where(any_of(event_documents.c.id, "ids"))
    .order_by(event_documents.c.id)
    .with_for_update()
)
