"""The worker that decides which saved questions may be public, in every server."""

from app.db.database import Database
from app.db.transaction import Transaction
from app.errors import AnnalsError, Unavailable
from app.maintenance.worker_loop import WorkerLoop
from app.resources.questions.publication import is_public
from app.resources.questions.service import (
    PRIVATE,
    PUBLIC,
    change_saved_query,
    find_private_datasets,
    find_undecided,
    require_no_new_private,
)


class PublicationWorker(WorkerLoop):
    """A worker that decides one question after the other; stopping it loses at most one."""

    def __init__(self, database: Database) -> None:
        super().__init__("questions", self.step)
        self._database = database

    async def step(self) -> bool:
        """Decide the oldest undecided question, if any; return whether there was one."""
        row = await self._database.read(find_undecided)
        if row is None:
            return False
        private = await self._database.read(find_private_datasets)
        visibility = PRIVATE
        try:
            visibility = PUBLIC if await is_public(self._database, row) else PRIVATE
        except Unavailable:
            raise
        except AnnalsError as error:
            # A question that can no longer be answered stays visible to administrators.
            self.log.warning("a question stays private", id=str(row.id), detail=error.detail)

        def decide(write: Transaction) -> None:
            if visibility == PUBLIC:
                require_no_new_private(write, private)
            change_saved_query(write, row, visibility=visibility)

        await self._database.write(decide, is_batch=True)
        return True
