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

from app.db.driver_errors import OF_THE_DRIVER, ConnectionLost, outcome_unknown
from app.db.limits.circuit_breaker import Breaker
from app.db.statements import driver_of

ENDING_SECONDS = 5.0


class Writers:
    """Hands out connections that are in a transaction; `engine` is one in AUTOCOMMIT."""

    def __init__(self, engine: AsyncEngine, breaker: Breaker) -> None:
        self._engine = engine
        self._breaker = breaker
        self._in_hand: list[AsyncConnection] = []
        self._waiting = 0

    @asynccontextmanager
    async def transaction(self, begin: str, seconds: float) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, which is committed if nothing is raised.

        `begin` begins it, which may take so many seconds to its end.
        """
        connection = await self._take()
        try:
            driver = driver_within(connection)
            with self._breaker.limiting(driver, seconds):
                with telling_loss(driver):
                    await driver.execute(begin)
                    yield connection
                await _commit(driver)
        except BaseException:
            # Who cancels the write because the client has left cannot cancel this too.
            with CancelScope(shield=True):
                await _give_up(connection)
            raise
        if self._waiting:
            await connection.close()
        else:
            self._in_hand.append(connection)

    async def close(self) -> None:
        """Close every connection."""
        while self._in_hand:
            await self._in_hand.pop().close()
        await self._engine.dispose()

    async def _take(self) -> AsyncConnection:
        self._breaker.check()
        while self._in_hand:
            connection = self._in_hand.pop()
            if not driver_within(connection).is_closed():
                return connection
            await connection.invalidate()
            await connection.close()
        self._waiting += 1
        try:
            return await self._engine.connect()
        finally:
            self._waiting -= 1


def driver_within(connection: AsyncConnection) -> Any:
    """The driver's own connection."""
    assert connection.sync_connection is not None, "it is open"
    return driver_of(connection.sync_connection)


async def _commit(driver: Any) -> None:
    """Commit; OutcomeUnknown where the answer of the server was lost."""
    try:
        with telling_loss(driver):
            await driver.execute("COMMIT")
    except ConnectionLost as lost:
        raise outcome_unknown() from lost


async def _give_up(connection: AsyncConnection) -> None:
    """End a transaction that failed, or leave its end to the server, which hears of the loss."""
    try:
        if not connection.invalidated:
            await driver_within(connection).execute("ROLLBACK", timeout=ENDING_SECONDS)
    except (TimeoutError, *OF_THE_DRIVER):
        await connection.invalidate()
    finally:
        await connection.close()


@contextmanager
def telling_loss(driver: Any) -> Iterator[None]:
    """Tell that a connection was lost, whatever the driver or SQLAlchemy call it."""
    try:
        yield
    except OF_THE_DRIVER as error:
        if isinstance(error, asyncpg.InternalClientError):
            # The driver no longer knows what the server is about to say.
            driver.terminate()
        if driver.is_closed():
            raise ConnectionLost(str(error)) from error
        raise
