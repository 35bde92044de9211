"""The journal of a stored job: how far it is, written in the transaction of each batch."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.db.transaction import Transaction
from app.ingest.jobs.job_findings import store_findings, store_published
from app.ingest.jobs.job_store import check_job, record_step
from app.ingest.progress_steps import ProgressStep
from app.ingest.report import RowCounts
from app.ingest.writing.pending_removals import store_pending_removals
from app.record.links.publishing import PublishedSlug


class JobJournal:
    """Goes on where the job stands; `clock` gives seconds that only rise.

    It keeps `most` findings, and counts the others.
    """

    def __init__(
        self, row: Row[Any], owner: str, seen: Path, clock: Callable[[], float], most: int
    ) -> None:
        before: dict[str, Any] = row.progress or {}
        last, removals = before.get("gone_after"), row.removals or {}
        self.rows = RowCounts(**row.rows)
        self.gone_after = UUID(last) if last else None
        self.removed: int = removals.get("removed", 0)
        self.seen = seen
        self._id, self._owner = row.id, owner
        self._clock = clock
        self._most_findings = most
        self._started = clock()
        self._rows_before = self.rows.read
        self._bytes_before = before.get("bytes_read", 0)

    def check(self, write: Transaction) -> None:
        """Hold the job in this transaction; raises Cancelled if it has ended or is another's."""
        check_job(write, self._id, self._owner)

    def keep_gone(self, write: Transaction, revisions: Sequence[tuple[UUID, int]]) -> None:
        """Keep gone records until their removal is confirmed."""
        store_pending_removals(write, self._id, revisions)

    def note(self, write: Transaction, step: ProgressStep) -> None:
        """Write a step down; raises Cancelled if the job has ended or is another's."""
        seconds = max(self._clock() - self._started, 0.001)
        bytes_done = max(step.bytes_read - self._bytes_before, 1)
        left = max(step.bytes_total - step.bytes_read, 0)
        last = step.gone_after or self.gone_after
        progress = {
            "bytes_read": step.bytes_read,
            "bytes_total": step.bytes_total,
            "rows_per_second": round((step.rows.read - self._rows_before) / seconds),
            "seconds_left": round(seconds * left / bytes_done),
            "gone_after": str(last) if last else None,
        }
        record_step(write, self._id, self._owner, step, progress)
        store_findings(write, self._id, step.findings, self._most_findings)

    def note_published(self, write: Transaction, published: Sequence[PublishedSlug]) -> None:
        """Write down what is made public."""
        self.check(write)
        store_published(write, self._id, published)
