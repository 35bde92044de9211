"""`annals serve`: its answers, its end, and one admin key from two that start at once."""

import json
import logging
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from threading import Thread

import pytest

from app.cli.serve import JsonLineFormatter
from app.db.migrations import migrate
from tests.cli.conftest import started
from tests.waiting import block_until

FIRST_KEY = re.compile(r"The first admin key, shown this once: (annals_first_\w{43})\n")
ADDRESS = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
PATIENCE = 60.0
"""Seconds, on a busy machine."""


def address_of(process: subprocess.Popen[str]) -> str:
    """Wait until the server listens, and return its address; discard its later output."""
    assert process.stderr is not None
    for line in process.stderr:
        found = ADDRESS.search(line)
        if found:
            Thread(target=process.stderr.read, daemon=True).start()
            return found[1]
    raise AssertionError("the server ended before it listened")


def get(url: str, key: str) -> tuple[int, object]:
    """Ask until a worker listens: the address is known before the worker processes start."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})

    def ask() -> tuple[int, object] | None:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            return None

    return block_until(ask)


def stop(process: subprocess.Popen[str]) -> str:
    """Stop a server as a service manager does; return what it wrote to standard output."""
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    assert process.stdout is not None
    return process.stdout.read()


def test_two_that_start_at_once_make_one_key(empty_database_url: str) -> None:
    migrate(empty_database_url)
    with started(empty_database_url, "serve", "--port", "0") as servers:
        addresses = {address_of(server) for server in servers}
        said = [stop(server) for server in servers]
    assert len(addresses) == 2
    assert len(FIRST_KEY.findall("".join(said))) == 1
    assert "" in said


@pytest.mark.parametrize("workers", [1, 2])
def test_it_answers_with_the_key_that_it_printed(empty_database_url: str, workers: int) -> None:
    migrate(empty_database_url)
    arguments = ("--port", "0", "--workers", str(workers))
    with started(empty_database_url, "serve", *arguments, count=1) as (server,):
        address = address_of(server)
        assert server.stdout is not None
        (key,) = FIRST_KEY.findall(server.stdout.readline())
        status, listed = get(f"{address}/v1/keys", key)
        assert (status, len(listed["items"])) == (200, 1)  # type: ignore[index]
        assert stop(server) == ""


def workers_of(process: subprocess.Popen[str]) -> set[int]:
    """Return the worker processes of a server: those of its children that answer."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    command = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    return {pid for pid, line in command.items() if b"spawn_main" in line}


def test_a_worker_that_ends_is_replaced_and_one_that_hangs_holds_nobody_up(
    empty_sqlite_url: str,
) -> None:
    migrate(empty_sqlite_url)
    with started(empty_sqlite_url, "serve", "--port", "0", "--workers", "2", count=1) as (server,):
        address = address_of(server)
        assert server.stdout is not None
        (key,) = FIRST_KEY.findall(server.stdout.readline())
        get(f"{address}/v1/keys", key)
        first, second = sorted(workers_of(server))
        os.kill(second, signal.SIGSTOP)
        try:
            # The supervisor asks the one that says nothing, and still sees to the other.
            os.kill(first, signal.SIGKILL)
            block_until(lambda: len(workers_of(server) - {first, second}) == 1)
            server.send_signal(signal.SIGTERM)
            block_until(lambda: workers_of(server) == {second})
        finally:
            os.kill(second, signal.SIGCONT)
        assert stop(server) == ""


def test_the_servers_own_lines_are_json_too() -> None:
    record = logging.LogRecord("uvicorn.error", logging.INFO, "", 1, "on %s", ("http://x",), None)
    record.created = 1_718_000_000.5
    assert json.loads(JsonLineFormatter().format(record)) == {
        "event": "on http://x",
        "logger": "uvicorn.error",
        "level": "info",
        "timestamp": "2024-06-10T06:13:20.500000Z",
    }
