"""`annals serve`: answer HTTP."""

import logging
import secrets
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from app.cli.session import DatabaseUrl, read_settings, run_with_records
from app.settings import Settings, apply_overrides

if TYPE_CHECKING:
    from app.web.connections import LimitedConfig

GRACE_SECONDS = 25
"""Seconds that requests under way have to end when the server is stopped."""

WORKER_PATIENCE_SECONDS = 30
"""Seconds that a worker process may be silent, on a busy machine, before it is replaced."""


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port to listen on.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="The number of processes that answer.")] = 1,
    database_url: DatabaseUrl = None,
) -> None:
    """Answer HTTP until stopped.

    The database must be migrated. The first start creates an admin key and prints it once, unless
    ANNALS_ADMIN_KEY sets it.
    """
    from app.web.connections import ConnectionLimits, LimitedConfig

    settings = read_settings(apply_overrides, host=host, port=port, database_url=database_url)
    show_first_key(settings)
    run(
        LimitedConfig(
            "app.main:create_served_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=workers,
            loop="uvloop",
            limits=ConnectionLimits.of(settings),
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            # Our own settings name the trusted proxies (web/middleware/authentication.py).
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_worker_healthcheck=WORKER_PATIENCE_SECONDS,
            log_config=make_log_config(settings.log_format),
        )
    )


def run(config: "LimitedConfig") -> None:
    """Answer in this process, or in worker processes under a supervisor."""
    from uvicorn.config import STARTUP_FAILURE

    from app.cli.supervisor import Supervisor
    from app.web.connections import LimitedServer

    if config.workers > 1:
        Supervisor(config, [config.bind_socket()]).run()
        return
    server = LimitedServer(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def show_first_key(settings: Settings) -> None:
    """Create the first admin key if there never was one, and print it."""
    from app.auth.key_tokens import RANDOM_BYTES
    from app.auth.keys import create_first_admin_key
    from app.db.database import Database

    random = secrets.token_bytes(RANDOM_BYTES)

    async def work(database: Database) -> str | None:
        return await database.write(
            lambda write: create_first_admin_key(write, settings.admin_key, random)
        )

    token = run_with_records(settings, work)
    if token is not None:
        print(f"The first admin key, shown this once: {token}", flush=True)


def make_log_config(log_format: str) -> dict[str, Any]:
    """Return the configuration by which the server logs like Annals, to standard error."""
    plain = {"format": "%(levelname)-8s %(message)s"}
    formatter = {"()": "app.cli.serve.JsonLineFormatter"} if log_format == "json" else plain
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"uvicorn": {"level": "INFO"}},
    }


class JsonLineFormatter(logging.Formatter):
    """A formatter of JSON lines with the fields that structlog's lines have."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        line = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": self.formatTime(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the time of the record in UTC."""
        from app.values.timestamps import format_timestamp

        del datefmt
        return format_timestamp(int(record.created * 1_000_000))
