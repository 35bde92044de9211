"""The session of a command: its settings, and a database with a clock and a random source."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from app.errors import Misconfigured
from app.settings import Settings

if TYPE_CHECKING:
    from app.db.database import Database

Result = TypeVar("Result")

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="Where the records are, instead of ANNALS_DATABASE_URL.",
        show_default=False,
    ),
]


def read_settings(make: Callable[..., Settings] = Settings, **given: Any) -> Settings:
    """Return the settings, overridden by the options that are not None."""
    try:
        return make(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as wrong:
        faults = (f"ANNALS_{_name_setting(fault)}: {fault['msg']}" for fault in wrong.errors())
        raise Misconfigured("; ".join(faults)) from None


def make_database(settings: Settings) -> "Database":
    """Return the database that the settings name, not yet opened.

    It has this machine's clock and random source, and no deadlines.
    """
    from app.db.connect import connect
    from app.db.limits.deadlines import UNLIMITED
    from app.values.ids import IdMaker

    return connect(
        settings,
        clock=lambda: time.time_ns() // 1_000,
        ids=IdMaker(lambda: time.time_ns() // 1_000_000, secrets.randbits),
        deadlines=UNLIMITED,
    )


def run_with_records(settings: Settings, work: "Callable[[Database], Awaitable[Result]]") -> Result:
    """Run `work` on the opened database; raise Misconfigured if it is not migrated."""
    from app.db.migrations import check_schema

    check_schema(settings.database_url)

    async def run() -> Result:
        database = make_database(settings)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _name_setting(fault: Any) -> str:
    return ".".join(str(step) for step in fault["loc"]).upper()
