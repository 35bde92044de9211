"""Exports whose database breaks halfway, from a real server."""

import asyncio
import json
import socket
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.db.migrations import migrate
from tests.cli.conftest import started
from tests.cli.test_serve import ADDRESS, PATIENCE
from tests.waiting import block_until

KEY = "annals-admin-key-of-the-tests"
EVENTS, BATCH = 4000, 500
SUMMARY = 6000
"""Characters of each: all of them exceed the buffers of sockets and of reading ahead."""

LITTLE = 65_536
PLAIN = ("events.ndjson", "events.csv", "events.geojson")
SHOWN = ("events.ndjson?include=claims",)
BACKENDS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Server:
    """A server on its port, with its log."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        assert process.stderr is not None
        for line in process.stderr:
            found = ADDRESS.search(line)
            if found:
                self.port = int(found[1].rpartition(":")[2])
                break
        self._reader = Thread(target=self._read, args=(process.stderr,), daemon=True)
        self._reader.start()

    def _read(self, stderr: Any) -> None:
        self.lines += list(stderr)

    def ended(self) -> list[dict[str, Any]]:
        """The lines of the log, once the server has ended."""
        self._reader.join(PATIENCE)
        return [json.loads(line) for line in self.lines]

    def ask(
        self, target: str, body: bytes | None = None, kind: str = "", key: str = KEY
    ) -> HTTPResponse:
        """Return an answer of which nothing was read yet; its client reads little at a time."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.auto_open = 0
        connection.sock = socket.socket()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE // 4)
        connection.sock.settimeout(PATIENCE)
        connection.sock.connect(("127.0.0.1", self.port))
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind, "Connection": "close"}
        connection.request("GET" if body is None else "POST", f"/v1/{target}", body, headers)
        return connection.getresponse()

    def ask_again(self, target: str) -> bytes:
        """Return the whole answer, once the server has its connections again."""

        def ask_once() -> bytes | None:
            answer = self.ask(target)
            return None if answer.status == 503 else answer.read()

        return block_until(ask_once)

    def another_key(self) -> str:
        """Return the key of another caller, who has a share of its own."""
        body = json.dumps({"name": "reader", "scopes": ["read"]}).encode()
        made = json.loads(self.ask("keys", body, "application/json").read())
        return str(made["key"])

    def make(self, target: str, documents: list[dict[str, Any]]) -> None:
        """New records."""
        body = b"\n".join(json.dumps(each).encode() for each in documents)
        kind = "application/json" if len(documents) == 1 else "application/x-ndjson"
        answer = self.ask(target, body, kind)
        assert answer.status in {200, 201}, answer.read()
        answer.read()


@pytest.fixture
def process(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, on a database of each kind.

    It spools nothing, so that an export is read at the speed of its client.
    """
    monkeypatch.setenv("ANNALS_ADMIN_KEY", KEY)
    monkeypatch.setenv("ANNALS_EXPORT_SPOOL_SHARE", "1")
    migrate(empty_database_url)
    with started(empty_database_url, "serve", "--port", "0", count=1) as (process,):
        yield process


def fill(server: Server) -> None:
    server.make("datasets", [{"slug": "desk", "title": "Desk", "visibility": "public"}])
    event = {"dataset": "desk", "type": "meeting", "date": "2024-06-18", "summary": "x" * SUMMARY}
    for start in range(0, EVENTS, BATCH):
        numbers = range(start, start + BATCH)
        server.make("events", [{**event, "title": f"No. {number}"} for number in numbers])


def break_database(url: str) -> None:
    """End the connections of PostgreSQL; overwrite what is not read yet of SQLite's file."""
    if url.startswith("sqlite"):
        for path in (Path(urlsplit(url).path), Path(f"{urlsplit(url).path}-wal")):
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.seek(size // 20)
                file.write(b"\xff" * (size - size // 20))
    else:
        (ended,) = rows(url, f"SELECT count(pg_terminate_backend(pid)) {BACKENDS}")
        assert ended["count"] >= len(PLAIN) + len(SHOWN)


def rows(url: str, sql: str) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    return asyncio.run(run())


def test_an_export_is_broken_off_where_its_database_breaks(
    process: subprocess.Popen[str], empty_database_url: str
) -> None:
    server = Server(process)
    fill(server)
    is_sqlite = empty_database_url.startswith("sqlite")
    targets = PLAIN if is_sqlite else (*PLAIN, *SHOWN)
    answers = {target: server.ask(target, key=server.another_key()) for target in targets}
    for target, answer in answers.items():
        assert (answer.status, len(answer.read(LITTLE))) == (200, LITTLE), target
    break_database(empty_database_url)
    for target, answer in answers.items():
        with pytest.raises(IncompleteRead):
            answer.read()
        assert answer.isclosed(), target
    if not is_sqlite:
        assert server.ask_again("events.ndjson").count(b"\n") == EVENTS
        busy = f"SELECT count(*) {BACKENDS} AND state <> 'idle'"
        block_until(lambda: rows(empty_database_url, busy)[0]["count"] == 0)
    assert server.ask("nowhere").read()
    process.terminate()
    process.wait(PATIENCE)
    lines = server.ended()
    broken = [each for each in lines if each["event"] == "answer broken off"]
    assert sorted(each["path"] for each in broken) == sorted(
        f"/v1/{target.partition('?')[0]}" for target in targets
    )
    assert all(each["reason"] and each["cause"] for each in broken), broken
    before = lines[: lines.index(broken[-1]) + 1]
    assert not [each for each in before if "exception" in each]
