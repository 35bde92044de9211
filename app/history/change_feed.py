"""The change feed: the settled changes after a position.

An open transaction may write a change below one that is visible already: readers stop before the
oldest open transaction, and so miss no change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, bindparam, select

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.db.sql.feed_sql import first_unsettled_position
from app.models.changes import changes
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller
from app.values.ids import list_slug_ids


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One change of one record, by its id or slug; `at` in microseconds since the epoch."""

    position: int
    operation: str
    kind: str
    revision: int
    at: int
    id: UUID | str


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """The changes of these kinds, by these operations, in these datasets, of these records.

    Records are named by ids or slugs; a slug names the record of every resource type with slugs.
    """

    kind: Sequence[str] | None = None
    operation: Sequence[str] | None = None
    dataset: Sequence[str] | None = None
    id: Sequence[UUID | str] | None = None

    def list_conditions(self) -> dict[str, list[Any]]:
        """Return the conditions that are set, by the column that they apply to."""
        named = {"kind": self.kind, "operation": self.operation, "dataset": self.dataset}
        ids = [id for name in self.id or () for id in _parse_ids(name)]
        return {name: list(values) for name, values in {**named, "id": ids}.items() if values}


async def read_changes(
    database: Database, caller: Caller, wanted: ChangeFilter, *, after: int, limit: int
) -> list[FeedEntry]:
    """Return the settled changes after a position, in order."""
    conditions = wanted.list_conditions()
    values = {**conditions, "after": after, "limit": limit}
    rows = await _make_statement(tuple(conditions)).fetch(database, caller, values)
    return [
        FeedEntry(position, operation, kind, revision, at, slug or id)
        for position, operation, kind, revision, at, id, slug in rows
    ]


def _parse_ids(name: UUID | str) -> list[UUID]:
    slugs = list_slug_ids(str(name))
    try:
        return [*slugs, UUID(str(name))]
    except ValueError:
        return slugs


@cache
def _make_statement(conditions: tuple[str, ...]) -> VisibleStatement:
    names = ("position", "operation", "kind", "revision", "at", "id", "slug")
    columns = [changes.c[name] for name in names]
    return VisibleStatement(
        lambda caller: (
            select(*columns)
            .where(
                changes.c.position > bindparam("after", type_=BigInteger, required=True),
                changes.c.position < first_unsettled_position(),
                *(any_of(changes.c[name], name) for name in conditions),
                *build_visibility(changes, ("dataset", "to_dataset"), caller),
            )
            .order_by(changes.c.position)
            .limit(bindparam("limit", type_=Integer, required=True))
        )
    )
