"""Counting in groups by the fastest way that gives the right answer.

What columns know is counted over them, and the events changed since they were made are looked up
and counted by the database: both of one moment, so that the numbers equal the list's a moment after
a write as well. The past, words and whatever else columns do not know is counted by the database.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from app.aggregate.block import Block
from app.aggregate.column_tally import can_count, count_groups
from app.aggregate.grouping import Grouping, Tally, fold, together
from app.aggregate.measures import Number
from app.aggregate.selecting import Places, can_select, select_places
from app.aggregate.standing import Standing, find_standing
from app.aggregate.tally import MOST_GROUPS, tally, too_much
from app.db.database import Database, Reads
from app.query.filters import Equals
from app.query.params import Query
from app.query.question import Question

INLINE_EVENTS = 200_000
"""Up to so many events are looked at on the event loop: in a thread that would take longer."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Columns:
    """Blocks that together hold every event as it stood when no change was at `position` yet."""

    epoch: int
    position: int
    blocks: tuple[Block, ...]

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    def without(self, ids: Sequence[UUID]) -> "Columns":
        """The columns in which these events are no longer live."""
        return replace(self, blocks=tuple(block.without(ids) for block in self.blocks))


@dataclass(frozen=True)
class Counted:
    """The tallies, and how many events were looked up for columns; None if these were too old."""

    tallies: list[Tally]
    looked_up: int | None


async def count(
    database: Database,
    reads: Reads | None,
    columns: Columns | None,
    question: Question,
    groupings: Sequence[Grouping],
) -> Counted:
    """One tally a grouping, all of one moment: that of `reads`, if a snapshot is given."""
    if not can_select(question) or not can_count(groupings):
        return Counted(await tally(reads or database, question, groupings), 0)
    if columns is not None:
        counted = await _by_columns(database, reads, columns, question, groupings)
        if counted is not None:
            return counted
    return Counted(await tally(reads or database, question, groupings), None)


async def _by_columns(
    database: Database,
    reads: Reads | None,
    columns: Columns,
    question: Question,
    groupings: Sequence[Grouping],
) -> Counted | None:
    """The tallies, if the columns are not too old for it."""
    standing = await find_standing(reads or database, question.caller, columns.position)
    if not _serves(columns, standing):
        return None
    if not standing.changed:
        return Counted(await _over_columns(columns, standing, question, groupings), 0)
    if reads is not None:
        return await _with_changed(reads, columns, standing, question, groupings)
    async with database.snapshot() as snapshot:
        # Asked again: what has changed must be of the moment at which it is looked up.
        return await _by_columns(database, snapshot, columns, question, groupings)


def _serves(columns: Columns, standing: Standing) -> bool:
    return standing.epoch == columns.epoch and not standing.is_cut


async def _with_changed(
    reads: Reads,
    columns: Columns,
    standing: Standing,
    question: Question,
    groupings: Sequence[Grouping],
) -> Counted:
    ids = list(standing.changed)
    these = Equals("id").lower(Query(), "id", ids)
    changed = replace(question, predicates=[*question.predicates, these])
    looked_up = await tally(reads, changed, groupings)
    kept = await _over_columns(columns.without(ids), standing, question, groupings)
    together = [
        _together(grouping, (one, other))
        for grouping, one, other in zip(groupings, kept, looked_up, strict=True)
    ]
    return Counted(together, len(ids))


async def _over_columns(
    columns: Columns, standing: Standing, question: Question, groupings: Sequence[Grouping]
) -> list[Tally]:
    def choose() -> list[Places]:
        return [select_places(block, question, standing.hidden) for block in columns.blocks]

    def tallies(chosen: Sequence[Places]) -> list[Tally]:
        pairs = list(zip(columns.blocks, chosen, strict=True))
        return [
            _together(
                grouping,
                [_read(grouping, count_groups(block, places, grouping)) for block, places in pairs],
            )
            for grouping in groupings
        ]

    chosen = await _where_it_fits(len(columns), choose)
    looks = sum(len(places) for places in chosen) * len(groupings)
    return await _where_it_fits(looks, lambda: tallies(chosen))


async def _where_it_fits(looks: int, work: Callable[[], Result]) -> Result:
    return work() if looks <= INLINE_EVENTS else await asyncio.to_thread(work)


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
