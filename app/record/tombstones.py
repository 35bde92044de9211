"""Tombstones of purged records: all that is left of one is its `purged` change in the feed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, literal, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.db.types import RecordId
from app.models.changes import changes
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller

PURGED = "purged"


def find_purged(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Return the purged records; no record is created under their ids again."""
    if not ids:
        return set()
    return {purged for (purged,) in fetch(connection, _AMONG, {"ids": list(ids)})}


def find_purged_claims(connection: Connection, event_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Return the purged claims of each event that has any."""
    found: dict[UUID, set[UUID]] = {}
    if event_ids:
        for event_id, claim_id in fetch(connection, _CLAIMS, {"ids": list(event_ids)}):
            found.setdefault(event_id, set()).add(claim_id)
    return found


def is_purged(connection: Connection, caller: Caller, id: UUID) -> bool:
    """Return whether the record was purged, as far as the caller may know."""
    return bool(_PURGED.fetch_within(connection, caller, {"id": id}))


def _select_purged(caller: Caller) -> Select[Any]:
    this = changes.c.id == bindparam("id", type_=RecordId, required=True)
    seen = build_visibility(changes, ("dataset", "to_dataset"), caller)
    told = select(literal(1).label("purged")).select_from(changes)
    return told.where(this, changes.c.operation == PURGED, *seen).limit(1)


_PURGED = VisibleStatement(_select_purged)
_IS_PURGED = changes.c.operation == PURGED
_AMONG = Statement(select(changes.c.id).where(any_of(changes.c.id, "ids"), _IS_PURGED))
_CLAIMS = Statement(
    select(changes.c.event_id, changes.c.id).where(
        any_of(changes.c.event_id, "ids"), _IS_PURGED, changes.c.kind == "claim"
    )
)
