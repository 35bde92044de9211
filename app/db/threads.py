"""Work in threads that can be stopped, and whose end is always waited for."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from threading import Event
from typing import TypeVar

from anyio import CancelScope

Result = TypeVar("Result")

THREADS = 64
"""The most threads, started as needed; the callers' shares decide how many work at once."""

WORKER_THREADS = ThreadPoolExecutor(THREADS, thread_name_prefix="worker")
"""For long work in Python."""

_STOP: ContextVar[Event | None] = ContextVar("stop", default=None)


class WorkStopped(Exception):
    """Work whose result is no longer wanted."""


async def run_in_thread(executor: Executor, work: Callable[[], Result]) -> Result:
    """Run work in a thread; if cancelled, stop the work and wait for its end.

    So its connection and its caller's share are not released while it still uses them.
    """
    stop = Event()
    context = copy_context()
    context.run(_STOP.set, stop)
    running = asyncio.get_running_loop().run_in_executor(executor, partial(context.run, work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        with CancelScope(shield=True):
            await asyncio.wait([running])
        _ = running.cancelled() or running.exception()
        raise


def is_stopped() -> bool:
    """Return whether the work of this thread is no longer wanted."""
    stop = _STOP.get()
    return stop is not None and stop.is_set()


def raise_if_stopped() -> None:
    """Raise WorkStopped if the work is no longer wanted; long work calls this now and then."""
    if is_stopped():
        raise WorkStopped
