"""Requests to the application in this process, with their time and the time of the database."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, process_time
from typing import Any

from fastapi import FastAPI
from starlette.types import Message

from app.db.database import Database
from app.db.statements import Row, Statement
from app.main import create_app
from app.settings import Settings
from app.web.state import AppState

LONGEST_MAKING = 600.0
"""Seconds that columns may take to be made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response and its milliseconds: in all, in reads of the database, and of CPU.

    CPU is this process's, SQLite's work included, PostgreSQL's not.
    """

    status: int
    body: bytes
    whole_ms: float
    database_ms: float
    cpu_ms: float


class Asker:
    """A client that calls the application without a socket in between."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._state: AppState = app.state.annals
        database: Database = self._state.database
        self.secret = self._state.sealer.secret
        self._fetch = database.fetch
        self._spent = 0.0
        # Whoever reads goes through this one name, on this one database.
        vars(database)["fetch"] = self._time_request

    async def get(self, path: str) -> Answer:
        """Request one path with its query string."""
        path, _, query = path.partition("?")
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        self._spent = 0.0
        began, busy = perf_counter(), process_time()
        await self._app(_make_scope(path, query.encode()), _receive_nothing, send)
        whole, busy = perf_counter() - began, process_time() - busy
        body = b"".join(message.get("body", b"") for message in sent)
        return Answer(sent[0]["status"], body, whole * 1e3, self._spent * 1e3, busy * 1e3)

    async def columns_made(self, events: int) -> None:
        """Wait until the columns cover so many events; smaller databases do without columns."""
        if events < self._state.settings.columns_from:
            return
        began = monotonic()
        while self._state.engine.cache.columns is None:
            if monotonic() - began > LONGEST_MAKING:
                raise SystemExit("The columns were not made.")
            await asyncio.sleep(0.1)

    async def _time_request(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        began = perf_counter()
        try:
            return await self._fetch(statement, values)
        finally:
            self._spent += perf_counter() - began


@asynccontextmanager
async def asking(database_url: str) -> AsyncIterator[Asker]:
    """Yield a client of the application over a database."""
    with _discard_lines():
        app = create_app(Settings(database_url=database_url))
        async with app.router.lifespan_context(app):
            yield Asker(app)


@contextmanager
def _discard_lines() -> Iterator[None]:
    """Discard log lines: one per request would bury the figures."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        yield


async def _receive_nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _make_scope(path: str, query: bytes) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"measured"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
