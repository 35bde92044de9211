"""How an import tells how far it is: step by step, to a journal and to whoever follows it."""

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
    """One batch done: counts so far, what was found in it, and bytes of the file read so far.

    When the file is at its end, `gone_after` is the last record told or removed whose row is gone,
    and `removals` says what comes of all of them.
    """

    rows: RowCounts
    findings: Sequence[RowFinding]
    bytes_read: int
    bytes_total: int
    gone_after: UUID | None = None
    removals: RemovalCounts | None = None


class ImportJournal(Protocol):
    """Where an import writes down how far it is, in the transaction of each batch.

    So that a run that was killed is followed by one which goes on after the last batch that is
    in: `rows` is what the runs before wrote, `gone_after` the last gone record that they told or
    removed, `removed` how many they removed. `seen` is a file for the ids of the rows.
    """

    rows: RowCounts
    gone_after: UUID | None
    removed: int
    seen: Path

    def check(self, write: Transaction) -> None:
        """Hold the import in this transaction; raises Cancelled if it is not to go on."""

    def note(self, write: Transaction, step: ProgressStep) -> None:
        """Write a step down; raises Cancelled if the import is not to go on."""

    def note_published(self, write: Transaction, published: Sequence[PublishedSlug]) -> None:
        """Write down what is made public, in the transaction that does so."""

    def keep_gone(self, write: Transaction, revisions: Sequence[tuple[UUID, int]]) -> None:
        """Keep gone records, as they stand at a revision, until their removal is confirmed."""


StepCallback = Callable[[ProgressStep], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ImportObservers:
    """Who follows an import: `tell` is awaited after every batch, the journal written in it."""

    tell: StepCallback | None = None
    journal: ImportJournal | None = None
