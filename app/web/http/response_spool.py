"""Spools: result bytes on disk until the client has received them.

The database produces at its own speed, and a slow client holds a file instead of a connection of
the database. The bytes of all spools, and of those of one caller, are bounded; a spool that may not
grow waits for its client.
"""

import asyncio
import os
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import Any, TypeVar

from anyio import CancelScope

from app.errors import TooManyRequests, Unavailable

MOST_AHEAD = 524_288
"""Bytes in memory that a client may lag behind before they go to disk."""

SEGMENT_BYTES = 8_388_608
"""A spool is a sequence of files, so that received bytes are freed."""

READ_BYTES = 131_072
RETRY_SECONDS = "30"
FOLDER = "streams"

Result = TypeVar("Result")


class SpoolSpace:
    """The disk space of all spools: `most` bytes in all, `share` of them for one caller."""

    def __init__(self, folder: Path, *, most: int, share: int) -> None:
        self.folder = folder / FOLDER
        self._most = most
        self._share = share
        self._held: Counter[str] = Counter()
        self._waiting: dict[object, str | None] = {}

    @property
    def held(self) -> int:
        """The number of bytes in all spools."""
        return self._held.total()

    def admit(self, caller: str) -> None:
        """Refuse another spool while one waits for space."""
        again = {"Retry-After": RETRY_SECONDS}
        if caller in self._waiting.values():
            raise TooManyRequests(
                f"your exports in progress hold {self._share:,} bytes that you have not received,"
                " which is your share: receive them, or end them, before you start more",
                headers=again,
            )
        if None in self._waiting.values():
            raise Unavailable("there is no room for another export right now", headers=again)

    def take(self, spool: object, caller: str, size: int) -> bool:
        """Reserve bytes for a caller's spool; return False if it must wait for space."""
        is_beyond = self._held[caller] + size > self._share
        if is_beyond or self.held + size > self._most:
            self._waiting[spool] = caller if is_beyond else None
            return False
        self._waiting.pop(spool, None)
        self._held[caller] += size
        return True

    def give_back(self, caller: str, size: int) -> None:
        """Free reserved bytes."""
        self._held[caller] -= size
        if not self._held[caller]:
            del self._held[caller]

    def forget(self, spool: object) -> None:
        """Remove a spool from those that wait."""
        self._waiting.pop(spool, None)


class _Segment:
    """An unnamed file, which is deleted when it is closed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file, path = mkstemp(dir=folder)
        Path(path).unlink()
        self.written = 0
        self.taken = 0

    @property
    def is_behind(self) -> bool:
        """True if some written bytes were not read yet."""
        return self.taken < self.written

    def append(self, chunk: bytes) -> None:
        """Write a chunk at the end."""
        rest = memoryview(chunk)
        while rest:
            done = os.pwrite(self._file, rest, self.written + len(chunk) - len(rest))
            rest = rest[done:]
        self.written += len(chunk)

    def read(self) -> bytes:
        """Return the next bytes."""
        size = min(READ_BYTES, self.written - self.taken)
        found = os.pread(self._file, size, self.taken)
        self.taken += len(found)
        return found

    def close(self) -> None:
        """Free the disk space."""
        os.close(self._file)


class _Spool:
    """One response in progress: a task fills it while the client receives."""

    def __init__(self, space: SpoolSpace, caller: str) -> None:
        self._space = space
        self._caller = caller
        self._held = 0
        self._ahead: deque[bytes] = deque()
        self._segments: deque[_Segment] = deque()
        self._disk_futures: set[asyncio.Future[Any]] = set()
        self._change = asyncio.Event()

    async def fill(self, chunks: AsyncGenerator[bytes, None]) -> None:
        """Take all chunks, then close their source."""
        try:
            async for chunk in chunks:
                while not await self._put(chunk):
                    await self._wait_for_change()
        finally:
            await chunks.aclose()

    async def drain(self, filling: "asyncio.Task[None]") -> AsyncGenerator[bytes, None]:
        """Yield the chunks as they come; raise the error that ended the filling."""
        filling.add_done_callback(lambda _: self._change.set())
        while True:
            if self._ahead:
                chunk = self._ahead.popleft()
            elif self._segments and self._segments[0].is_behind:
                chunk = await self._run_in_thread(self._segments[0].read)
            elif len(self._segments) > 1 or (self._segments and not self._disk_futures):
                chunk = b""
                self._drop()
            elif filling.done():
                await filling
                return
            else:
                await self._wait_for_change()
                continue
            self._change.set()
            if chunk:
                yield chunk

    async def close(self) -> None:
        """Free the disk space, once no thread uses it."""
        if self._disk_futures:
            await asyncio.wait(self._disk_futures)
        while self._segments:
            self._segments.popleft().close()
        self._space.give_back(self._caller, self._held)
        self._space.forget(self)

    async def _put(self, chunk: bytes) -> bool:
        """Store a chunk; return False if there is no space until the client has received more."""
        if self._is_keeping_up():
            self._space.forget(self)
            self._ahead.append(chunk)
        elif not self._space.take(self, self._caller, len(chunk)):
            return False
        else:
            self._held += len(chunk)
            if not await self._write(chunk):
                self._give_back(len(chunk))
                self._change.set()
                if not self._is_keeping_up():
                    return False
                self._ahead.append(chunk)
        self._change.set()
        return True

    def _is_keeping_up(self) -> bool:
        """Return True if the client receives fast enough, so that nothing goes to disk."""
        return not self._segments and sum(map(len, self._ahead)) < MOST_AHEAD

    async def _write(self, chunk: bytes) -> bool:
        """Write a chunk to disk; return False if the disk is full."""
        try:
            if not self._segments or self._segments[-1].written >= SEGMENT_BYTES:
                self._segments.append(
                    await self._run_in_thread(partial(_Segment, self._space.folder))
                )
            await self._run_in_thread(partial(self._segments[-1].append, chunk))
        except OSError:
            return False
        return True

    async def _run_in_thread(self, work: Callable[[], Result]) -> Result:
        """Read or write in a thread, which finishes even if the caller is cancelled."""
        future = asyncio.get_running_loop().run_in_executor(None, work)
        self._disk_futures.add(future)
        future.add_done_callback(self._disk_futures.discard)
        return await asyncio.shield(future)

    def _drop(self) -> None:
        segment = self._segments.popleft()
        segment.close()
        self._give_back(segment.written)

    def _give_back(self, size: int) -> None:
        self._held -= size
        self._space.give_back(self._caller, size)

    async def _wait_for_change(self) -> None:
        self._change.clear()
        await self._change.wait()


async def spool_chunks(
    space: SpoolSpace, caller: str, chunks: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    """Yield the chunks, which are taken from their source as fast as it yields them.

    Raise TooManyRequests or Unavailable if there is no space for another spool.
    """
    space.admit(caller)
    spool = _Spool(space, caller)
    filling = asyncio.create_task(spool.fill(chunks))
    try:
        async for chunk in spool.drain(filling):
            yield chunk
    finally:
        with CancelScope(shield=True):
            filling.cancel()
            await asyncio.wait([filling])
            _ = filling.cancelled() or filling.exception()
            await spool.close()
