"""The revisions of one record: the author of each change, and the document that it made."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Integer, Select, bindparam, func, select, union_all

from app.db.database import Database
from app.db.statements import Statement
from app.db.types import RecordId
from app.history.diff import list_differences
from app.models.changes import changes
from app.query.resource_type import ResourceType
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller
from app.values.ids import make_slug_id

RecordKey = UUID | str
"""The id of a record, or its slug."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision; the document of a revision that deleted the record is null."""

    revision: int
    operation: str
    at: int
    by: str | None
    document: str | None


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of one record, as far as the caller may see them."""

    database: Database
    caller: Caller
    resource_type: ResourceType
    key: RecordKey

    async def fetch_revisions(self, *, below: int, limit: int) -> list[Revision]:
        """Return the revisions below a number, latest first; none of a hidden record."""
        steps = await self._fetch(_STEPS, below=below, limit=limit)
        found: list[Revision] = []
        if steps:
            bounds = {"lowest": steps[-1][0], "highest": steps[0][0]}
            pairs = await self.database.fetch(
                _make_documents_statement(self.resource_type), {"key": self.key, **bounds}
            )
            documents: Mapping[int, str] = {pair[0]: pair[1] for pair in pairs}
            found = [
                Revision(revision, operation, at, by, documents.get(revision))
                for revision, operation, at, by in steps
            ]
        first = await self._fetch_first() if len(found) < limit else None
        if first is not None and first.revision < below:
            found.append(first)
        return found

    async def count_revisions(self) -> int:
        """Return the number of revisions."""
        ((count,),) = await self._fetch(_COUNT)
        return int(count) + (await self._fetch_first() is not None)

    async def _fetch_first(self) -> Revision | None:
        """Return the state of a record with a slug from before its past was kept, if any."""
        if isinstance(self.key, UUID):
            return None
        statement = _make_initial_statement(self.resource_type)
        rows = await statement.fetch(self.database, self.caller, {"key": self.key})
        for revision, at, document in rows:
            return Revision(revision, "created" if revision == 1 else "updated", at, None, document)
        return None

    async def _fetch(self, statement: VisibleStatement, **values: int) -> list[tuple[Any, ...]]:
        key = self.key
        id = key if isinstance(key, UUID) else make_slug_id(self.resource_type.name, key)
        return await statement.fetch(self.database, self.caller, {"id": id, **values})


def list_changes_between(before: Revision | None, after: Revision) -> list[dict[str, Any]]:
    """Return the changes of a revision; none if it created, deleted or restored the record."""
    if before is None or before.document is None or after.document is None:
        return []
    return list_differences(orjson.loads(before.document), orjson.loads(after.document))


def _make_visible_conditions(caller: Caller) -> list[Any]:
    """Return the conditions for changes of the record bound as `id` that the caller may see."""
    id = bindparam("id", type_=RecordId, required=True)
    seen = build_visibility(changes, ("dataset", "to_dataset"), caller)
    return [changes.c.event_id == id, changes.c.id == id, *seen]


def _select_steps(caller: Caller) -> Select[Any]:
    below = changes.c.revision < bindparam("below", type_=Integer, required=True)
    columns = (changes.c[name] for name in ("revision", "operation", "at", "by"))
    return (
        select(*columns)
        .where(*_make_visible_conditions(caller), below)
        .order_by(changes.c.revision.desc())
        .limit(bindparam("limit", type_=Integer, required=True))
    )


def _count_changes(caller: Caller) -> Select[Any]:
    return select(func.count()).select_from(changes).where(*_make_visible_conditions(caller))


_STEPS = VisibleStatement(_select_steps)
_COUNT = VisibleStatement(_count_changes)


@cache
def _make_documents_statement(resource_type: ResourceType) -> Statement:
    lowest = bindparam("lowest", type_=Integer, required=True)
    highest = bindparam("highest", type_=Integer, required=True)
    return Statement(
        union_all(
            *(
                select(table.c.revision, table.c.document).where(
                    _match_key(resource_type, table), table.c.revision.between(lowest, highest)
                )
                for table in (resource_type.documents, resource_type.past_of_documents)
            )
        )
    )


@cache
def _make_initial_statement(resource_type: ResourceType) -> VisibleStatement:
    return VisibleStatement(
        lambda caller: union_all(
            *(
                select(table.c.revision, table.c.updated_at, table.c.document).where(
                    _match_key(resource_type, table),
                    table.c.from_position == 0,
                    *build_visibility(table, resource_type.visible_by, caller),
                )
                for table in (resource_type.documents, resource_type.past_of_documents)
            )
        )
    )


def _match_key(resource_type: ResourceType, table: Any) -> Any:
    column = table.c[resource_type.key]
    return column == bindparam("key", type_=column.type, required=True)
