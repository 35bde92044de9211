"""Building of the columns of all events, in a process of its own.

Standard input says, as JSON, of which database and into which folder.
A process, since reading a million rows would keep the others of a server waiting for seconds.
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
    """What to build, unless there are files `newer_than` that position."""

    database_url: str
    read_database_url: str | None
    folder: str
    newer_than: int

    def written(self) -> bytes:
        """The order as the process reads it."""
        return orjson.dumps(asdict(self))


async def build_columns(database: Database, folder: Path) -> None:
    """Read all events and save their block.

    The position is read first: what changes meanwhile may or may not be in the block, and is
    looked up again by whoever counts.
    """
    ((epoch, settled),) = await database.fetch(EPOCH_AND_SETTLED, {})
    gathered = ColumnBuilder()
    async with database.stream(Statement(ROWS), {}, BATCH) as batches:
        async for rows in batches:
            gathered.add(rows)
    save_columns(folder, epoch, settled, gathered.block())


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
    """Whether no other process builds here; it ends with this one, however that ends."""
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
    # What is read has no cycles, and to look for some would take half of the time.
    gc.disable()
    asyncio.run(_run(BuildOrder(**orjson.loads(sys.stdin.buffer.read()))))
