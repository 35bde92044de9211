"""The interface of a database: awaitable reads and writes, whatever the engine."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from app.db.limits.write_health import WriteStatus
from app.db.statements import Row, Statement
from app.db.transaction import Transaction

Result = TypeVar("Result")


class Reads(Protocol):
    """A source of rows for compiled selects."""

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        """Run one select and return all of its rows; on a database, without a transaction."""


class Database(Reads, Protocol):
    """Reads and writes, whatever the engine and wherever they run."""

    driver: str
    """The driver that bulk rows are packed for (`db/bulk_insert.py`)."""

    @property
    def write_status(self) -> WriteStatus:
        """The status of writes, as the last ones showed."""

    async def open(self) -> None:
        """Connect; raise Unavailable if the database cannot be reached."""

    async def close(self) -> None:
        """Close every connection."""

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on a connection that cannot write; it may be run twice."""

    async def write(
        self,
        work: Callable[[Transaction], Result],
        *,
        by: str | None = None,
        is_batch: bool = False,
    ) -> Result:
        """Run `work` in one transaction, and again after a conflict with another transaction.

        A batch, as of an import, has more time than other writes.
        """

    def snapshot(self) -> AbstractAsyncContextManager[Reads]:
        """Return reads that all see the database at the same time."""

    def stream(
        self, statement: Statement, values: Mapping[str, Any], batch: int = 500
    ) -> AbstractAsyncContextManager[AsyncIterator[list[Row]]]:
        """Stream a select of any length, `batch` rows at a time, as of one time."""

    def stream_lines(
        self, statement: Statement, values: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream a select of one column of JSON texts as lines, many at a time, as of one time."""
