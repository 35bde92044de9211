"""A write transaction: its connection, its time, and its positions in the change feed."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection

from app.db.feed_positions import LARGEST_ORDINAL, transaction_base, transaction_end
from app.values.ids import IdMaker


class TransactionTooLong(Exception):
    """More changes in one transaction than the feed can number."""


class TransactionOutOfOrder(Exception):
    """A later transaction changed the same record first: this one has to run again."""


class Transaction:
    """An open transaction in which a service changes records; it is committed elsewhere.

    `start` returns the transaction's epoch and number, and the time after that in microseconds
    since the epoch. It is called at the first change and not before: if a record is locked first,
    writers that wait for each other are numbered in the order in which they get the lock. `by` is
    the id of the key that writes.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        start: Callable[[], tuple[int, int, int]],
        by: str | None,
        ids: IdMaker,
    ) -> None:
        self.connection = connection
        self.by = by
        self._ids = ids
        self._start = start
        self._started: tuple[int, int] | None = None
        self._ordinal = 0

    @property
    def at(self) -> int:
        """The time of the write, in microseconds since the epoch.

        It is read after the transaction has its number, so that no transaction that is settled
        already has a smaller number and a later time.
        """
        return self._begin_once()[1]

    def take_position(self) -> int:
        """Take the position of the next change in the feed."""
        if self._ordinal == LARGEST_ORDINAL:
            raise TransactionTooLong
        self._ordinal += 1
        return self._begin_once()[0] + self._ordinal

    def reserve_positions(self, count: int) -> int:
        """Take the next `count` positions, and return the position before them."""
        if self._ordinal + count > LARGEST_ORDINAL:
            raise TransactionTooLong
        before = self._begin_once()[0] + self._ordinal
        self._ordinal += count
        return before

    def require_after(self, position: int) -> None:
        """Raise TransactionOutOfOrder unless this transaction is numbered after that change.

        Otherwise the feed would list two changes of a record in the wrong order, and the past
        would hold both states at once.
        """
        if position > transaction_end(self._begin_once()[0]):
            raise TransactionOutOfOrder

    def _begin_once(self) -> tuple[int, int]:
        if self._started is None:
            epoch, number, at = self._start()
            self._started = (transaction_base(epoch, number), at)
        return self._started

    def make_id(self) -> UUID:
        """Make a new UUIDv7."""
        return self._ids.make()
