"""The progress of an import, step by step, for its journal and for its observers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from app.db.transaction import Transaction
from app.ingest.report import RemovalCounts, RowCounts, RowFinding
from app.record.links.publishing import PublishedSlug


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One written batch: counts so far, its findings, and the bytes of the file read so far.

    After the end of the file, `last_missing` is the last record without a row that was reported or
    removed, and `removals` counts all of them.
    """

    rows: RowCounts
    findings: Sequence[RowFinding]
    bytes_read: int
    bytes_total: int
    last_missing: UUID | None = None
    removals: RemovalCounts | None = None


class ImportJournal(Protocol):
    """A record of an import's progress, written in the transaction of each batch.

    It lets a run continue after the last batch of a run that was killed: `rows` counts the rows of
    earlier runs, `last_missing` is the last record without a row that they reported or removed,
    `removed` is the number they removed. `seen` is a file for the ids of the rows.
    """

    rows: RowCounts
    last_missing: UUID | None
    removed: int
    seen: Path

    def check_running(self, write: Transaction) -> None:
        """Lock the import in this transaction; raise ImportStopped if it must not continue."""

    def record_step(self, write: Transaction, step: ProgressStep) -> None:
        """Record a step; raise ImportStopped if the import must not continue."""

    def record_published(self, write: Transaction, published: Sequence[PublishedSlug]) -> None:
        """Record the records made public, in the transaction that publishes them."""

    def store_pending_removals(
        self, write: Transaction, revisions: Sequence[tuple[UUID, int]]
    ) -> None:
        """Keep gone records, as they stand at a revision, until their removal is confirmed."""


StepCallback = Callable[[ProgressStep], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ImportObservers:
    """Observers of an import: `on_step` is awaited after each batch, the journal written in it."""

    on_step: StepCallback | None = None
    journal: ImportJournal | None = None
