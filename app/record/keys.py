"""Each event's place in the one order of all events (docs/design.md)."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, select

from app.db.functions import any_of
from app.models.events import events
from app.record.content import EventContent
from app.record.stored import StoredEvent
from app.values.dates import parse_date
from app.values.ids import order_key


class Placeable(Protocol):
    """A change of one event."""

    @property
    def id(self) -> UUID: ...
    @property
    def before(self) -> StoredEvent | None: ...
    @property
    def content(self) -> EventContent | None: ...


def place_in_order(connection: Connection, changes: Sequence[Placeable]) -> dict[UUID, int]:
    """The order key of each event that will stand; a key that is taken gives way to the next.

    An event keeps its key for as long as its first day stays the same.
    """
    placed: dict[UUID, int] = {}
    wanted: dict[UUID, int] = {}
    for change in changes:
        if change.content is None:
            continue
        day = parse_date(change.content["date"]).earliest_day
        if change.before is not None and change.before.order_key >> 41 == day:
            placed[change.id] = change.before.order_key
        else:
            wanted[change.id] = order_key(day, change.id)
    taken = set(placed.values()) | _taken(connection, wanted.values())
    for event_id, key in wanted.items():
        placed[event_id] = _first_free(connection, key, taken)
        taken.add(placed[event_id])
    return placed


def _first_free(connection: Connection, key: int, taken: set[int]) -> int:
    while key in taken:
        key += 1
        taken |= _taken(connection, [key])
    return key


def _taken(connection: Connection, keys: Iterable[int]) -> set[int]:
    listed = sorted(keys)
    if not listed:
        return set()
    return set(connection.scalars(_TAKEN, {"keys": listed}))


_TAKEN = select(events.c.order_key).where(any_of(events.c.order_key, "keys"))
