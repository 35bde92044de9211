"""Removing the records whose row is gone: compared first, told or removed last, within a bound."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from app.db.database import Database
from app.db.transaction import Write
from app.errors import Conflict
from app.ingest.coverage import Coverage
from app.ingest.progress_steps import Step, Watch
from app.ingest.removals.missing_rows import (
    GONE,
    UNSURE,
    WAITS,
    GoneRow,
    find_gone,
    judge,
    remove_gone,
    unpacked,
)
from app.ingest.report import Removals, Report, RowCounts
from app.ingest.row_parsing.seen_ids import ScratchRows, SeenIds
from app.models.events import events

JUDGED_TOGETHER = 200
"""Records that are held against their rows in one transaction."""

REMOVED_TOGETHER = 100
"""Records that are removed in one transaction."""

TOLD_TOGETHER = 1_000

MOST_PARTS = 10
"""No more than one in so many records of a dataset goes without a confirmation."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whether gone records are to be removed, how many were confirmed ahead, and who asks."""

    mirror: bool
    dry_run: bool
    confirmed: int | None
    by: str | None


@dataclass(frozen=True, slots=True)
class _Decision:
    """Whether the records go, and what is said of those that stay."""

    removes: bool
    reason: str
    removals: Removals


class GoneRecords:
    """The gone records of one import, in the part of the dataset that its file speaks for."""

    def __init__(
        self,
        database: Database,
        report: Report,
        watch: Watch,
        wish: Wish,
        coverage: Coverage | None,
        size: int,
    ) -> None:
        self._database = database
        self._report = report
        self._journal = watch.journal
        self._watch = watch
        self._wish = wish
        self._coverage = coverage
        self._size = size
        self._removed = watch.journal.removed if watch.journal is not None else 0

    async def settle(self, seen: Path) -> None:
        """Compare, then remove or tell; Conflict if others are gone than were confirmed ahead."""
        ids, found = await asyncio.to_thread(SeenIds, seen), ScratchRows()
        try:
            decision = await self._decide(await self._compare(ids, found))
            await self._finish(found, decision)
        finally:
            found.close()
            ids.close()

    async def _compare(self, ids: SeenIds, found: ScratchRows) -> int:
        """Look for all that are gone, and say how many of them can be removed."""
        of = self._report.dataset, self._report.format
        removable = 0
        async for rows in find_gone(self._database, *of, ids, self._coverage):
            for start in range(0, len(rows), JUDGED_TOGETHER):
                part = rows[start : start + JUDGED_TOGETHER]
                work = partial(self._judged, rows=part)
                for row in await self._database.write(work, is_batch=True):
                    found.add(row.id.bytes, row.packed())
                    removable += row.revision is not None
        return removable

    def _judged(self, write: Write, rows: Sequence[GoneRow]) -> list[GoneRow]:
        if self._journal is not None:
            self._journal.check(write)
        return judge(write, rows)

    async def _decide(self, removable: int) -> _Decision:
        wish, found = self._wish, self._removed + removable
        told = Removals(found, self._removed, None, self._coverage)
        if not wish.mirror:
            return _Decision(removes=False, reason=GONE, removals=told)
        if wish.confirmed is not None and wish.confirmed != found:
            raise Conflict(
                f"{found:,} records are gone from this file, not the {wish.confirmed:,} that were"
                " confirmed: none was removed"
            )
        rejected = bool(self._report.rows.rejected)
        is_sure = self._coverage is not None and not rejected
        is_sure = is_sure and (self._removed > 0 or await self._is_few(removable))
        if is_sure or wish.confirmed is not None or not removable:
            reason = GONE if wish.dry_run else WAITS
            removed = found if wish.dry_run else self._removed
            return _Decision(not wish.dry_run, reason, replace(told, removed=removed))
        reason = UNSURE if rejected else WAITS
        return _Decision(
            removes=False,
            reason=GONE if wish.dry_run else reason,
            removals=replace(told, confirm=removable),
        )

    async def _is_few(self, removable: int) -> bool:
        held = select(func.count()).where(events.c.dataset == self._report.dataset)
        total = await self._database.read(lambda read: read.scalar(held)) or 0
        return removable * MOST_PARTS <= total

    async def _finish(self, found: ScratchRows, decision: _Decision) -> None:
        """Remove or tell all, some at a time, from where the run before was."""
        after = self._journal.gone_after if self._journal is not None else None
        together = REMOVED_TOGETHER if decision.removes else TOLD_TOGETHER
        await self._settle([], decision)
        for texts in found.walk(after.bytes if after else b"", together):
            await self._settle([unpacked(text) for text in texts], decision)

    async def _settle(self, rows: list[GoneRow], decision: _Decision) -> None:
        work = partial(self._settled, rows=rows, decision=decision)
        step = await self._database.write(work, by=self._wish.by, is_batch=True)
        self._report.removals = step.removals
        self._report.add(RowCounts(), step.findings)
        if decision.removes and step.removals is not None:
            self._removed = step.removals.removed
        if self._watch.tell is not None:
            await self._watch.tell(step)

    def _settled(self, write: Write, rows: list[GoneRow], decision: _Decision) -> Step:
        removals, findings = decision.removals, [row.told(decision.reason) for row in rows]
        if decision.removes:
            findings, removed = remove_gone(write, rows)
            removals = replace(removals, removed=self._removed + removed)
        last = rows[-1].id if rows else None
        step = Step(self._report.rows, findings, self._size, self._size, last, removals)
        if self._journal is not None:
            if removals.confirm is not None and not self._wish.dry_run:
                kept = [(row.id, row.revision) for row in rows if row.revision is not None]
                self._journal.keep_gone(write, kept)
            self._journal.note(write, step)
        return step
