"""A server that really listens, in a thread of its own, and what its clients see."""

import asyncio
import http.client
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from app.db.connect import connect
from app.db.transaction import Transaction
from app.main import create_app
from app.settings import Settings
from app.web.connections import ConnectionLimits, LimitedConfig, LimitedServer
from tests.api.desk import all_settled
from tests.waiting import block_until


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A server on a port of its own."""

    port: int
    spool: Path
    server: LimitedServer

    def url(self, target: str) -> str:
        return f"http://127.0.0.1:{self.port}/v1/{target}"

    def ask(
        self, target: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        path = target if target.startswith("/") else f"/v1/{target}"
        connection.request(method, path, body, headers=sent)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        body = response.read()
        connection.close()
        return Answer(response.status, told, body)


@contextmanager
def serve(settings: Settings, *, send_buffer: int | None = None) -> Iterator[Served]:
    """Serve the database that the settings name; the kernel buffers so many bytes of an answer."""
    listening = socket.create_server(("127.0.0.1", 0))
    if send_buffer is not None:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    app = create_app(settings)
    config = LimitedConfig(
        app,
        limits=ConnectionLimits.of(settings),
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=1,
    )
    server = LimitedServer(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    block_until(lambda: server.started)
    try:
        yield Served(listening.getsockname()[1], settings.spool_dir, server)
    finally:
        server.should_exit = True
        thread.join()


def fill(settings: Settings, work: Callable[[Transaction], object]) -> None:
    """Write into a database, from a test that is no coroutine, and wait until all is settled."""

    async def run() -> None:
        database = connect(settings)
        await database.open()
        await database.write(work)
        await all_settled(database)
        await database.close()

    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, run()).result()
