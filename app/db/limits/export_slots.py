"""Slots for exports, which are read from the database apart from all other reads."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from app.db.driver_errors import UNREACHABLE, make_unavailable
from app.db.limits.request_limits import join_export_reads
from app.errors import QuestionTooCostly, Unavailable

Piece = TypeVar("Piece")

SLOT_SECONDS = 5.0
"""The time that an export may wait for a slot."""


class ExportSlots:
    """Slots for exports; each export has `seconds` for its next piece.

    `is_heard` returns whether the database has sent anything since a time: only then is it the
    query that takes long.
    """

    def __init__(
        self, most: int, seconds: float, is_heard: Callable[[float], bool] = lambda since: True
    ) -> None:
        self.most = most
        self._seconds = seconds
        self._is_heard = is_heard
        self._free = asyncio.Semaphore(most)

    @asynccontextmanager
    async def hold_slot(self) -> AsyncIterator[None]:
        """Hold a slot; raise Unavailable after too long a wait for one."""
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable(
                f"{self.most} exports are being read, as many as this server takes at once",
                headers={"Retry-After": "5"},
            ) from None
        try:
            with join_export_reads():
                yield
        finally:
            self._free.release()

    async def wait_for_piece(self, coming: Awaitable[Piece]) -> Piece:
        """Wait for the next piece; raise QuestionTooCostly if it takes too long."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                return await coming
        except TimeoutError as error:
            if not self._is_heard(began):
                raise make_unavailable(UNREACHABLE) from error
            raise QuestionTooCostly(
                f"the next piece of the answer was not found within {self._seconds:g} seconds; ask"
                " for less, or in the usual order"
            ) from error

    async def yield_pieces(self, coming: AsyncIterator[Piece]) -> AsyncGenerator[Piece, None]:
        """Yield all pieces; raise QuestionTooCostly if one takes too long."""
        with suppress(StopAsyncIteration):
            while True:
                yield await self.wait_for_piece(anext(coming))
