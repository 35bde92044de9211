"""The columns that one process keeps: loaded from files, brought up to date, rebuilt."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID

import structlog
from sqlalchemy import Integer, bindparam, func, select

from app.aggregate.columns.build_columns import BuildOrder
from app.aggregate.columns.column_selection import (
    ROWS_BY_ID,
    ColumnSnapshot,
)
from app.aggregate.columns.column_store import load_columns, remove_columns
from app.aggregate.columns.event_columns import EventColumns, make_event_columns
from app.aggregate.columns.freshness import EPOCH_AND_SETTLED, load_freshness
from app.db.database import Database
from app.db.statements import Row, Statement
from app.models.events import events
from app.query.opaque_tokens import TokenSealer
from app.settings import Settings
from app.values.caller import OPERATOR

_log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.columns")

MOST_TAKEN = 50_000
"""Above this number of changes at once the files are rebuilt."""

LONGEST_TAIL = 20_000
SHARE_OF_TAIL = 0.1
"""A tail that is longer than both has the files rebuilt."""

PAUSE_SECONDS = 1.0
"""The pause between two looks at the changes."""

BUILD_PAUSE_SECONDS = 60.0
"""The pause between two builds of the files."""

DIGEST_BYTES = 8


@dataclass
class Tail:
    """The events that changed since the files were built, as they are now."""

    rows: dict[UUID, Row] = field(default_factory=dict)

    def update(self, ids: Sequence[UUID], rows: Sequence[Row]) -> EventColumns:
        """Replace these events by their rows; those without a row are gone."""
        for event_id in ids:
            self.rows.pop(event_id, None)
        self.rows.update((row[0], row) for row in rows)
        return make_event_columns(list(self.rows.values()))


class ColumnCache:
    """The columns of one process; `start` and `stop` with the application."""

    def __init__(self, database: Database, settings: Settings, seal: TokenSealer) -> None:
        self._database = database
        self._settings = settings
        # The secret names the folder: another database has another one, even at the same URL.
        name = blake2b(b"columns", key=seal.secret[:64], digest_size=DIGEST_BYTES).hexdigest()
        self.folder = settings.spool_dir.absolute() / "columns" / name
        self.columns: ColumnSnapshot | None = None
        self._tail = Tail()
        self._opened = -1
        self._wanted = asyncio.Event()
        self._built_at = -BUILD_PAUSE_SECONDS
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to keep the columns in the background."""
        self._wanted.set()
        self._task = asyncio.create_task(self._keep_up_to_date())

    async def stop(self) -> None:
        """Stop keeping the columns."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def request_refresh(self) -> None:
        """Ask for the columns to be brought up to date in the background."""
        self._wanted.set()

    async def refresh(self) -> None:
        """Update the columns now; build files if there are none, or only old ones."""
        if self.columns is None:
            await self._load_files()
        if self.columns is None:
            await self._build()
        if self.columns is not None:
            await self._advance(self.columns)
        if self.columns is None or self._is_tail_long(self.columns):
            await self._build()

    async def _keep_up_to_date(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.refresh()
            except Exception as error:
                # Without columns, or with old ones, results are slower and just as right.
                _log.warning("columns were not brought up to date", exc_info=error)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _load_files(self) -> None:
        """Load the files if they are newer than those loaded before.

        Remove files of a state that the database never had because it was restored.
        """
        found = await asyncio.to_thread(load_columns, self.folder, self._opened)
        if found is None:
            return
        epoch, position, part = found
        ((now, settled),) = await self._database.fetch(EPOCH_AND_SETTLED, {})
        if epoch != now or position > settled:
            await asyncio.to_thread(remove_columns, self.folder, position)
            return
        self._opened = position
        self.columns, self._tail = ColumnSnapshot(epoch, position, (part,)), Tail()

    async def _build(self) -> None:
        """Build newer files in another process, unless that was tried just now."""
        now = asyncio.get_running_loop().time()
        least = self._settings.columns_from
        if now - self._built_at < BUILD_PAUSE_SECONDS or not await self._has_events(least):
            return
        self._built_at = now
        order = BuildOrder(
            self._settings.database_url,
            self._settings.read_database_url,
            str(self.folder),
            self._opened,
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app.aggregate.columns.build_columns",
            stdin=asyncio.subprocess.PIPE,
        )
        try:
            await process.communicate(order.encode())
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        await self._load_files()

    async def _has_events(self, least: int) -> bool:
        ((found,),) = await self._database.fetch(_COUNT_UP_TO, {"least": least})
        return bool(found >= least)

    async def _advance(self, columns: ColumnSnapshot) -> None:
        """Add the changes since the columns' position to the tail."""
        async with self._database.snapshot() as reads:
            ((_, settled),) = await reads.fetch(EPOCH_AND_SETTLED, {})
            freshness = await load_freshness(reads, OPERATOR, columns.position, MOST_TAKEN)
            if freshness.epoch != columns.epoch or freshness.is_cut:
                self.columns = None
                return
            ids = list(freshness.changed)
            rows = await reads.fetch(ROWS_BY_ID, {"ids": ids}) if ids else []
        if not ids:
            return
        base, *_ = columns.parts
        tail = await asyncio.to_thread(self._tail.update, ids, rows)
        base = await asyncio.to_thread(base.mark_replaced, ids)
        self.columns = ColumnSnapshot(columns.epoch, settled, (base, tail))

    def _is_tail_long(self, columns: ColumnSnapshot) -> bool:
        base, *_ = columns.parts
        return len(self._tail.rows) > max(LONGEST_TAIL, SHARE_OF_TAIL * len(base))


_COUNT_UP_TO = Statement(
    select(func.count()).select_from(
        select(events.c.order_key)
        .limit(bindparam("least", type_=Integer, required=True))
        .subquery()
    )
)
