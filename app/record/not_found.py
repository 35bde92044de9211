"""Records that are not found: hidden, merged into another, deleted, purged or never there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    cast,
    exists,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from app.db.database import Reads
from app.db.sql.array_sql import any_of
from app.db.statements import AnySelect, Row, Statement, fetch
from app.db.types import RecordId
from app.errors import Gone, NotFound
from app.models.changes import changes
from app.query.redirects import MERGEABLE_TABLES, select_redirects
from app.query.table_view import select_merged_at
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller
from app.values.ids import make_slug_id

PURGED = "purged"
"""The operation of a purge; this change in the feed, a tombstone, is all that remains."""


@dataclass(frozen=True, slots=True)
class Absence:
    """The reason why a record cannot be had, as far as the caller may know it.

    `merged_into` is the record that replaces it. If nothing is set, there is no such record.
    """

    merged_into: UUID | str | None = None
    is_deleted: bool = False
    is_purged: bool = False

    def make_error(self, kind: str, key: UUID | str) -> NotFound | Gone:
        """Make the error for a record that was not merged."""
        purged = self.is_purged and not self.is_deleted
        return make_missing_error(kind, key, deleted=self.is_deleted, purged=purged)


@dataclass(frozen=True)
class RecordTable:
    """The present or past documents of one kind of record, by their key."""

    kind: str
    past: Table | None
    key: str = "id"
    visible_by: tuple[str, ...] = ("dataset",)


async def fetch_absence(
    reads: Reads, caller: Caller, table: RecordTable, key: UUID | str, as_of: int | None = None
) -> Absence:
    """Fetch why a record cannot be read, now or at a position."""
    statement = _make_absence_statement(table, as_of is not None)
    if statement is None:
        return Absence()
    return _parse_absence(await statement.fetch(reads, caller, _bind_key(table, key, as_of)))


def find_absence(
    connection: Connection, caller: Caller, table: RecordTable, key: UUID | str
) -> Absence:
    """Find why a record cannot be changed."""
    statement = _make_absence_statement(table, False)
    assert statement is not None, "the present has deleted records"
    return _parse_absence(statement.fetch_within(connection, caller, _bind_key(table, key, None)))


def make_missing_error(
    kind: str, key: UUID | str, *, deleted: bool, purged: bool = False
) -> NotFound | Gone:
    """Make the error for a record that cannot be had, by its id or slug."""
    named = f"{kind} {format_key(key)}"
    if purged:
        return Gone(f"the {named} was purged: it was removed for good, with its history")
    if deleted:
        return Gone(f"the {named} was deleted; its history can still be read")
    return NotFound(f"there is no {named}")


def format_key(key: UUID | str) -> str:
    """Return an id, or a slug in quotation marks, as a sentence names it."""
    return repr(key[:100]) if isinstance(key, str) else str(key)


def _bind_key(table: RecordTable, key: UUID | str, as_of: int | None) -> dict[str, Any]:
    id = key if isinstance(key, UUID) else make_slug_id(table.kind, key)
    return {"key": key, "slugs": [key], "record_id": id, "at_position": as_of}


def _parse_absence(rows: Sequence[Row]) -> Absence:
    reasons = {row[0]: row[1] for row in rows}
    return Absence(reasons.get("merged"), "deleted" in reasons, "purged" in reasons)


@cache
def _make_absence_statement(table: RecordTable, as_of: bool) -> VisibleStatement | None:
    """Make the statement whose rows are each a reason and the record merged into, if any."""
    has_reasons = not as_of or table.kind == "event" or table.kind in MERGEABLE_TABLES
    return (
        VisibleStatement(lambda caller: _select_reasons(table, as_of, caller))
        if has_reasons
        else None
    )


def _select_reasons(table: RecordTable, as_of: bool, caller: Caller) -> AnySelect:
    parts: list[Select[Any]] = []
    other: ColumnElement[Any] = null()
    if table.kind == "event":
        merged = select_merged_at(as_of=as_of)
        seen = build_visibility(merged, ("dataset",), caller)
        this = merged.c.event_id == _bind("key", merged.c.event_id)
        parts.append(select(_label("merged"), merged.c.winner_id.label("other")).where(this, *seen))
        other = cast(null(), RecordId)
    elif table.kind in MERGEABLE_TABLES:
        redirects = select_redirects(table.kind, caller, as_of=as_of).subquery()
        is_other = redirects.c.into != redirects.c.slug
        parts.append(select(_label("merged"), redirects.c.into.label("other")).where(is_other))
    if not as_of:
        parts += [
            select(_label(reason), other.label("other")).where(exists().where(*conditions))
            for reason, conditions in _list_ends(table, caller).items()
        ]
    return union_all(*parts)


def _list_ends(table: RecordTable, caller: Caller) -> dict[str, list[ColumnElement[bool]]]:
    """Return what is true of rows that say that the record was deleted, and was purged."""
    purged = [
        changes.c.id == _bind("record_id", changes.c.id),
        changes.c.operation == PURGED,
        *build_visibility(changes, ("dataset", "to_dataset"), caller),
    ]
    if table.past is None:
        return {"purged": purged}
    column = table.past.c[table.key]
    deleted = [
        column == _bind("key", column),
        *build_visibility(table.past, table.visible_by, caller),
    ]
    return {"deleted": deleted, "purged": purged}


def _label(reason: str) -> ColumnElement[str]:
    return literal_column(f"'{reason}'").label("reason")


def _bind(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return bindparam(name, type_=column.type, required=True)


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
    found = select(literal(1).label("purged")).select_from(changes)
    return found.where(this, changes.c.operation == PURGED, *seen).limit(1)


_PURGED = VisibleStatement(_select_purged)
_IS_PURGED = changes.c.operation == PURGED
_AMONG = Statement(select(changes.c.id).where(any_of(changes.c.id, "ids"), _IS_PURGED))
_CLAIMS = Statement(
    select(changes.c.event_id, changes.c.id).where(
        any_of(changes.c.event_id, "ids"), _IS_PURGED, changes.c.kind == "claim"
    )
)
