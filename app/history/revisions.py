"""The revisions of one record: who changed what, and the whole record as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Integer, bindparam, func, select, union_all

from app.db.database import Database
from app.db.statements import Statement
from app.db.types import RecordId
from app.history.diff import list_differences
from app.models.changes import changes
from app.query.resource_type import ResourceType
from app.query.visibility import bind_grants, build_visibility
from app.values.caller import ANONYMOUS, OPERATOR, Caller
from app.values.ids import make_slug_id

RecordKey = UUID | str
"""The id of a record, or its slug."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision; `document` is None where the record was deleted by it."""

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
    noun: ResourceType
    key: RecordKey

    async def revisions(self, *, below: int, limit: int) -> list[Revision]:
        """Those below a number, the newest first; none for a record that is not visible."""
        steps = await self._fetch(
            _make_steps_statement(self.caller.sees_all), below=below, limit=limit
        )
        found: list[Revision] = []
        if steps:
            bounds = {"lowest": steps[-1][0], "highest": steps[0][0]}
            pairs = await self.database.fetch(
                _make_documents_statement(self.noun), {"key": self.key, **bounds}
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

    async def count(self) -> int:
        """How many there are."""
        ((count,),) = await self._fetch(_make_count_statement(self.caller.sees_all))
        return int(count) + (await self._fetch_first() is not None)

    async def _fetch_first(self) -> Revision | None:
        """The state in which a record with a slug was when the past began to be kept, if it was."""
        if isinstance(self.key, UUID):
            return None
        values = {"key": self.key, **bind_grants(self.caller)}
        rows = await self.database.fetch(
            _make_initial_statement(self.noun, self.caller.sees_all), values
        )
        for revision, at, document in rows:
            return Revision(revision, "created" if revision == 1 else "updated", at, None, document)
        return None

    async def _fetch(self, statement: Statement, **values: int) -> list[tuple[Any, ...]]:
        key = self.key
        id = key if isinstance(key, UUID) else make_slug_id(self.noun.name, key)
        return await self.database.fetch(
            statement, {"id": id, **values, **bind_grants(self.caller)}
        )


def list_changes_between(before: Revision | None, after: Revision) -> list[dict[str, Any]]:
    """What a revision changed; nothing for one that made, deleted or restored the record."""
    if before is None or before.document is None or after.document is None:
        return []
    return list_differences(orjson.loads(before.document), orjson.loads(after.document))


def _make_visible_conditions(sees_all: bool) -> list[Any]:
    """What is true of the changes of the record bound as `id` that the caller may see."""
    id = bindparam("id", type_=RecordId, required=True)
    seen = build_visibility(changes, ("dataset", "to_dataset"), OPERATOR if sees_all else ANONYMOUS)
    return [changes.c.event_id == id, changes.c.id == id, *seen]


@cache
def _make_steps_statement(sees_all: bool) -> Statement:
    below = changes.c.revision < bindparam("below", type_=Integer, required=True)
    columns = (changes.c[name] for name in ("revision", "operation", "at", "by"))
    return Statement(
        select(*columns)
        .where(*_make_visible_conditions(sees_all), below)
        .order_by(changes.c.revision.desc())
        .limit(bindparam("limit", type_=Integer, required=True))
    )


@cache
def _make_count_statement(sees_all: bool) -> Statement:
    return Statement(
        select(func.count()).select_from(changes).where(*_make_visible_conditions(sees_all))
    )


@cache
def _make_documents_statement(noun: ResourceType) -> Statement:
    lowest = bindparam("lowest", type_=Integer, required=True)
    highest = bindparam("highest", type_=Integer, required=True)
    return Statement(
        union_all(
            *(
                select(table.c.revision, table.c.document).where(
                    _match_key(noun, table), table.c.revision.between(lowest, highest)
                )
                for table in (noun.documents, noun.past_of_documents)
            )
        )
    )


@cache
def _make_initial_statement(noun: ResourceType, sees_all: bool) -> Statement:
    caller = OPERATOR if sees_all else ANONYMOUS
    return Statement(
        union_all(
            *(
                select(table.c.revision, table.c.updated_at, table.c.document).where(
                    _match_key(noun, table),
                    table.c.from_position == 0,
                    *build_visibility(table, noun.visible_by, caller),
                )
                for table in (noun.documents, noun.past_of_documents)
            )
        )
    )


def _match_key(noun: ResourceType, table: Any) -> Any:
    column = table.c[noun.key]
    return column == bindparam("key", type_=column.type, required=True)
