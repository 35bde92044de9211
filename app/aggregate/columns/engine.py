"""Counting by the fastest way that gives the right answer.

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
from app.aggregate.columns.event_columns import ROWS, Block, block_of
from app.aggregate.columns.freshness import Standing, find_standing
from app.aggregate.grouping import Grouping, Tally, fold, together
from app.aggregate.measures import Number
from app.aggregate.sql_counts import MOST_GROUPS, too_much
from app.db.database import Database, Reads
from app.db.limits.request_limits import run_in_worker
from app.db.sql.array_sql import any_of
from app.db.statements import Row, Statement
from app.db.threads import raise_if_stopped
from app.models.events import events
from app.query.record_query import PlannedQuery

INLINE_EVENTS = 200_000
"""Up to so many events are looked at on the event loop: in a thread that would take longer."""

THESE = Statement(ROWS.where(any_of(events.c.id, "ids")))
"""The rows of the events with these ids, as blocks are made of them."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Columns:
    """Blocks that together hold every event as it stood when no change was at `position` yet."""

    epoch: int
    position: int
    blocks: tuple[Block, ...]

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    def with_changed(self, ids: Sequence[UUID], rows: Sequence[Row]) -> tuple[Block, ...]:
        """The blocks with these events as the rows have them; those without a row are gone."""
        return (*(block.without(ids) for block in self.blocks), block_of(rows))


@dataclass(frozen=True)
class Chosen:
    """The blocks of a moment, where in each the events stand that answer a question.

    `looked_up` is how many events were not in the columns as they are now.
    """

    pairs: Sequence[tuple[Block, Places]]
    looked_up: int

    @property
    def number(self) -> int:
        """How many events answer."""
        return sum(len(places) for _, places in self.pairs)


async def choose(
    database: Database, reads: Reads | None, columns: Columns | None, question: PlannedQuery
) -> Chosen | None:
    """The events that answer, of one moment: that of `reads`, if a snapshot is given.

    None if there are no columns, or they are too old.
    """
    if columns is None:
        return None
    standing = await find_standing(reads or database, question.caller, columns.position)
    if standing.epoch != columns.epoch or standing.is_cut:
        return None
    if not standing.changed:
        return await _choose(columns.blocks, standing, question)
    if reads is None:
        async with database.snapshot() as snapshot:
            # Asked again: what has changed must be of the moment at which it is looked up.
            return await choose(database, snapshot, columns, question)
    ids = list(standing.changed)
    rows = await reads.fetch(THESE, {"ids": ids})
    blocks = await run_in_worker(lambda: columns.with_changed(ids, rows))
    return await _choose(blocks, standing, question)


async def _choose(blocks: Sequence[Block], standing: Standing, question: PlannedQuery) -> Chosen:
    def pairs() -> list[tuple[Block, Places]]:
        return [(block, select_places(block, question, standing.hidden)) for block in blocks]

    length = sum(len(block) for block in blocks)
    return Chosen(await where_it_fits(length, pairs), len(standing.changed))


async def where_it_fits(looks: int, work: Callable[[], Result]) -> Result:
    """The result of work that looks at so many events: at once if they are few, or in a thread."""
    return work() if looks <= INLINE_EVENTS else await run_in_worker(work)


async def tallies(chosen: Chosen, groupings: Sequence[Grouping]) -> list[Tally]:
    """One tally a grouping; Invalid if there are too many groups."""

    def count() -> list[Tally]:
        return [_tally(chosen, grouping) for grouping in groupings]

    return await where_it_fits(chosen.number * len(groupings), count)


def _tally(chosen: Chosen, grouping: Grouping) -> Tally:
    found: Tally = {}
    for block, places in chosen.pairs:
        for raw in count_groups(block, places, grouping):
            raise_if_stopped()
            found = _together(grouping, (found, _read(grouping, raw)))
            if len(found) > MOST_GROUPS:
                raise too_much(f"more than {MOST_GROUPS:,} groups")
    return found


def _read(grouping: Grouping, raw: Mapping[tuple[Any, ...], tuple[Number, ...]]) -> Tally:
    """The tally by values, of one by raw keys."""
    if len(raw) > MOST_GROUPS:
        raise too_much(f"more than {MOST_GROUPS:,} groups")
    if not any(each.is_folded for each in grouping.dimensions):
        return raw
    return fold(grouping, raw.items())


def _together(grouping: Grouping, tallies: Sequence[Tally]) -> Tally:
    if sum(bool(each) for each in tallies) <= 1:
        return next(filter(None, tallies), {})
    return together(grouping, (pair for each in tallies for pair in each.items()))
