"""The one who finds out which saved questions may be public, in every server, one by one."""

import asyncio

import structlog

from app.db.database import Database
from app.db.writing import Write
from app.errors import AnnalsError, Unavailable
from app.resources.questions.deciding import is_public
from app.resources.questions.service import (
    PRIVATE,
    PUBLIC,
    change_question,
    find_private,
    find_undecided,
    require_still,
)

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 30.0
"""After an error that nobody expected."""


class QuestionSettler:
    """Decides question after question until it is stopped; a stop loses one decision at most."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("annals.questions")

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop, whatever is being asked."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def step(self) -> bool:
        """Decide the oldest question that is not decided, if there is one; whether there was."""
        row = await self._database.read(find_undecided)
        if row is None:
            return False
        private = await self._database.read(find_private)
        visibility = PRIVATE
        try:
            visibility = PUBLIC if await is_public(self._database, row) else PRIVATE
        except Unavailable:
            raise
        except AnnalsError as error:
            # What cannot be answered any more shows to admins, who can look at it.
            self._log.warning("a question stays private", id=str(row.id), detail=error.detail)

        def decide(write: Write) -> None:
            if visibility == PUBLIC:
                require_still(write, private)
            change_question(write, row, visibility=visibility)

        await self._database.write(decide, is_batch=True)
        return True

    async def _work(self) -> None:
        while True:
            pause = await self._pause()
            await asyncio.sleep(pause)

    async def _pause(self) -> float:
        try:
            return 0 if await self.step() else LOOK_SECONDS
        except AnnalsError as error:
            self._log.warning("questions wait to be decided", detail=error.detail)
            return LOOK_SECONDS
        except Exception as error:
            self._log.error("deciding a question failed", exc_info=error)
            return PATIENCE_SECONDS
