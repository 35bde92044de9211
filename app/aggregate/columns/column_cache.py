"""Keeps the columns of one process: opens them, brings them up to date, has them made anew."""

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
"""More than that at once, and the files are made anew."""

LONGEST_TAIL = 20_000
SHARE_OF_TAIL = 0.1
"""A tail that is longer than both is reason to make the files anew."""

PAUSE_SECONDS = 1.0
"""Between two looks at what has changed, and"""

BUILD_PAUSE_SECONDS = 60.0
"""between two makings of the files."""

DIGEST_BYTES = 8


@dataclass
class Tail:
    """The events that have changed since the files were made, as they are now."""

    rows: dict[UUID, Row] = field(default_factory=dict)

    def take(self, ids: Sequence[UUID], rows: Sequence[Row]) -> EventColumns:
        """Take in what has become of these events; those without a row are gone."""
        for event_id in ids:
            self.rows.pop(event_id, None)
        self.rows.update((row[0], row) for row in rows)
        return make_event_columns(list(self.rows.values()))


class ColumnCache:
    """The columns of one process; `start` and `stop` with the application."""

    def __init__(self, database: Database, settings: Settings, seal: TokenSealer) -> None:
        self._database = database
        self._settings = settings
        # Named after the database's own secret: another database has another, also at this URL.
        name = blake2b(b"columns", key=seal.secret[:64], digest_size=DIGEST_BYTES).hexdigest()
        self.folder = settings.spool_dir.absolute() / "columns" / name
        self.columns: ColumnSnapshot | None = None
        self._tail = Tail()
        self._opened = -1
        self._wanted = asyncio.Event()
        self._built_at = -BUILD_PAUSE_SECONDS
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to keep the columns, in the background."""
        self._wanted.set()
        self._task = asyncio.create_task(self._keep_up_to_date())

    async def stop(self) -> None:
        """End that."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def request_refresh(self) -> None:
        """Have the columns brought up to date in the background."""
        self._wanted.set()

    async def refresh(self) -> None:
        """Bring the columns up to date now; files are made if there are none, or old ones."""
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
                # Without columns, or with old ones, answers are slower and just as right.
                _log.warning("columns were not brought up to date", exc_info=error)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _load_files(self) -> None:
        """Take newer files than those that were taken last, if there are any.

        Those of a state that the database never had, since it was restored, are removed.
        """
        found = await asyncio.to_thread(load_columns, self.folder, self._opened)
        if found is None:
            return
        epoch, position, block = found
        ((now, settled),) = await self._database.fetch(EPOCH_AND_SETTLED, {})
        if epoch != now or position > settled:
            await asyncio.to_thread(remove_columns, self.folder, position)
            return
        self._opened = position
        self.columns, self._tail = ColumnSnapshot(epoch, position, (block,)), Tail()

    async def _build(self) -> None:
        """Have newer files made by a process of its own, unless that was tried just now."""
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
            await process.communicate(order.written())
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        await self._load_files()

    async def _has_events(self, least: int) -> bool:
        ((found,),) = await self._database.fetch(_COUNT_UP_TO, {"least": least})
        return bool(found >= least)

    async def _advance(self, columns: ColumnSnapshot) -> None:
        """Take into the tail what has changed since the columns' position."""
        async with self._database.snapshot() as reads:
            ((_, settled),) = await reads.fetch(EPOCH_AND_SETTLED, {})
            standing = await load_freshness(reads, OPERATOR, columns.position, MOST_TAKEN)
            if standing.epoch != columns.epoch or standing.is_cut:
                self.columns = None
                return
            ids = list(standing.changed)
            rows = await reads.fetch(ROWS_BY_ID, {"ids": ids}) if ids else []
        if not ids:
            return
        base, *_ = columns.blocks
        tail = await asyncio.to_thread(self._tail.take, ids, rows)
        base = await asyncio.to_thread(base.without, ids)
        self.columns = ColumnSnapshot(columns.epoch, settled, (base, tail))

    def _is_tail_long(self, columns: ColumnSnapshot) -> bool:
        base, *_ = columns.blocks
        return len(self._tail.rows) > max(LONGEST_TAIL, SHARE_OF_TAIL * len(base))


_COUNT_UP_TO = Statement(
    select(func.count()).select_from(
        select(events.c.order_key)
        .limit(bindparam("least", type_=Integer, required=True))
        .subquery()
    )
)
