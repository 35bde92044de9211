"""The load generator: keep-alive connections in a process of its own, each repeating one path.

Run as `python -m benchmarks.load`; reads a JSON `Order` from standard input and writes what was
measured to standard output. The CPU time of the served processes is read here, right before and
after, so that nothing else is counted.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from time import perf_counter
from typing import cast

import psutil
import uvloop

from benchmarks.cpu import cpu_seconds, spent

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "
KEY = "the-key-of-the-measurements"
"""Not a secret: it opens databases that were made up."""


@dataclass(frozen=True)
class Order:
    """The target and duration of a load; `database_pid` is a postmaster's, whose children count.

    With a `body` it is sent by POST, with the key of the measurements.
    """

    port: int
    server_pid: int
    database_pid: int | None
    paths: Sequence[str]
    seconds: float
    connections: int
    body: str | None = None


@dataclass(frozen=True)
class Measured:
    """One measurement; CPU in seconds, of the server and of the database's own processes."""

    requests: int
    seconds: float
    body_bytes: int
    server_cpu: float
    database_cpu: float


class Asker(asyncio.Protocol):
    """One connection, with one request under way at any time."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.requests = requests
        self.until = until
        self.answered = 0
        self.body_bytes = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # uvloop's transports are not asyncio's by class.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        """Read the whole answer, then repeat the request until time is up."""
        held = self._held = self._held + data if self._held else data
        end = held.find(HEAD_END)
        if end < 0:
            return
        place = held.find(LENGTH) + len(LENGTH)
        length = int(held[place : held.index(b"\r", place)])
        if len(held) < end + len(HEAD_END) + length:
            return
        if not held.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            self.ended.set_exception(RuntimeError(held[:2000].decode()))
            return
        self._held = b""
        self.answered += 1
        self.body_bytes += length
        assert self._transport is not None
        if perf_counter() < self.until:
            self._transport.write(next(self.requests))
        else:
            self._transport.close()
            self.ended.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the measurement when a connection breaks."""
        if not self.ended.done():
            self.ended.set_exception(exc or RuntimeError("the server closed the connection"))


async def ask(order: Order) -> Measured:
    """Keep the server busy for the duration of the order."""
    requests = cycle(_request(path, order.body) for path in order.paths)
    loop = asyncio.get_running_loop()
    server = cpu_seconds([order.server_pid])
    family = cpu_seconds(_list_family(order.database_pid))
    began = perf_counter()
    askers = []
    for _ in range(order.connections):
        _, asker = await loop.create_connection(
            lambda: Asker(requests, began + order.seconds), "127.0.0.1", order.port
        )
        askers.append(asker)
    await asyncio.gather(*(asker.ended for asker in askers))
    seconds = perf_counter() - began
    return Measured(
        requests=sum(asker.answered for asker in askers),
        seconds=seconds,
        body_bytes=sum(asker.body_bytes for asker in askers),
        server_cpu=spent(server, cpu_seconds([order.server_pid])),
        database_cpu=spent(family, cpu_seconds(_list_family(order.database_pid))),
    )


def _request(path: str, body: str | None) -> bytes:
    head = "Host: measured\r\nAccept: */*\r\n"
    if body is None:
        return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
    head += f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body.encode())}\r\n"
    return f"POST {path} HTTP/1.1\r\n{head}\r\n{body}".encode()


def _list_family(pid: int | None) -> list[int]:
    if pid is None:
        return []
    return [pid, *(child.pid for child in psutil.Process(pid).children())]


def main() -> None:
    """Run the order on standard input."""
    order = Order(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(asdict(runner.run(ask(order))), sys.stdout)


if __name__ == "__main__":
    main()
