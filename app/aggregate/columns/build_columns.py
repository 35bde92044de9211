"""Building of the columns of all events, in a process of its own.

Standard input holds a `BuildOrder` as JSON. It is a process because reading a million rows would
keep the other requests of a server waiting for seconds.
"""

import asyncio
import fcntl
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from app.aggregate.columns.column_store import load_columns, save_columns
from app.aggregate.columns.event_columns import ROWS, ColumnBuilder
from app.aggregate.columns.freshness import EPOCH_AND_SETTLED
from app.db.connect import connect
from app.db.database import Database
from app.db.statements import Statement
from app.settings import Settings

BATCH = 5_000
NICE = 10


@dataclass(frozen=True)
class BuildOrder:
    """The database to read and the folder to write, unless files are `newer_than` that position."""

    database_url: str
    read_database_url: str | None
    folder: str
    newer_than: int

    def encode(self) -> bytes:
        """Encode the order as the process reads it."""
        return orjson.dumps(asdict(self))


async def build_columns(database: Database, folder: Path) -> None:
    """Read all events and save their columns.

    The position is read first: changes made meanwhile may or may not be in the columns, and are
    looked up again when events are counted.
    """
    ((epoch, settled),) = await database.fetch(EPOCH_AND_SETTLED, {})
    builder = ColumnBuilder()
    async with database.stream(Statement(ROWS), {}, BATCH) as batches:
        async for rows in batches:
            builder.add(rows)
    save_columns(folder, epoch, settled, builder.build())


async def _run(order: BuildOrder) -> None:
    folder = Path(order.folder)
    with _lock_folder(folder) as is_alone:
        if not is_alone or load_columns(folder, order.newer_than) is not None:
            return
        settings = Settings(
            database_url=order.database_url, read_database_url=order.read_database_url
        )
        database = connect(settings)
        await database.open()
        try:
            await build_columns(database, folder)
        finally:
            await database.close()


@contextmanager
def _lock_folder(folder: Path) -> Iterator[bool]:
    """Lock the folder, and yield whether no other process builds in it.

    The lock ends with this process, however that ends.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


if __name__ == "__main__":
    os.nice(NICE)
    # The rows have no reference cycles, and searching for some would take half of the time.
    gc.disable()
    asyncio.run(_run(BuildOrder(**orjson.loads(sys.stdin.buffer.read()))))
