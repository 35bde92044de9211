"""A TCP proxy in front of a database, which loses connections and bytes as networks do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

READ_BYTES = 65_536


class Proxy:
    """A proxy that passes bytes on between clients and the server at `host` and `port`.

    `cut_after`: how many bytes of its answers a connection made from now on brings before it is
    reset; None for all. `cuts_answers`: whether any is reset at the next bytes of its answers.
    `swallows`: whether bytes are taken and not passed on, by every connection or with `half_open`
    by those that there are.
    """

    def __init__(self, host: str, port: int) -> None:
        self.cut_after: int | None = None
        self.cuts_answers = False
        self.swallows = False
        self.connections = 0
        self._there = (host, port)
        self._handlers: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._deaf: set[asyncio.StreamWriter] = set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on bytes in both directions until one side ends."""
        self.connections += 1
        handler = asyncio.current_task()
        assert handler is not None, "a server calls this in a task"
        self._handlers.add(handler)
        self._writers.add(writer)
        there_reader, there_writer = await asyncio.open_connection(*self._there)
        self._writers.add(there_writer)
        passing = (
            asyncio.create_task(self._pass(reader, there_writer)),
            asyncio.create_task(self._pass_answers(there_reader, writer, self.cut_after)),
        )
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for task in passing:
            task.cancel()
        for each in (writer, there_writer):
            each.transport.abort()
            self._writers.discard(each)
        self._handlers.discard(handler)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(READ_BYTES):
                if not self.swallows and writer not in self._deaf:
                    writer.write(data)
                    await writer.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int | None
    ) -> None:
        with suppress(OSError):
            while (data := await reader.read(READ_BYTES)) and not self.cuts_answers:
                if self.swallows or writer in self._deaf:
                    continue
                writer.write(data if left is None else data[:left])
                await writer.drain()
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        return

    def half_open(self) -> None:
        """Lose the present connections, without a word to either side."""
        self._deaf |= self._writers

    def reset(self) -> None:
        """Reset every present connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        """End every connection."""
        self.reset()
        if self._handlers:
            await asyncio.wait(self._handlers)


@asynccontextmanager
async def proxy_before(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """Start a proxy before the database at that URL, and yield it with the URL through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None, "a URL of a server"
    proxy = Proxy(parts.hostname, parts.port or 5432)
    server = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
    user = f"{parts.username}@" if parts.username else ""
    place = f"{user}127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy, urlunsplit(parts._replace(netloc=place))
    finally:
        server.close()
        await proxy.close()
