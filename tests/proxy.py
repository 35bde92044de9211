"""A TCP proxy in front of a database, which loses connections and bytes as networks do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

READ_BYTES = 65_536


class Proxy:
    """Passes bytes on between clients and the server at `host` and `port`.

    `cut_after`: how many bytes of its answers a connection made from now on brings before it is
    reset; None for all. `cuts_answers`: whether any is reset at the next bytes of its answers.
    `swallows`: whether bytes are taken and not passed on.
    """

    def __init__(self, host: str, port: int) -> None:
        self.cut_after: int | None = None
        self.cuts_answers = False
        self.swallows = False
        self._there = (host, port)
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes and goes until one side ends."""
        self._writers.add(writer)
        there_reader, there_writer = await asyncio.open_connection(*self._there)
        self._writers.add(there_writer)
        passing = (
            asyncio.create_task(self._pass(reader, there_writer)),
            asyncio.create_task(self._pass_answers(there_reader, writer, self.cut_after)),
        )
        self._tasks |= {*passing}
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, there_writer):
            each.transport.abort()
            self._writers.discard(each)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(READ_BYTES):
                if not self.swallows:
                    writer.write(data)
                    await writer.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int | None
    ) -> None:
        with suppress(OSError):
            while (data := await reader.read(READ_BYTES)) and not self.cuts_answers:
                if self.swallows:
                    continue
                writer.write(data if left is None else data[:left])
                await writer.drain()
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        return

    def reset(self) -> None:
        """Reset every connection that there is."""
        for writer in self._writers:
            writer.transport.abort()

    def close(self) -> None:
        """End every connection."""
        for task in self._tasks:
            task.cancel()
        self.reset()


@asynccontextmanager
async def proxy_before(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the database at that URL, and the URL through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None, "a URL of a server"
    proxy = Proxy(parts.hostname, parts.port or 5432)
    server = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
    user = f"{parts.username}@" if parts.username else ""
    place = f"{user}127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy, urlunsplit(parts._replace(netloc=place))
    finally:
        proxy.close()
        server.close()
