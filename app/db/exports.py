"""Whole answers: how many are read from the database at once, apart from all other reads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.errors import Unavailable

TURN_SECONDS = 5.0
"""How long an export waits for another one to end."""


class Exports:
    """Lets so many be read at once, and others wait."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = asyncio.Semaphore(most)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have a turn; Unavailable if there is none for too long."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable(
                f"{self.most} exports are being read, as many as this server takes at once",
                headers={"Retry-After": "5"},
            ) from None
        try:
            yield
        finally:
            self._free.release()
