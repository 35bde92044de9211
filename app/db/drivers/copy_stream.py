"""PostgreSQL's COPY as a stream of JSON texts, one on each line, at the speed of the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from app.db.drivers.postgresql_pool import PooledConnection

Limit = Callable[[], AbstractContextManager[None]]

CHUNK_BYTES = 131_072
CHUNKS_AHEAD = 4
LONGEST_SECONDS = 86_400.0
"""The time of a whole COPY, for slow clients; each chunk has a limit of its own."""

# No JSON text contains these characters, so that CSV leaves every line as it is.
DELIMITER, QUOTE = "\x02", "\x01"


class CopyStream:
    """A COPY that runs in a task of its own, a few chunks ahead of its reader.

    `limit` watches the connection during the wait for a chunk.
    """

    def __init__(
        self, connection: PooledConnection, sql: str, arguments: Sequence[Any], limit: Limit
    ) -> None:
        self._limit = limit
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(CHUNKS_AHEAD)
        self._buffer = bytearray()
        self._connection = connection
        self._task = asyncio.create_task(self._run(connection, sql, arguments))

    async def yield_chunks(self) -> AsyncIterator[bytes]:
        """Yield the chunks, each of whole lines; raise the error with which the COPY ended."""
        while chunk := await self._wait_for_chunk():
            yield chunk
        await self._task

    async def _wait_for_chunk(self) -> bytes:
        """Return the next chunk; empty once the task has ended and the queue is empty."""
        if self._queue.empty() and not self._task.done():
            waiting = asyncio.create_task(self._queue.get())
            try:
                with self._limit():
                    await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    return waiting.result()
            finally:
                waiting.cancel()
        return b"" if self._queue.empty() else self._queue.get_nowait()

    async def stop(self) -> bool:
        """Return whether the COPY is complete; if it is not, end it with its connection.

        The server stops the query of a connection that is gone.
        """
        if not self._task.done():
            # asyncpg does not reliably end a COPY that is cancelled.
            self._connection.terminate()
            self._task.cancel()
        (ended,) = await asyncio.gather(self._task, return_exceptions=True)
        return ended is None

    async def _run(self, connection: PooledConnection, sql: str, arguments: Sequence[Any]) -> None:
        await connection.copy_from_query(
            sql,
            *arguments,
            output=self._receive,
            format="csv",
            delimiter=DELIMITER,
            quote=QUOTE,
            timeout=LONGEST_SECONDS,
        )
        if self._buffer:
            await self._queue.put(bytes(self._buffer))

    async def _receive(self, data: bytes) -> None:
        # Each row is one message, so that the data is whole lines.
        self._buffer += data
        if len(self._buffer) >= CHUNK_BYTES:
            chunk = bytes(self._buffer)
            self._buffer.clear()
            await self._queue.put(chunk)
