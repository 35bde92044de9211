"""The worker that runs the jobs of `record/links/propagation.py`, in every server."""

from sqlalchemy import select

from app.db.database import Database
from app.db.statements import Statement
from app.maintenance.worker_loop import WorkerLoop
from app.models.jobs import rerenderings
from app.record.links.propagation import RUNNING, run_next_batch

PAUSE_SECONDS = 0.01
"""The pause between two batches, in which other writers get their turn."""


class PropagationWorker(WorkerLoop):
    """A worker that runs one batch after the other; stopping it loses nothing."""

    def __init__(self, database: Database) -> None:
        super().__init__("rerendering", self.step, PAUSE_SECONDS)
        self._database = database

    async def step(self) -> bool:
        """Run one batch, if there is a job; return whether there was one."""
        rows = await self._database.fetch(_OLDEST_OPEN_JOB, {})
        if not rows:
            return False
        ((requested_by,),) = rows
        return await self._database.write(run_next_batch, by=requested_by, is_batch=True)


_OLDEST_OPEN_JOB = Statement(
    select(rerenderings.c.requested_by)
    .where(rerenderings.c.status == RUNNING)
    .order_by(rerenderings.c.created_at, rerenderings.c.id)
    .limit(1)
)
