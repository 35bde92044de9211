"""Selection of events in columns, and the counts of the selected events.

Events that changed since the columns were made are looked up in the same snapshot and form one
more part, so that counts equal those of the list right after a write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from app.aggregate.columns.column_counts import count_groups
from app.aggregate.columns.column_masks import Places, select_places
from app.aggregate.columns.event_columns import ROWS, EventColumns, make_event_columns
from app.aggregate.columns.freshness import Freshness, load_freshness
from app.aggregate.grouping import GroupCounts, Grouping, fold_raw_keys, merge_counts
from app.aggregate.measures import MeasureValue
from app.aggregate.sql_counts import MOST_GROUPS, make_size_error
from app.db.database import Database, Reads
from app.db.limits.request_limits import run_in_worker
from app.db.sql.array_sql import any_of
from app.db.statements import Row, Statement
from app.db.threads import raise_if_stopped
from app.models.events import events
from app.query.record_query import PlannedQuery

INLINE_EVENTS = 200_000
"""Up to this many events are scanned on the event loop; a thread would take longer."""

ROWS_BY_ID = Statement(ROWS.where(any_of(events.c.id, "ids")))
"""The rows of the events with these ids, as columns are made of them."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class ColumnSnapshot:
    """Columns that together hold every event, with all changes before `position`."""

    epoch: int
    position: int
    parts: tuple[EventColumns, ...]

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def apply_changes(self, ids: Sequence[UUID], rows: Sequence[Row]) -> tuple[EventColumns, ...]:
        """Return the parts with these events as in the rows; those without a row are gone."""
        return (*(part.mark_replaced(ids) for part in self.parts), make_event_columns(rows))


@dataclass(frozen=True)
class Selected:
    """The parts of one snapshot, each with the places of the events that match a query.

    `looked_up` is the number of changed events that were not in the columns yet.
    """

    parts: Sequence[tuple[EventColumns, Places]]
    looked_up: int

    @property
    def event_count(self) -> int:
        """The number of events that match."""
        return sum(len(places) for _, places in self.parts)


async def select_events(
    database: Database, reads: Reads | None, columns: ColumnSnapshot | None, query: PlannedQuery
) -> Selected | None:
    """Return the events that match, from one snapshot: `reads`, if it is given.

    Return None if there are no columns, or if they are too old.
    """
    if columns is None:
        return None
    freshness = await load_freshness(reads or database, query.caller, columns.position)
    if freshness.epoch != columns.epoch or freshness.is_cut:
        return None
    if not freshness.changed:
        return await _select_in_parts(columns.parts, freshness, query)
    if reads is None:
        async with database.snapshot() as snapshot:
            # Load again: the list of changes must be of the snapshot in which they are looked up.
            return await select_events(database, snapshot, columns, query)
    ids = list(freshness.changed)
    rows = await reads.fetch(ROWS_BY_ID, {"ids": ids})
    parts = await run_in_worker(lambda: columns.apply_changes(ids, rows))
    return await _select_in_parts(parts, freshness, query)


async def _select_in_parts(
    parts: Sequence[EventColumns], freshness: Freshness, query: PlannedQuery
) -> Selected:
    def select() -> list[tuple[EventColumns, Places]]:
        return [(part, select_places(part, query, freshness.hidden)) for part in parts]

    length = sum(len(part) for part in parts)
    return Selected(await run_sized(length, select), len(freshness.changed))


async def run_sized(event_count: int, work: Callable[[], Result]) -> Result:
    """Return the result of work over this many events; if they are many, from a thread."""
    return work() if event_count <= INLINE_EVENTS else await run_in_worker(work)


async def count_selected(selected: Selected, groupings: Sequence[Grouping]) -> list[GroupCounts]:
    """Return the counts of each grouping; raise Invalid if there are too many groups."""

    def count() -> list[GroupCounts]:
        return [_count_grouping(selected, grouping) for grouping in groupings]

    return await run_sized(selected.event_count * len(groupings), count)


def _count_grouping(selected: Selected, grouping: Grouping) -> GroupCounts:
    found: GroupCounts = {}
    for part, places in selected.parts:
        for raw in count_groups(part, places, grouping):
            raise_if_stopped()
            found = _merge_counts(grouping, (found, _fold_counts(grouping, raw)))
            if len(found) > MOST_GROUPS:
                raise make_size_error(f"more than {MOST_GROUPS:,} groups")
    return found


def _fold_counts(
    grouping: Grouping, raw: Mapping[tuple[Any, ...], tuple[MeasureValue, ...]]
) -> GroupCounts:
    """Return the counts by values, from counts by raw keys."""
    if len(raw) > MOST_GROUPS:
        raise make_size_error(f"more than {MOST_GROUPS:,} groups")
    if not any(dimension.is_folded for dimension in grouping.dimensions):
        return raw
    return fold_raw_keys(grouping, raw.items())


def _merge_counts(grouping: Grouping, counts: Sequence[GroupCounts]) -> GroupCounts:
    if sum(bool(part) for part in counts) <= 1:
        return next(filter(None, counts), {})
    return merge_counts(grouping, (pair for part in counts for pair in part.items()))
