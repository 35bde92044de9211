"""The revisions of one event: who changed what, and the whole event as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Integer, bindparam, select, union_all

from app.db.database import Database
from app.db.statements import Statement
from app.db.types import RecordId
from app.history.differences import differences
from app.models.changes import changes
from app.models.events import event_documents, past_event_documents
from app.query.visibility import grants, visible
from app.values.callers import ANONYMOUS, OPERATOR, Caller


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision; `document` is None where the record was deleted by it."""

    revision: int
    operation: str
    at: int
    by: str | None
    document: str | None


async def read_revisions(
    database: Database, caller: Caller, event_id: UUID, *, below: int, limit: int
) -> list[Revision]:
    """The revisions below a number, the newest first; none for an event that is not visible."""
    values = {"id": event_id, "below": below, "limit": limit, **grants(caller)}
    steps = await database.fetch(_STEPS[caller.sees_all], values)
    if not steps:
        return []
    lowest, highest = steps[-1][0], steps[0][0]
    bounds = {"id": event_id, "lowest": lowest, "highest": highest}
    pairs = await database.fetch(_DOCUMENTS, bounds)
    documents: Mapping[int, str] = {pair[0]: pair[1] for pair in pairs}
    return [
        Revision(revision, operation, at, by, documents.get(revision))
        for revision, operation, at, by in steps
    ]


def changes_between(before: Revision | None, after: Revision) -> list[dict[str, Any]]:
    """What a revision changed; nothing for one that made, deleted or restored the record."""
    if before is None or before.document is None or after.document is None:
        return []
    return differences(orjson.loads(before.document), orjson.loads(after.document))


def _steps(caller: Caller) -> Statement:
    return Statement(
        select(changes.c.revision, changes.c.operation, changes.c.at, changes.c.by)
        .where(
            changes.c.event_id == _ID,
            changes.c.id == _ID,
            changes.c.revision < bindparam("below", type_=Integer, required=True),
            *visible(changes, ("dataset",), caller),
        )
        .order_by(changes.c.revision.desc())
        .limit(bindparam("limit", type_=Integer, required=True))
    )


_ID = bindparam("id", type_=RecordId, required=True)
_STEPS: Sequence[Statement] = (_steps(ANONYMOUS), _steps(OPERATOR))


def _documents() -> Statement:
    lowest = bindparam("lowest", type_=Integer, required=True)
    highest = bindparam("highest", type_=Integer, required=True)
    parts = [
        select(table.c.revision, table.c.document).where(
            table.c.id == _ID, table.c.revision.between(lowest, highest)
        )
        for table in (event_documents, past_event_documents)
    ]
    return Statement(union_all(*parts))


_DOCUMENTS = _documents()
