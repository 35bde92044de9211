"""The measured servers: each application in a process of its own, served as `annals serve` does.

Run as `python -m benchmarks.servers <application> <port>`.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from benchmarks.databases import Prepared
from benchmarks.plain_control import DATABASE_URL
from tests.databases import find_free_port

ROOT = Path(__file__).parents[1]
APPLICATIONS = {
    "f": "benchmarks.controls:bare_factory",
    "m": "benchmarks.controls:behind_edge",
    "ours": "app.main:create_served_app",
    "n": "benchmarks.plain_control:create_plain",
    "e": "benchmarks.controls:echoing",
}
READS = ("f", "m", "ours", "n")
WRITES = ("e", "ours")
AS_SERVED: dict[str, Any] = {
    "factory": True,
    "workers": 1,
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "lifespan": "on",
    "access_log": False,
    "server_header": False,
    "proxy_headers": True,
    "log_level": "warning",
}
PATIENCE = 30.0


@dataclass(frozen=True)
class Server:
    """A running application."""

    name: str
    port: int
    pid: int


@contextmanager
def running(database: Prepared, names: Sequence[str] = READS) -> Iterator[dict[str, Server]]:
    """Run applications over one database; their log lines are discarded."""
    with ExitStack() as started:
        yield {name: started.enter_context(_run_one(name, database)) for name in names}


@contextmanager
def _run_one(name: str, database: Prepared) -> Iterator[Server]:
    port = find_free_port()
    environment = {
        **os.environ,
        "ANNALS_DATABASE_URL": database.url,
        DATABASE_URL: database.url,
    }
    command = [sys.executable, "-m", "benchmarks.servers", name, str(port)]
    with (
        Path(os.devnull).open("w") as nowhere,
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=nowhere) as process,
    ):
        try:
            _wait_for(port, process)
            yield Server(name, port, process.pid)
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    uvicorn.run(APPLICATIONS[sys.argv[1]], port=int(sys.argv[2]), **AS_SERVED)
