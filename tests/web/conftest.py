"""Clients that speak HTTP to the sample application, in this process."""

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import pytest
import structlog
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from tests.web.sample import make_app


class Ask(Protocol):
    """Sends one request: `await ask("GET /v1/events", Accept="text/csv")`."""

    async def __call__(
        self, line: str, content: bytes | str | None = None, **headers: str
    ) -> Response:
        """Return the answer; underscores in header names become hyphens."""


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> Iterator[None]:
    """Write log lines quickly; structlog's own default draws tracebacks for seconds."""
    # All of it: another test's application may have set up its own way before.
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()],
        wrapper_class=structlog.BoundLogger,
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The sample application with all its routes."""
    return make_app()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client of the sample application that sees its 500s as answers."""
    async with connect(app) as client:
        yield client


@pytest.fixture
def ask(client: AsyncClient) -> Ask:
    """Ask the sample application in one line."""
    return asking(client)


def connect(app: FastAPI) -> AsyncClient:
    """Return a client of an application."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://annals.test")


def asking(client: AsyncClient) -> Ask:
    """Return the short way to ask through a client."""

    async def ask(line: str, content: bytes | str | None = None, **headers: str) -> Response:
        method, target = line.split(" ", 1)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.request(method, target, content=content, headers=named)

    return ask
