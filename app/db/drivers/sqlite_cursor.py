"""Cursors of SQLite that a thread reads, and whose reads always run to their end."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from anyio import CancelScope

Read = TypeVar("Read")


class CursorThread:
    """A connection that one thread at a time reads.

    SQLite crashes the process if a connection is closed, or garbage-collected, while a thread reads
    from it. The waiting task may be cancelled at any time, since clients leave: the thread goes on,
    and `end` waits for it.
    """

    def __init__(self, connection: sqlite3.Connection, readers: Executor) -> None:
        self.connection = connection
        self._readers = readers
        self._pending: asyncio.Future[Any] | None = None

    def begin(self, work: Callable[[], Any]) -> None:
        """Begin a read, whose result `wait_for_read` returns."""
        self._pending = asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def wait_for_read(self) -> Any:
        """Wait for the result of the last read."""
        assert self._pending is not None, "reading has begun"
        return await asyncio.shield(self._pending)

    async def read(self, work: Callable[[], Read]) -> Read:
        """Read, and return the result."""
        self.begin(work)
        return await self.wait_for_read()  # type: ignore[no-any-return]

    async def wait_until_idle(self) -> None:
        """Wait until no thread reads, even if this is cancelled."""
        with CancelScope(shield=True):
            if self._pending is not None:
                await asyncio.wait([self._pending])
                _ = self._pending.cancelled() or self._pending.exception()

    async def end(self) -> None:
        """Stop reading, and close the connection."""
        self.connection.interrupt()
        await self.wait_until_idle()
        with CancelScope(shield=True):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._readers, self.connection.close)
