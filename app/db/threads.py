"""Work in threads that can be stopped: who no longer waits for it also waits for its end."""

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
"""Made as they are needed: how many work at once, the shares of callers decide."""

WORKER_THREADS = ThreadPoolExecutor(THREADS, thread_name_prefix="worker")
"""For long work in Python."""

_STOP: ContextVar[Event | None] = ContextVar("stop", default=None)


class WorkStopped(Exception):
    """Nobody waits for this work any more."""


async def run_in_thread(executor: Executor, work: Callable[[], Result]) -> Result:
    """Do some work in a thread; whoever is cancelled stops it, and goes when it has ended.

    So what it reads from, and its caller's share, are free only when they are.
    """
    stop = Event()
    context = copy_context()
    context.run(_STOP.set, stop)
    doing = asyncio.get_running_loop().run_in_executor(executor, partial(context.run, work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        stop.set()
        with CancelScope(shield=True):
            await asyncio.wait([doing])
        _ = doing.cancelled() or doing.exception()
        raise


def is_stopped() -> bool:
    """Whether nobody waits any more for what this thread does."""
    stop = _STOP.get()
    return stop is not None and stop.is_set()


def raise_if_stopped() -> None:
    """Raise Stopped if nobody waits any more; to be called now and then in long work."""
    if is_stopped():
        raise WorkStopped
