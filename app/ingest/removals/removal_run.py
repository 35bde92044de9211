"""The removal of records whose row is missing: compare first, then report or remove, in batches."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import Conflict
from app.ingest.coverage import Coverage
from app.ingest.progress_steps import ImportObservers, ProgressStep
from app.ingest.removals.missing_rows import (
    AWAITS_CONFIRMATION,
    REJECTIONS_UNSURE,
    ROW_MISSING,
    MissingRow,
    find_missing_rows,
    load_removable_rows,
    remove_records,
    unpack_missing_row,
)
from app.ingest.report import ImportReport, RemovalCounts, RowCounts
from app.ingest.row_parsing.seen_ids import SeenIds, SortedTexts
from app.models.events import events

ROWS_PER_CHECK = 200
"""Records compared with their rows per transaction."""

ROWS_PER_REMOVAL = 100
"""Records removed per transaction."""

ROWS_PER_STEP = 1_000

UNCONFIRMED_ONE_IN = 10
"""Records in the dataset per record that may be removed without a confirmation."""


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """The options of a removal: mirroring, dry run, number confirmed in advance, and key."""

    mirror: bool
    dry_run: bool
    confirmed: int | None
    by: str | None


@dataclass(frozen=True, slots=True)
class _Decision:
    """The decision on a removal, and the reason given for records that stay."""

    removes: bool
    reason: str
    removals: RemovalCounts


class RemovalRun:
    """The removal of one import's missing records, within the coverage of its file."""

    def __init__(
        self,
        database: Database,
        report: ImportReport,
        watch: ImportObservers,
        request: RemovalRequest,
        coverage: Coverage | None,
        size: int,
    ) -> None:
        self._database = database
        self._report = report
        self._journal = watch.journal
        self._watch = watch
        self._request = request
        self._coverage = coverage
        self._size = size
        self._removed = watch.journal.removed if watch.journal is not None else 0

    async def run(self, seen: Path) -> None:
        """Compare, then remove or report; raise Conflict if the confirmed number differs."""
        ids, found = await asyncio.to_thread(SeenIds, seen), SortedTexts()
        try:
            decision = await self._decide(await self._collect_missing(ids, found))
            await self._finish(found, decision)
        finally:
            found.close()
            ids.close()

    async def _collect_missing(self, ids: SeenIds, found: SortedTexts) -> int:
        """Collect the missing records and return how many of them can be removed."""
        of = self._report.dataset, self._report.format
        removable = 0
        async for rows in find_missing_rows(self._database, *of, ids, self._coverage):
            for start in range(0, len(rows), ROWS_PER_CHECK):
                part = rows[start : start + ROWS_PER_CHECK]
                work = partial(self._load_removable, rows=part)
                for row in await self._database.write(work, is_batch=True):
                    found.add(row.id.bytes, row.pack())
                    removable += row.revision is not None
        return removable

    def _load_removable(self, write: Transaction, rows: Sequence[MissingRow]) -> list[MissingRow]:
        if self._journal is not None:
            self._journal.check_running(write)
        return load_removable_rows(write, rows)

    async def _decide(self, removable: int) -> _Decision:
        request, found = self._request, self._removed + removable
        told = RemovalCounts(found, self._removed, None, self._coverage)
        if not request.mirror:
            return _Decision(removes=False, reason=ROW_MISSING, removals=told)
        if request.confirmed is not None and request.confirmed != found:
            raise Conflict(
                f"{found:,} records are gone from this file, not the {request.confirmed:,} that"
                " were confirmed: none was removed"
            )
        rejected = bool(self._report.rows.rejected)
        is_sure = self._coverage is not None and not rejected
        is_sure = is_sure and (self._removed > 0 or await self._is_few(removable))
        if is_sure or request.confirmed is not None or not removable:
            reason = ROW_MISSING if request.dry_run else AWAITS_CONFIRMATION
            removed = found if request.dry_run else self._removed
            return _Decision(not request.dry_run, reason, replace(told, removed=removed))
        reason = REJECTIONS_UNSURE if rejected else AWAITS_CONFIRMATION
        return _Decision(
            removes=False,
            reason=ROW_MISSING if request.dry_run else reason,
            removals=replace(told, confirm=removable),
        )

    async def _is_few(self, removable: int) -> bool:
        held = select(func.count()).where(events.c.dataset == self._report.dataset)
        total = await self._database.read(lambda read: read.scalar(held)) or 0
        return removable * UNCONFIRMED_ONE_IN <= total

    async def _finish(self, found: SortedTexts, decision: _Decision) -> None:
        """Remove or report all records in batches, after the last one of an earlier run."""
        after = self._journal.last_missing if self._journal is not None else None
        together = ROWS_PER_REMOVAL if decision.removes else ROWS_PER_STEP
        await self._settle([], decision)
        for texts in found.walk(after.bytes if after else b"", together):
            await self._settle([unpack_missing_row(text) for text in texts], decision)

    async def _settle(self, rows: list[MissingRow], decision: _Decision) -> None:
        work = partial(self._settle_in_transaction, rows=rows, decision=decision)
        step = await self._database.write(work, by=self._request.by, is_batch=True)
        self._report.removals = step.removals
        self._report.add(RowCounts(), step.findings)
        if decision.removes and step.removals is not None:
            self._removed = step.removals.removed
        if self._watch.on_step is not None:
            await self._watch.on_step(step)

    def _settle_in_transaction(
        self, write: Transaction, rows: list[MissingRow], decision: _Decision
    ) -> ProgressStep:
        removals, findings = decision.removals, [row.make_finding(decision.reason) for row in rows]
        if decision.removes:
            findings, removed = remove_records(write, rows)
            removals = replace(removals, removed=self._removed + removed)
        last = rows[-1].id if rows else None
        step = ProgressStep(self._report.rows, findings, self._size, self._size, last, removals)
        if self._journal is not None:
            if removals.confirm is not None and not self._request.dry_run:
                kept = [(row.id, row.revision) for row in rows if row.revision is not None]
                self._journal.store_pending_removals(write, kept)
            self._journal.record_step(write, step)
        return step
