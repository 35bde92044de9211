"""The connections of writes in PostgreSQL, taken from the engine's pool and kept in hand.

The engine never begins or ends a transaction, which would be work before each statement: that is
done here, on the driver.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from anyio import CancelScope
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.driver_errors import DRIVER_ERRORS, ConnectionLost, make_outcome_unknown
from app.db.limits.circuit_breaker import CircuitBreaker
from app.db.statements import get_driver

ENDING_SECONDS = 5.0


class WriterPool:
    """Hands out connections that are in a transaction; `engine` is one in AUTOCOMMIT."""

    def __init__(self, engine: AsyncEngine, breaker: CircuitBreaker) -> None:
        self._engine = engine
        self._breaker = breaker
        self._idle: list[AsyncConnection] = []
        self._waiting = 0

    @asynccontextmanager
    async def transaction(self, begin: str, seconds: float) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, which is committed if nothing is raised.

        `begin` begins it, which may take so many seconds to its end.
        """
        connection = await self._take()
        try:
            driver = get_async_driver(connection)
            with self._breaker.limiting(driver, seconds):
                with detect_loss(driver):
                    await driver.execute(begin)
                    yield connection
                await _commit(driver)
        except BaseException:
            # Who cancels the write because the client has left cannot cancel this too.
            with CancelScope(shield=True):
                await _abandon(connection)
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
    """The driver's own connection."""
    assert connection.sync_connection is not None, "it is open"
    return get_driver(connection.sync_connection)


async def _commit(driver: Any) -> None:
    """Commit; OutcomeUnknown where the answer of the server was lost."""
    try:
        with detect_loss(driver):
            await driver.execute("COMMIT")
    except ConnectionLost as lost:
        raise make_outcome_unknown() from lost


async def _abandon(connection: AsyncConnection) -> None:
    """End a transaction that failed, or leave its end to the server, which hears of the loss."""
    try:
        if not connection.invalidated:
            await get_async_driver(connection).execute("ROLLBACK", timeout=ENDING_SECONDS)
    except (TimeoutError, *DRIVER_ERRORS):
        await connection.invalidate()
    finally:
        await connection.close()


@contextmanager
def detect_loss(driver: Any) -> Iterator[None]:
    """Tell that a connection was lost, whatever the driver or SQLAlchemy call it."""
    try:
        yield
    except DRIVER_ERRORS as error:
        if isinstance(error, asyncpg.InternalClientError):
            # The driver no longer knows what the server is about to say.
            driver.terminate()
        if driver.is_closed():
            raise ConnectionLost(str(error)) from error
        raise
