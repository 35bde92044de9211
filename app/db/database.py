"""The database as everybody above sees it: one awaitable read and one awaitable write."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from app.db.limits.write_health import WriteStatus
from app.db.statements import Row, Statement
from app.db.transaction import Transaction

Result = TypeVar("Result")


class Reads(Protocol):
    """What can be asked with compiled selects."""

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        """Run one select and return all of its rows; a database has no transaction around it."""


class Database(Reads, Protocol):
    """Reads and writes; where they run, and on which engine, is its own business."""

    driver: str
    """What bulk rows are packed for (`db/bulk_insert.py`)."""

    @property
    def writes(self) -> WriteStatus:
        """Whether writes are taken, as far as the last ones told."""

    async def open(self) -> None:
        """Connect; raises Unavailable when the database cannot be reached."""

    async def close(self) -> None:
        """Give back every connection."""

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` on a connection that cannot write; it may be run twice."""

    async def write(
        self,
        work: Callable[[Transaction], Result],
        *,
        by: str | None = None,
        is_batch: bool = False,
    ) -> Result:
        """Run `work` in one transaction, and again if another transaction got in its way.

        A batch of an import, or of what is like one, has more time than other writes.
        """

    def snapshot(self) -> AbstractAsyncContextManager[Reads]:
        """Reads that all see the same moment."""

    def stream(
        self, statement: Statement, values: Mapping[str, Any], batch: int = 500
    ) -> AbstractAsyncContextManager[AsyncIterator[list[Row]]]:
        """Walk a select of any length, `batch` rows at a time, as of one moment."""

    def lines(
        self, statement: Statement, values: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Walk a select of one column of JSON texts as lines, many at a time, as of one moment."""
