"""Full exports: rows per second of each format, beside the bare fetch of the same documents."""

import asyncio
import http.client
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import randrange

import asyncpg
import psutil

from benchmarks.databases import Prepared
from benchmarks.servers import Server, running

FORMATS = ("ndjson", "csv", "geojson", "parquet")
OF_RAW = {"ndjson": 0.8, "csv": 0.8}
"""At least this share of the bare fetch's rows a second."""

ROWS_A_SECOND = {("sqlite", "parquet"): 50_000, ("postgresql", "parquet"): 100_000}
MOST_MEMORY_MB = {"ndjson": 80, "csv": 80, "geojson": 80, "parquet": 250}
CHUNK = 1 << 20
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Exported:
    """One export: rows per second, its share of the bare fetch, and MB of memory above idle."""

    format: str
    rows_a_second: float
    of_raw: float
    memory_mb: float
    wanted: str


def measure_exports(database: Prepared, rounds: int) -> list[Exported]:
    """Measure each format over all events, taking turns with the bare fetch."""
    found = []
    with running(database, ("ours",)) as servers:
        for format in FORMATS:
            print(f"\r{database.kind}: export as {format} ", end="", flush=True)
            found.append(_measure_format(database, servers["ours"], format, rounds))
    return found


def _measure_format(database: Prepared, server: Server, format: str, rounds: int) -> Exported:
    process = psutil.Process(server.pid)
    idle = process.memory_info().rss
    ours, raw = [], []
    with _watch_peak(process) as peak:
        for _ in range(rounds):
            path = f"/v1/events.{format}?{_match_everything()}"
            ours.append(_time_download(partial(_download, server.port, path)))
            raw.append(_time_download(lambda: _fetch_bare(database)))
    return Exported(
        format,
        database.events / min(ours),
        min(raw) / min(ours),
        (peak() - idle) / 1e6,
        _format_targets(database.kind, format),
    )


def _format_targets(kind: str, format: str) -> str:
    parts = [f"≤ {MOST_MEMORY_MB[format]} MB"]
    if (kind, format) in ROWS_A_SECOND:
        parts.append(f"≥ {ROWS_A_SECOND[kind, format]:,} rows/s")
    if format in OF_RAW:
        parts.append(f"≥ {OF_RAW[format]:g} of bare")
    return ", ".join(parts)


def _time_download(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _match_everything() -> str:
    """Yield queries that match all events, each a different one: files are cached by query."""
    return f"until={date(9000, 1, 1) + timedelta(days=randrange(300_000))}"


def _download(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{path} was answered with {answer.status}")
    while answer.read(CHUNK):
        pass
    connection.close()


def _fetch_bare(database: Prepared) -> None:
    """Fetch the same documents in the same order by the driver alone."""
    if database.kind == "sqlite":
        _fetch_sqlite(database.url.removeprefix("sqlite:///"))
    else:
        asyncio.run(_copy_out(database.url))


_IN_ORDER = (
    "SELECT d.document FROM events e JOIN event_documents d ON d.id = e.id"
    " ORDER BY e.order_key DESC"
)


def _fetch_sqlite(path: str) -> None:
    connection = sqlite3.connect(path)
    cursor = connection.execute(_IN_ORDER)
    while cursor.fetchmany(1000):
        pass
    connection.close()


async def _copy_out(url: str) -> None:
    async def take(data: bytes) -> None:
        del data

    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    await connection.copy_from_query(_IN_ORDER, output=take)
    await connection.close()


@contextmanager
def _watch_peak(process: psutil.Process) -> Iterator[Callable[[], int]]:
    """Watch the memory of a process and return its peak."""
    most = [process.memory_info().rss]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            most[0] = max(most[0], process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield lambda: most[0]
    finally:
        over.set()
        watching.join()
