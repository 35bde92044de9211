"""The measured databases: filled once, kept in the temporary folder, found again by their key."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app.db.connect import connect
from app.db.migrating import MIGRATIONS, migrate
from app.record.document import RENDERING
from app.settings import Settings
from benchmarks import records
from tests import databases as postgres

BATCH = 2_000
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
    """A filled database; `server_pid` is the postmaster's where it was started here."""

    kind: str
    url: str
    events: int
    server_pid: int | None = None


@contextmanager
def prepared(kind: str, events: int) -> Iterator[Prepared]:
    """The database of one kind with so many events, filled if it is not there yet."""
    folder = Path(tempfile.gettempdir()) / "annals-measured"
    folder.mkdir(exist_ok=True)
    name = f"measured_{events}_{_fingerprint()}"
    if kind == "sqlite":
        yield Prepared(kind, _sqlite(folder / f"{name}.db", events), events)
        return
    with server(folder) as (server_url, pid):
        yield Prepared(kind, _postgresql(server_url, name, events), events, pid)


def _sqlite(path: Path, events: int) -> str:
    if not path.exists():
        growing = path.with_suffix(".growing")
        for left in path.parent.glob(f"{growing.name}*"):
            left.unlink()
        _fill(f"sqlite:///{growing}", events)
        growing.rename(path)
    return f"sqlite:///{path}"


def _postgresql(server_url: str, name: str, events: int) -> str:
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    growing = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}_growing"))
    if not asyncio.run(_exists(server_url, name)):
        run = partial(postgres.execute, server_url)
        asyncio.run(run(f"DROP DATABASE IF EXISTS {name}_growing WITH (FORCE)"))
        asyncio.run(run(f"CREATE DATABASE {name}_growing TEMPLATE template0 ENCODING 'UTF8'"))
        _fill(growing, events)
        asyncio.run(postgres.execute(growing, "VACUUM (ANALYZE)"))
        asyncio.run(run(f"ALTER DATABASE {name}_growing RENAME TO {name}"))
    return url


async def _exists(server_url: str, name: str) -> bool:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(server_url)
    try:
        found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        return found is not None
    finally:
        await connection.close()


def _fill(url: str, events: int) -> None:
    """Migrate and fill a database through the functions that imports use."""
    migrate(url)
    asyncio.run(_save_all(url, events))


async def _save_all(url: str, events: int) -> None:
    database = connect(Settings(database_url=url))
    await database.open()
    try:
        await database.write(records.seed)
        began = monotonic()
        for first in range(0, events, BATCH):
            count = min(BATCH, events - first)
            await database.write(partial(records.save, first=first, count=count))
            rate = (first + count) / (monotonic() - began)
            print(f"\rfilling: {first + count:,} events, {rate:,.0f} a second ", end="", flush=True)
        print()
    finally:
        await database.close()


def _fingerprint() -> str:
    """What the data depends on beside their number: the schema, the rendering, what is made up."""
    digest = blake2b(bytes([RENDERING]), digest_size=5)
    digest.update(repr(list(records.contents(0, 100))).encode())
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int | None]]:
    """PostgreSQL: the one that TEST_DATABASE_URL names, else one of our own with kept data."""
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
    data = _cluster(binaries, cluster)
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


def _cluster(binaries: postgres.Binaries, cluster: Path) -> Path:
    """The folder of the data, made at the first use; one for each version of PostgreSQL."""
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
