"""Which events were merged into which, as a write finds it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.events import event_documents
from app.models.merges import merged_events


def load_winners(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The events that stand for those of `ids` that were merged away."""
    return dict(fetch(connection, _WINNERS, {"ids": sorted(set(ids))}))


def find_redirected_events(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the events that were merged into one that stands."""
    winners = load_winners(connection, ids)
    standing = find_current_events(connection, winners.values()) if winners else set()
    return {each for each, winner in winners.items() if winner in standing}


def load_merge_group(connection: Connection, event_id: UUID) -> list[UUID]:
    """The event itself, and all that was merged into it."""
    return [event_id, *(member for (member,) in fetch(connection, _MEMBERS, {"ids": [event_id]}))]


def find_winners(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the events into which others were merged."""
    return {winner for (winner,) in fetch(connection, _MEMBERS_OF, {"ids": sorted(set(ids))})}


def lock_with_winners(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Lock the events against other writers, and those that stand for the ones merged away.

    What is recorded of a merged event is changed under the lock of its winner. Returns what
    `winners_of` does; it holds for as long as the locks do.
    """
    wanted = set(ids)
    while True:
        winners = load_winners(connection, wanted)
        lock_events(connection, {*wanted, *winners.values()})
        # Whoever held a lock that was waited for may have merged what it was for.
        if load_winners(connection, wanted) == winners:
            return winners


def lock_events(connection: Connection, ids: Iterable[UUID]) -> None:
    """Lock those of the events that stand against other writers, all in one order."""
    fetch(connection, _LOCK, {"ids": sorted(set(ids))})


def find_current_events(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the events that are neither deleted nor merged away."""
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
