"""AggregateEngine by the fastest way that gives the right answer.

What columns know is counted over them, and the events changed since they were made are looked up
and make one more block: all of one moment, so that the numbers equal the list's a moment after a
write as well. The past, words and whatever else columns do not know is counted by the database.
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
"""Up to so many events are looked at on the event loop: in a thread that would take longer."""

ROWS_BY_ID = Statement(ROWS.where(any_of(events.c.id, "ids")))
"""The rows of the events with these ids, as blocks are made of them."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class ColumnSnapshot:
    """Blocks that together hold every event as it stood when no change was at `position` yet."""

    epoch: int
    position: int
    blocks: tuple[EventColumns, ...]

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    def with_changed(self, ids: Sequence[UUID], rows: Sequence[Row]) -> tuple[EventColumns, ...]:
        """The blocks with these events as the rows have them; those without a row are gone."""
        return (*(block.without(ids) for block in self.blocks), make_event_columns(rows))


@dataclass(frozen=True)
class Selected:
    """The blocks of a moment, where in each the events stand that answer a question.

    `looked_up` is how many events were not in the columns as they are now.
    """

    pairs: Sequence[tuple[EventColumns, Places]]
    looked_up: int

    @property
    def number(self) -> int:
        """How many events answer."""
        return sum(len(places) for _, places in self.pairs)


async def select_events(
    database: Database, reads: Reads | None, columns: ColumnSnapshot | None, question: PlannedQuery
) -> Selected | None:
    """The events that answer, of one moment: that of `reads`, if a snapshot is given.

    None if there are no columns, or they are too old.
    """
    if columns is None:
        return None
    standing = await load_freshness(reads or database, question.caller, columns.position)
    if standing.epoch != columns.epoch or standing.is_cut:
        return None
    if not standing.changed:
        return await _select_in_parts(columns.blocks, standing, question)
    if reads is None:
        async with database.snapshot() as snapshot:
            # Asked again: what has changed must be of the moment at which it is looked up.
            return await select_events(database, snapshot, columns, question)
    ids = list(standing.changed)
    rows = await reads.fetch(ROWS_BY_ID, {"ids": ids})
    blocks = await run_in_worker(lambda: columns.with_changed(ids, rows))
    return await _select_in_parts(blocks, standing, question)


async def _select_in_parts(
    blocks: Sequence[EventColumns], standing: Freshness, question: PlannedQuery
) -> Selected:
    def pairs() -> list[tuple[EventColumns, Places]]:
        return [(block, select_places(block, question, standing.hidden)) for block in blocks]

    length = sum(len(block) for block in blocks)
    return Selected(await run_sized(length, pairs), len(standing.changed))


async def run_sized(looks: int, work: Callable[[], Result]) -> Result:
    """The result of work that looks at so many events: at once if they are few, or in a thread."""
    return work() if looks <= INLINE_EVENTS else await run_in_worker(work)


async def count_selected(chosen: Selected, groupings: Sequence[Grouping]) -> list[GroupCounts]:
    """One tally a grouping; Invalid if there are too many groups."""

    def count() -> list[GroupCounts]:
        return [_count_grouping(chosen, grouping) for grouping in groupings]

    return await run_sized(chosen.number * len(groupings), count)


def _count_grouping(chosen: Selected, grouping: Grouping) -> GroupCounts:
    found: GroupCounts = {}
    for block, places in chosen.pairs:
        for raw in count_groups(block, places, grouping):
            raise_if_stopped()
            found = _merge_counts(grouping, (found, _fold_counts(grouping, raw)))
            if len(found) > MOST_GROUPS:
                raise make_size_error(f"more than {MOST_GROUPS:,} groups")
    return found


def _fold_counts(
    grouping: Grouping, raw: Mapping[tuple[Any, ...], tuple[MeasureValue, ...]]
) -> GroupCounts:
    """The tally by values, of one by raw keys."""
    if len(raw) > MOST_GROUPS:
        raise make_size_error(f"more than {MOST_GROUPS:,} groups")
    if not any(each.is_folded for each in grouping.dimensions):
        return raw
    return fold_raw_keys(grouping, raw.items())


def _merge_counts(grouping: Grouping, tallies: Sequence[GroupCounts]) -> GroupCounts:
    if sum(bool(each) for each in tallies) <= 1:
        return next(filter(None, tallies), {})
    return merge_counts(grouping, (pair for each in tallies for pair in each.items()))
