"""Loops of background work in every server, step by step, until they are stopped."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.errors import AnnalsError

POLL_SECONDS = 1.0
ERROR_PAUSE_SECONDS = 30.0
"""The pause after an unexpected error."""


class WorkerLoop:
    """A loop that runs `step`, `pause` seconds apart, and waits longer when there is nothing to do.

    `step` returns whether there was something to do; `name` is the name of the work in the log.
    """

    def __init__(self, name: str, step: Callable[[], Awaitable[bool]], pause: float = 0.0) -> None:
        self.log: structlog.stdlib.BoundLogger = structlog.get_logger(f"annals.{name}")
        self._name = name
        self._step = step
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop the loop after the current write."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            pause = await self._run_step()
            await asyncio.sleep(pause)

    async def _run_step(self) -> float:
        try:
            return self._pause if await self._step() else POLL_SECONDS
        except AnnalsError as error:
            self.log.warning(f"{self._name} waits", detail=error.detail)
            return POLL_SECONDS
        except Exception as error:
            self.log.error(f"{self._name} failed", exc_info=error)
            return ERROR_PAUSE_SECONDS
