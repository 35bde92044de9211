"""A PostgreSQL that is frozen under the whole application, and goes on."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from httpx2 import Response

from app.ingest.jobs import job_worker
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import prepare, serving
from tests.api.desk import Desk, a_meeting
from tests.api.test_full_disk import ROWS, submit
from tests.databases import find_binaries, start_server, stop_server
from tests.waiting import until

PATIENCE = 20.0
"""Seconds after which a test gives up."""

POOL = 4
BACKENDS = "SELECT pid, client_port FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


class Server:
    """A PostgreSQL of the test's own; `folder` is where it lies."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])

    async def count_clients(self) -> int:
        """Count the connections except this one."""
        connection = await asyncpg.connect(self.url)
        try:
            rows = await connection.fetch(BACKENDS)
            return sum(row["client_port"] is not None for row in rows)
        finally:
            await connection.close()

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """Stop all of its processes, and let them go on."""
        connection = await asyncpg.connect(self.url)
        stopped = [self._postmaster]
        os.kill(self._postmaster, signal.SIGSTOP)
        try:
            stopped += [row["pid"] for row in await connection.fetch(BACKENDS)]
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
            await connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that is ready to be served."""
    binaries = next(find_binaries(), None)
    if binaries is None:
        pytest.skip("no PostgreSQL on this machine that could be frozen")
    folder = Path(tempfile.mkdtemp(prefix="annals-frozen-"))
    try:
        yield Server(folder, start_server(binaries, folder).url)
    finally:
        stop_server(folder)


@pytest.fixture
async def desk(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """A desk on it."""
    monkeypatch.setattr(job_worker, "RETRY_SECONDS", 0.2)
    await asyncio.to_thread(prepare, server.url)
    settings = Settings(
        database_url=server.url, spool_dir=tmp_path, pool_size=POOL, connect_seconds=1.0
    )
    async with serving(create_app(settings)) as app:
        desk = Desk(app)
        yield desk
        await desk.close()


def is_refusal(answer: Response) -> bool:
    """Return whether an answer says that the database is away, and when to come again."""
    kinds = ("unavailable", "outcome-unknown")
    is_known = answer.json()["type"] in {f"/problems/{kind}" for kind in kinds}
    return answer.status_code == 503 and is_known and "retry-after" in answer.headers


async def test_all_is_told_at_once_and_all_goes_on(desk: Desk, server: Server) -> None:
    dataset = await desk.dataset()
    event = await desk.event(dataset)
    address = f"/v1/events/{event['id']}"
    asked = (
        f"GET {address}",
        f"GET /v1/events?dataset={dataset}",
        "GET /v1/facets?by=type",
        "GET /v1/dashboard",
        f"GET {address}/history",
        "GET /v1/events.ndjson",
        "GET /readyz",
    )
    job = (await submit(desk)).headers["location"]

    async def ask_all() -> list[Response]:
        reads = [desk.ask(line) for line in asked]
        writes = [desk.ask("POST /v1/events", a_meeting(dataset)), desk.ask(f"DELETE {address}")]
        return await asyncio.gather(*reads, *writes, desk.ask("GET /v1/sources", key=None))

    async with asyncio.timeout(PATIENCE), server.frozen():
        for _ in range(3):
            assert [each.text for each in await ask_all() if not is_refusal(each)] == []
        assert (await desk.ask("GET /livez", key=None)).status_code == 200

    async def is_back() -> bool:
        return (await desk.ask("GET /readyz")).status_code == 200

    async def is_imported() -> bool:
        return bool((await desk.get(job))["status"] != "running")

    await until(is_back)
    await desk.event(dataset)
    await until(is_imported)
    shown = await desk.get(job)
    assert (shown["status"], shown["rows"]["created"]) == ("done", ROWS), shown
    assert {each.status_code for each in await ask_all()} <= {200, 201, 204, 410}
    # Writes, reads of two kinds, and exports.
    assert await server.count_clients() <= 3 * POOL + 4
