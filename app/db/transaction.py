"""One write: its transaction, its moment, its place in the change feed."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection

from app.db.feed_positions import LARGEST_ORDINAL, transaction_base, transaction_end
from app.values.ids import IdMaker


class TransactionTooLong(Exception):
    """More changes in one transaction than the feed can number."""


class TransactionOutOfOrder(Exception):
    """A transaction with a later number was faster with the same record: run this one again."""


class Transaction:
    """What a service needs to change records; the transaction is opened and ended elsewhere.

    `start` gives the transaction's epoch and number, and the moment after that in microseconds
    since the epoch. It is asked when the first change is made and not before: where a record is
    locked first, writers who wait for each other are numbered in the order in which they get
    the lock. `by` is the id of the key that writes.
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
        """The moment of the write.

        Read after the transaction has its number, so that a later moment never belongs to an
        earlier transaction that is already settled.
        """
        return self._begin_once()[1]

    def take_position(self) -> int:
        """The place of the next change in the feed."""
        if self._ordinal == LARGEST_ORDINAL:
            raise TransactionTooLong
        self._ordinal += 1
        return self._begin_once()[0] + self._ordinal

    def reserve_positions(self, count: int) -> int:
        """The position before the next `count` ones, which are then taken."""
        if self._ordinal + count > LARGEST_ORDINAL:
            raise TransactionTooLong
        before = self._begin_once()[0] + self._ordinal
        self._ordinal += count
        return before

    def require_after(self, position: int) -> None:
        """Make sure that what is written now comes after that change of the same record.

        Overtaken if it does not, or the feed would tell the two in the wrong order, and the past
        would hold both at once.
        """
        if position > transaction_end(self._begin_once()[0]):
            raise TransactionOutOfOrder

    def _begin_once(self) -> tuple[int, int]:
        if self._started is None:
            epoch, number, at = self._start()
            self._started = (transaction_base(epoch, number), at)
        return self._started

    def make_id(self) -> UUID:
        """A fresh UUIDv7."""
        return self._ids.make()
