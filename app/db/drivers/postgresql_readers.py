"""The connections of hot reads in PostgreSQL, taken from the pool and kept in hand.

The pool's own taking and giving back costs more than reading a record: a task and two timeouts
each time. So a connection that was just used is used again; the pool opens, counts and replaces.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

CLOSING_SECONDS = 5.0

PooledConnection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Opened = TypeVar("Opened")


@dataclass(frozen=True)
class PoolSizes:
    """How many a process has for short reads (and for writes), long questions and exports."""

    short: int
    long: int
    exports: int


class ReaderPool:
    """Hands out connections; `seconds` is how long somebody may wait for one."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._idle: list[PooledConnection] = []
        self._waiting = 0

    async def take(self) -> PooledConnection:
        """A connection; TimeoutError when all are in use for too long."""
        while self._idle:
            reader = self._idle.pop()
            if not is_lost(reader):
                return reader
            await self._pool.release(reader)
        self._waiting += 1
        try:
            return await open_shielded(
                self._pool.acquire(timeout=self._seconds), self._pool.release
            )
        finally:
            self._waiting -= 1

    def keep(self, reader: PooledConnection) -> bool:
        """Keep a connection in hand; False if somebody waits for one, who looks into the pool."""
        if self._waiting:
            return False
        self._idle.append(reader)
        return True

    async def give_back(self, reader: PooledConnection) -> None:
        """Give a connection to the pool, which sees to it that it can be used."""
        await self._pool.release(reader)

    async def close(self) -> None:
        """Close every connection when its reads have ended, or have had long enough to end."""
        while self._idle:
            await self._pool.release(self._idle.pop())
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def open_shielded(
    opening: Awaitable[Opened], give_back: Callable[[Opened], Awaitable[Any]]
) -> Opened:
    """Wait for a connection, and let it be opened to its end, to be given back, if cancelled.

    The driver leaves half a connection behind where it is cancelled while it opens one.
    """
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        _RELEASES.add(ending := asyncio.create_task(_release_opened(task, give_back)))
        ending.add_done_callback(_RELEASES.discard)
        raise


async def _release_opened(
    opening: "asyncio.Future[Opened]", give_back: Callable[[Opened], Awaitable[Any]]
) -> None:
    with suppress(Exception):
        await give_back(await opening)


_RELEASES: set["asyncio.Task[None]"] = set()


def is_lost(reader: PooledConnection) -> bool:
    """Whether its connection has ended: the pool takes such a one back by itself."""
    try:
        return bool(reader.is_closed())
    except asyncpg.InterfaceError:
        return True
