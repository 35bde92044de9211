"""The measured databases: filled once, stored in the temporary folder, found again by a key."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app.db.migrations import MIGRATIONS
from app.record.document import RENDERING_VERSION
from benchmarks import records
from benchmarks.data_loading import fill, revise
from tests import databases as postgres

REVISED: Mapping[str, int] = {"a fifth": 5, "all": 1}
"""Shares of the events that are revised once, each as every how many-th."""

SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_wal_size": "8GB",
    "fsync": "off",
}
"""As for a machine of its own, but for the disk: nothing here outlives the temporary folder."""


@dataclass(frozen=True)
class Prepared:
    """A filled database; `server_pid` is the postmaster's if it was started here."""

    kind: str
    url: str
    events: int
    server_pid: int | None = None


@contextmanager
def prepared(kind: str, events: int, revised: str | None = None) -> Iterator[Prepared]:
    """Return the database of one kind with so many events; fill it if it does not exist.

    `revised` is one of `REVISED`: a copy in which that share of the events was revised once.
    """
    folder = Path(tempfile.gettempdir()) / "annals-measured"
    folder.mkdir(exist_ok=True)
    name = f"measured_{events}_{_digest_inputs()}"
    if kind == "sqlite":
        yield Prepared(kind, _prepare_sqlite(folder, name, events, revised), events)
        return
    with server(folder) as (server_url, pid):
        yield Prepared(kind, _prepare_postgresql(server_url, name, events, revised), events, pid)


@contextmanager
def scratch(kind: str, events: int) -> Iterator[Prepared]:
    """Yield a copy of the filled database that may be written to, and delete it afterwards."""
    with prepared(kind, events) as database:
        if kind == "sqlite":
            with tempfile.TemporaryDirectory() as folder:
                path = shutil.copy(database.url.removeprefix("sqlite:///"), folder)
                yield replace(database, url=f"sqlite:///{path}")
            return
        server_url = urlunsplit(urlsplit(database.url)._replace(path="/postgres"))
        server = postgres.PostgresServer(server_url, "measured")
        url = server.create_database(template=database.url)
        try:
            yield replace(database, url=url)
        finally:
            server.drop_database(url)


def _prepare_sqlite(folder: Path, name: str, events: int, revised: str | None) -> str:
    path = folder / f"{_make_name(name, revised)}.db"
    if not path.exists():
        growing = path.with_suffix(".growing")
        for left in folder.glob(f"{growing.name}*"):
            left.unlink()
        if revised is None:
            fill(f"sqlite:///{growing}", events)
        else:
            base = _prepare_sqlite(folder, name, events, None)
            shutil.copy(base.removeprefix("sqlite:///"), growing)
            revise(f"sqlite:///{growing}", events, REVISED[revised])
        growing.rename(path)
    return f"sqlite:///{path}"


def _prepare_postgresql(server_url: str, name: str, events: int, revised: str | None) -> str:
    called = _make_name(name, revised)
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{called}"))
    growing = urlunsplit(urlsplit(server_url)._replace(path=f"/{called}_growing"))
    if not asyncio.run(_has_database(server_url, called)):
        if revised is not None:
            _prepare_postgresql(server_url, name, events, None)
        run = partial(postgres.execute, server_url)
        template = "template0" if revised is None else name
        asyncio.run(run(f"DROP DATABASE IF EXISTS {called}_growing WITH (FORCE)"))
        asyncio.run(run(f"CREATE DATABASE {called}_growing TEMPLATE {template} ENCODING 'UTF8'"))
        if revised is None:
            fill(growing, events)
        else:
            revise(growing, events, REVISED[revised])
        asyncio.run(postgres.execute(growing, "VACUUM (ANALYZE)"))
        asyncio.run(run(f"ALTER DATABASE {called}_growing RENAME TO {called}"))
    return url


def _make_name(name: str, revised: str | None) -> str:
    return name if revised is None else f"{name}_{revised.replace(' ', '_')}"


async def _has_database(server_url: str, name: str) -> bool:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(server_url)
    try:
        found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        return found is not None
    finally:
        await connection.close()


def _digest_inputs() -> str:
    """Digest the inputs of the data apart from their number: schema, rendering, generator."""
    digest = blake2b(bytes([RENDERING_VERSION]), digest_size=5)
    digest.update(repr(list(records.contents(range(100)))).encode())
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int | None]]:
    """Yield the PostgreSQL that TEST_DATABASE_URL names, or start one whose data is kept."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given, None
        return
    binaries = next(postgres.find_binaries(), None)
    if binaries is None:
        raise SystemExit("There is no PostgreSQL here: set TEST_DATABASE_URL or install one.")
    cluster = folder / "postgresql"
    cluster.mkdir(mode=0o711, exist_ok=True)
    folder.chmod(0o711)
    binaries = postgres.within_reach(binaries, cluster)
    data = _make_cluster(binaries, cluster)
    port = postgres.find_free_port()
    options = " ".join(f"-c {name}={value}" for name, value in SERVER_SETTINGS.items())
    ctl: list[str | Path] = [binaries.folder / "pg_ctl", "-D", data, "-w"]
    log: list[str | Path] = ["-l", data / "log", "-o", f"{options} -c port={port}"]
    postgres.call([*ctl, *log, "start"], cluster)
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        yield f"postgresql://{postgres.SUPERUSER}@127.0.0.1:{port}/postgres", pid
    finally:
        postgres.call([*ctl, "-m", "fast", "stop"], cluster)


def _make_cluster(binaries: postgres.Binaries, cluster: Path) -> Path:
    """Return the folder of the data, created at first use, one per version of PostgreSQL."""
    said = subprocess.run(
        [binaries.folder / "postgres", "--version"], capture_output=True, check=True, text=True
    )
    data = cluster / said.stdout.split()[2]
    if (data / "made").exists():
        return data
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(data, postgres.ORDINARY_USER)
    how = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    initdb: list[str | Path] = [binaries.folder / "initdb", "-D", data]
    postgres.call([*initdb, "-U", postgres.SUPERUSER, *how], cluster)
    (data / "made").touch()
    return data
