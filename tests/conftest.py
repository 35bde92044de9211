"""Fixtures of all tests: the databases, and the report at the end on the PostgreSQL used."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import (
    NoPostgres,
    PostgresServer,
    obtain_server,
    read_state,
    stop_server,
)

SHARED = "ANNALS_TEST_SHARED"
"""The variable in the environment for the folder that all workers of a session share."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the shared folder before the workers start; they inherit its name."""
    if not is_worker(config):
        # A busy machine may take longer than a second to connect, which is no fault to be found.
        os.environ.setdefault("ANNALS_CONNECT_SECONDS", "20")
        os.environ[SHARED] = tempfile.mkdtemp(prefix="annals-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if a test asked for one, once the workers are gone."""
    if not is_worker(config) and SHARED in os.environ:
        stop_server(Path(os.environ.pop(SHARED)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report which PostgreSQL the tests ran on, or why they ran without one."""
    state = read_state(Path(os.environ[SHARED]))
    if state is None:
        return
    terminalreporter.section("PostgreSQL")
    missing = state.get("missing")
    terminalreporter.line(f"SKIPPED: {missing}" if missing else f"ran on {state['source']}")


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process is one of pytest-xdist's workers."""
    return hasattr(config, "workerinput")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Coroutine tests run on asyncio, like the server."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The session's PostgreSQL server; without one the test is skipped."""
    try:
        return obtain_server(Path(os.environ[SHARED]))
    except NoPostgres as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database that only this worker's tests use."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'annals.db'}"


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: the test runs once on each kind."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    url: str = request.getfixturevalue(f"empty_{kind}_url")
    return url
