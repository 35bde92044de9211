"""The circuit breaker of a PostgreSQL server, and the watch over deadlines on its connections.

A timer for each statement would cost a short read a tenth of its time. So one check every quarter
of a second covers all work under way: work past its deadline loses its connection, and if nothing
has been received for a while, the server is sent a `SELECT 1` on a new connection. Only if that
fails too, and still nothing has been received, does the breaker open: a server that is merely busy
with costly queries answers. All connections are then dropped, so that waiting work fails at once,
and none of them is left when the server is back.
"""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import asyncpg
import structlog

from app.db.driver_errors import (
    DRIVER_ERRORS,
    UNREACHABLE,
    ConnectionLost,
    get_sqlstate,
    make_unavailable,
)
from app.db.limits.deadlines import Deadlines
from app.errors import Unavailable

CHECK_SECONDS = 0.25
PROBE_SECONDS = 1.0
"""The time between two probes of the server."""

GRACE_SECONDS = 0.5
"""The delay after the server's own deadline, whose error says more than ours."""

OVERDUE = "the database did not answer in time; nothing of it was recorded"
SERVER_SETTINGS = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""Settings by which the server drops a client that is gone, for whose locks others wait."""

_SOCKET_OPTIONS = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 30_000,
}
_log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.database")


class WatchedWork:
    """Work under way on one connection, with its deadline."""

    __slots__ = ("driver", "is_overdue", "since", "until")

    def __init__(self, driver: Any, since: float, until: float) -> None:
        self.driver = driver
        self.since = since
        self.until = until
        self.is_overdue = False


class CircuitBreaker:
    """The connections to one server, and the watch over the work on them."""

    def __init__(self, url: str, deadlines: Deadlines) -> None:
        self._url = url
        self._deadlines = deadlines
        self._connections: WeakSet[Any] = WeakSet()
        self._watched: set[WatchedWork] = set()
        self._heard_at = self._probed_at = float("-inf")
        self._is_open = False
        self._probe: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def connect(self, *_: Any, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
        """Open a connection; raise Unavailable at once while the server does not answer."""
        self.check()
        settings = SERVER_SETTINGS | options.pop("server_settings", {})
        try:
            connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
                self._url,
                timeout=self._deadlines.connect,
                server_settings=settings,
                **options,
            )
        except (TimeoutError, *DRIVER_ERRORS) as error:
            if not _is_answer(error):
                self._start_probe()
                raise make_unavailable(UNREACHABLE) from error
            raise
        self._heard_at = time.monotonic()
        self._connections.add(connection)
        _set_keepalive(connection)
        return connection

    def check(self) -> None:
        """Raise Unavailable while the server does not answer."""
        if self._is_open:
            raise make_unavailable(UNREACHABLE)

    def has_heard_since(self, moment: float) -> bool:
        """Return whether the server has sent anything since."""
        return self._heard_at > moment

    def start_watch(self, driver: Any, seconds: float) -> WatchedWork:
        """Watch a connection until `stop_watch`; raise Unavailable while the breaker is open."""
        self.check()
        now = time.monotonic()
        watched = WatchedWork(getattr(driver, "_con", driver), now, now + seconds)
        self._watched.add(watched)
        if self._timer is None:
            self._schedule_check()
        return watched

    def stop_watch(self, watched: WatchedWork, *, is_heard: bool = True) -> None:
        """Watch it no more; `is_heard` unless the server sent nothing before the end."""
        self._watched.discard(watched)
        if is_heard:
            self._heard_at = time.monotonic()

    @contextmanager
    def watch(self, driver: Any, seconds: float) -> Iterator[None]:
        """Watch a connection; raise Unavailable if its deadline passes before a commit."""
        watched = self.start_watch(driver, seconds)
        is_heard = False
        try:
            yield
            is_heard = True
        except ConnectionLost as error:
            if watched.is_overdue:
                raise make_unavailable(OVERDUE) from error
            raise
        finally:
            self.stop_watch(watched, is_heard=is_heard)

    async def close(self) -> None:
        """Stop the checks and the probe."""
        if self._timer is not None:
            self._timer.cancel()
        if self._probe is not None:
            self._probe.cancel()
            with suppress(asyncio.CancelledError):
                await self._probe

    def _schedule_check(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check_overdue)

    def _check_overdue(self) -> None:
        self._timer = None
        now = time.monotonic()
        overdue = [watched for watched in self._watched if now > watched.until + GRACE_SECONDS]
        for watched in overdue:
            watched.is_overdue = True
            self._watched.discard(watched)
        if overdue:
            # Idle connections are dropped as well: whatever broke one has broken them too.
            used = {watched.driver for watched in self._watched}
            self._drop(idle for idle in [*self._connections] if idle not in used)
        if self._watched:
            first = min(watched.since for watched in self._watched)
            is_silent = now - max(first, self._heard_at) > self._deadlines.silence
            if is_silent and now - self._probed_at > PROBE_SECONDS:
                self._start_probe()
            self._schedule_check()

    def _drop(self, connections: Iterator[Any]) -> None:
        for connection in connections:
            connection.terminate()

    def _start_probe(self) -> None:
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._probe_until_answered())

    async def _probe_until_answered(self) -> None:
        began = time.monotonic()
        if await self._is_answering() or self._heard_at > began:
            return
        _log.error("the database does not answer")
        self._is_open = True
        self._drop(iter([*self._connections]))
        while self._is_open:
            await asyncio.sleep(max(0.0, self._probed_at + PROBE_SECONDS - time.monotonic()))
            self._is_open = not await self._is_answering()
        _log.info("the database answers again")

    async def _is_answering(self) -> bool:
        """Send a statement on a new connection, and return whether the server answers."""
        self._probed_at = time.monotonic()
        try:
            async with asyncio.timeout(self._deadlines.connect):
                connection = await asyncpg.connect(self._url, server_settings=SERVER_SETTINGS)
                try:
                    await connection.execute("SELECT 1")
                finally:
                    connection.terminate()
        except (TimeoutError, Unavailable, *DRIVER_ERRORS) as error:
            if not _is_answer(error):
                return False
        self._heard_at = time.monotonic()
        return True


def _is_answer(error: BaseException) -> bool:
    """Return whether an error came from a working server, such as one with no slot left."""
    state = get_sqlstate(error)
    return bool(state) and not state.startswith(("08", "57P"))


def _set_keepalive(connection: Any) -> None:
    """Let the system notice that the server is gone, even while nothing is sent."""
    transport = getattr(connection, "_transport", None)
    found = transport.get_extra_info("socket") if transport is not None else None
    if found is None or found.family == getattr(socket, "AF_UNIX", None):
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _SOCKET_OPTIONS.items():
        if hasattr(socket, name):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
