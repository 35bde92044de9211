"""The change feed: what has changed after a position, as far as it is settled.

A change written by a transaction that is still open could lie below one that can be seen
already; so readers stop before the oldest open transaction, and miss nothing.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, bindparam, select

from app.db.database import Database
from app.db.functions import any_of, settled_before
from app.db.statements import Statement
from app.models.changes import changes
from app.query.visibility import grants, visible
from app.values.callers import Caller


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record; `at` in microseconds since the epoch."""

    position: int
    operation: str
    kind: str
    id: UUID
    revision: int
    at: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes: of these kinds, by these operations, in these datasets, of these records."""

    kind: Sequence[str] | None = None
    operation: Sequence[str] | None = None
    dataset: Sequence[str] | None = None
    id: Sequence[UUID] | None = None

    def set(self) -> dict[str, list[Any]]:
        """The conditions that are set, by the column that they are about."""
        named = {"kind": self.kind, "operation": self.operation, "dataset": self.dataset}
        return {name: list(values) for name, values in {**named, "id": self.id}.items() if values}


async def read_changes(
    database: Database, caller: Caller, wanted: Wanted, *, after: int, limit: int
) -> list[Change]:
    """The settled changes after a position, in order."""
    conditions = wanted.set()
    shape = (tuple(conditions), caller.sees_all)
    statement = _STATEMENTS.get(shape)
    if statement is None:
        statement = _STATEMENTS[shape] = _statement(tuple(conditions), caller)
    values = {**conditions, **grants(caller), "after": after, "limit": limit}
    return [Change(*row) for row in await database.fetch(statement, values)]


def _statement(names: tuple[str, ...], caller: Caller) -> Statement:
    columns = (
        changes.c[name] for name in ("position", "operation", "kind", "id", "revision", "at")
    )
    return Statement(
        select(*columns)
        .where(
            changes.c.position > bindparam("after", type_=BigInteger, required=True),
            changes.c.position < settled_before(),
            *(any_of(changes.c[name], name) for name in names),
            *visible(changes, ("dataset", "to_dataset"), caller),
        )
        .order_by(changes.c.position)
        .limit(bindparam("limit", type_=Integer, required=True))
    )


_STATEMENTS: dict[Hashable, Statement] = {}
