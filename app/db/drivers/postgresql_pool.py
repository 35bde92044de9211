"""Pools of PostgreSQL connections that keep those just used at hand.

The pools of asyncpg and SQLAlchemy cost more for taking and returning a connection than reading a
record: a task and two timeouts each time. So a connection that was just used is used again; the
pools beneath open, count and replace connections. A reader runs without a transaction; a writer's
transaction begins and ends on the driver, since the engine would add work before each statement.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import asyncpg
from anyio import CancelScope
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.driver_errors import (
    DRIVER_ERRORS,
    ConnectionLost,
    make_outcome_unknown,
    make_unavailable,
)
from app.db.limits.circuit_breaker import OVERDUE, CircuitBreaker
from app.db.statements import get_driver

CLOSING_SECONDS = 5.0

PooledConnection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Opened = TypeVar("Opened")


@dataclass(frozen=True)
class PoolSizes:
    """The connections of a process for short reads (and writes), long queries and exports."""

    short: int
    long: int
    exports: int


class ReaderPool:
    """Connections for reads; `seconds` is the longest wait for one."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._idle: list[PooledConnection] = []
        self._waiting = 0

    async def take(self) -> PooledConnection:
        """Take a connection; raise TimeoutError if all are in use for too long."""
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
        """Keep a connection at hand; return False if a read waits for one of the pool."""
        if self._waiting:
            return False
        self._idle.append(reader)
        return True

    async def give_back(self, reader: PooledConnection) -> None:
        """Return a connection to the pool, which checks and repairs it."""
        await self._pool.release(reader)

    async def close(self) -> None:
        """Close every connection once its reads have ended, or after a limit."""
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
    """Wait for a connection; if cancelled, let it open completely, then give it back.

    The driver leaves half a connection behind if it is cancelled while it opens one.
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
    """Return whether its connection has ended; the pool then takes it back by itself."""
    try:
        return bool(reader.is_closed())
    except asyncpg.InterfaceError:
        return True


class BorrowedConnection:
    """A connection for one read; after anything but success it goes back to the pool.

    Raises ConnectionLost if it was lost meanwhile, whatever the driver calls that, and Unavailable
    if it was dropped because it did not answer within the seconds.
    """

    def __init__(self, readers: ReaderPool, breaker: CircuitBreaker, seconds: float) -> None:
        self._readers = readers
        self._breaker = breaker
        self._seconds = seconds

    async def __aenter__(self) -> PooledConnection:
        self._breaker.check()
        self._connection = await self._readers.take()
        self._watched = self._breaker.start_watch(self._connection, self._seconds)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        self._breaker.stop_watch(self._watched, is_heard=kind is None)
        if kind is not None or not self._readers.keep(self._connection):
            lost = isinstance(error, DRIVER_ERRORS) and is_lost(self._connection)
            await self._readers.give_back(self._connection)
            if lost and self._watched.is_overdue:
                raise make_unavailable(OVERDUE) from error
            if lost:
                raise ConnectionLost(str(error)) from error


ENDING_SECONDS = 5.0


class WriterPool:
    """Connections for writes, each in a transaction; `engine` is in AUTOCOMMIT."""

    def __init__(self, engine: AsyncEngine, breaker: CircuitBreaker) -> None:
        self._engine = engine
        self._breaker = breaker
        self._idle: list[AsyncConnection] = []
        self._waiting = 0

    @asynccontextmanager
    async def transaction(self, begin: str, seconds: float) -> AsyncIterator[AsyncConnection]:
        """Open a transaction on a connection, and commit it if nothing is raised.

        `begin` is the statement that begins it; all of it may take so many seconds.
        """
        connection = await self._take()
        try:
            driver = get_async_driver(connection)
            with self._breaker.watch(driver, seconds):
                with detect_loss(driver):
                    await driver.execute(begin)
                    yield connection
                await _commit(driver)
        except BaseException:
            # A cancellation because the client has left must not cancel this too.
            with CancelScope(shield=True):
                await _end_failed(connection)
            raise
        if self._waiting:
            await connection.close()
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Close every connection."""
        while self._idle:
            await self._idle.pop().close()
        await self._engine.dispose()

    async def _take(self) -> AsyncConnection:
        self._breaker.check()
        while self._idle:
            connection = self._idle.pop()
            if not get_async_driver(connection).is_closed():
                return connection
            await connection.invalidate()
            await connection.close()
        self._waiting += 1
        try:
            return await self._engine.connect()
        finally:
            self._waiting -= 1


def get_async_driver(connection: AsyncConnection) -> Any:
    """Return the driver's own connection."""
    assert connection.sync_connection is not None, "it is open"
    return get_driver(connection.sync_connection)


async def _commit(driver: Any) -> None:
    """Commit; raise OutcomeUnknown if the answer of the server was lost."""
    try:
        with detect_loss(driver):
            await driver.execute("COMMIT")
    except ConnectionLost as lost:
        raise make_outcome_unknown() from lost


async def _end_failed(connection: AsyncConnection) -> None:
    """Roll back a failed transaction, or leave that to the server, which notices the loss."""
    try:
        if not connection.invalidated:
            await get_async_driver(connection).execute("ROLLBACK", timeout=ENDING_SECONDS)
    except (TimeoutError, *DRIVER_ERRORS):
        await connection.invalidate()
    finally:
        await connection.close()


@contextmanager
def detect_loss(driver: Any) -> Iterator[None]:
    """Raise ConnectionLost if the connection was lost, whatever error the driver raised."""
    try:
        yield
    except DRIVER_ERRORS as error:
        if isinstance(error, asyncpg.InternalClientError):
            # The driver has lost track of the protocol.
            driver.terminate()
        if driver.is_closed():
            raise ConnectionLost(str(error)) from error
        raise
