"""The command `annals`, in this process and in processes of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import pytest

from app.cli.main import main
from app.db.connect import connect
from app.settings import Settings
from tests.api.desk import all_settled
from tests.source import ROOT


@dataclass(frozen=True)
class Ended:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


class Annals(Protocol):
    """Runs one command: `annals("export type=summit")`."""

    def __call__(self, line: str, *more: str) -> Ended:
        """Run a command line, and return its end; `more` are arguments that contain spaces."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Annals:
    """The command, wherever the settings say that its database is."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(line: str, *more: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["annals", *line.split(), *more])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def annals(run: Annals, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Annals:
    """The command on an empty database of each kind."""
    monkeypatch.setenv("ANNALS_DATABASE_URL", empty_database_url)
    return run


@pytest.fixture
def loaded(annals: Annals, empty_database_url: str) -> Annals:
    """The command on a database with the demo dataset, all of it settled."""
    assert annals("migrate").code == 0
    assert annals("demo").code == 0
    asyncio.run(settle(empty_database_url))
    return annals


async def settle(url: str) -> None:
    """Wait until all that was written is settled."""
    database = connect(Settings(database_url=url))
    await database.open()
    await all_settled(database)
    await database.close()


@contextmanager
def started(url: str, *arguments: str, count: int = 2) -> Iterator[list[subprocess.Popen[str]]]:
    """Start the same command `count` times at once, each in a process of its own."""
    settings = {**os.environ, "ANNALS_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.cli", *arguments]
    processes = [
        subprocess.Popen(
            command,
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for _ in range(count)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            # Its group with it: worker processes would live on, and hold the pipes open.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
