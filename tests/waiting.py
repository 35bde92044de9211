"""Waiting for a condition: the one loop with a pause and a limit that tests have."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeVar, overload

Found = TypeVar("Found")

PATIENCE_SECONDS = 60.0
"""The time after which a test gives up, on a machine that is busy with other work."""

PAUSE_SECONDS = 0.005


@overload
async def until(condition: Callable[[], Awaitable[Found | None]]) -> Found: ...


@overload
async def until(condition: Callable[[], Found | None]) -> Found: ...


async def until(condition: Callable[[], Any]) -> Any:
    """Wait until the condition, asynchronous or not, returns something true, and return that."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = condition()
            if isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(PAUSE_SECONDS)


def block_until(condition: Callable[[], Found | None]) -> Found:
    """Do the same in a test that is not asynchronous."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        if time.monotonic() > give_up_at:
            raise TimeoutError("the condition is not met")
        time.sleep(PAUSE_SECONDS)
    return found
