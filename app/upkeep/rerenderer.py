"""The one who does the jobs of `record/rerendering.py`, in every server, batch by batch."""

import asyncio

import structlog
from sqlalchemy import select

from app.db.database import Database
from app.db.statements import Statement
from app.errors import AnnalsError
from app.models.jobs import rerenderings
from app.record.rerendering import RUNNING, advance

LOOK_SECONDS = 1.0
PAUSE_SECONDS = 0.01
"""Between two batches, so that other writers come in between."""

PATIENCE_SECONDS = 30.0
"""After an error that nobody expected."""


class Rerenderer:
    """Looks for jobs and goes on with them until it is stopped; a stop loses nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.rerendering")

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop after the batch that is being written."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def step(self) -> bool:
        """Do one batch, if there is a job; whether there was."""
        rows = await self._database.fetch(_OPEN, {})
        if not rows:
            return False
        ((requested_by,),) = rows
        return await self._database.write(advance, by=requested_by, is_batch=True)

    async def _work(self) -> None:
        while True:
            pause = await self._pause()
            await asyncio.sleep(pause)

    async def _pause(self) -> float:
        try:
            return PAUSE_SECONDS if await self.step() else LOOK_SECONDS
        except AnnalsError as error:
            self._log.warning("rendering anew waits", detail=error.detail)
            return LOOK_SECONDS
        except Exception as error:
            self._log.error("rendering anew failed", exc_info=error)
            return PATIENCE_SECONDS


_OPEN = Statement(
    select(rerenderings.c.requested_by)
    .where(rerenderings.c.status == RUNNING)
    .order_by(rerenderings.c.created_at, rerenderings.c.id)
    .limit(1)
)
