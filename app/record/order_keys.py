"""Order keys: each event's place in the one order of all events (docs/design.md)."""

from collections.abc import Sequence, Set
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from app.record.content import EventContent
from app.record.load import StoredEvent
from app.record.prefetch import load_prefetched
from app.values.dates import parse_date
from app.values.ids import compute_order_key


class KeyedChange(Protocol):
    """A change of one event."""

    @property
    def id(self) -> UUID: ...
    @property
    def before(self) -> StoredEvent | None: ...
    @property
    def content(self) -> EventContent | None: ...


class OrderKeys:
    """The order keys of events after a write: keys that are kept, and keys to be assigned.

    An event keeps its key for as long as its first day stays the same.
    """

    def __init__(self, changes: Sequence[KeyedChange]) -> None:
        self.assigned: dict[UUID, int] = {}
        self.requested: dict[UUID, int] = {}
        for change in changes:
            if change.content is None:
                continue
            day = parse_date(change.content["date"]).earliest_day
            if change.before is not None and change.before.order_key >> 41 == day:
                self.assigned[change.id] = change.before.order_key
            else:
                self.requested[change.id] = compute_order_key(day, change.id)

    def assign(self, connection: Connection, taken: Set[int]) -> dict[UUID, int]:
        """Return the key of each event; the next free key replaces one that is already taken."""
        taken = {*self.assigned.values(), *taken}
        for event_id, key in self.requested.items():
            self.assigned[event_id] = _find_free_key(connection, key, taken)
            taken.add(self.assigned[event_id])
        return self.assigned


def _find_free_key(connection: Connection, key: int, taken: set[int]) -> int:
    while key in taken:
        key += 1
        taken |= load_prefetched(connection, (), (), [key]).taken_keys
    return key
