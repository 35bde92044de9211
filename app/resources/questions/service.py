"""Saved queries: adding, changing and deleting them, and finding those that are visible."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)

from app.db.transaction import Transaction
from app.errors import Conflict, ScopeMissing
from app.models.datasets import datasets
from app.models.questions import questions
from app.values.caller import Caller

PRIVATE, PUBLIC = "private", "public"


PrivateDatasets = frozenset[str]
"""The slugs of the datasets that were private when public records were determined."""


@dataclass(frozen=True, slots=True)
class SavedQueryDraft:
    """A query to save; `position` is a settled one."""

    title: str
    asked: Mapping[str, Any]
    position: int
    events: int
    sha256: str
    visibility: str


def add_saved_query(write: Transaction, caller: Caller, saving: SavedQueryDraft) -> UUID:
    """Store a query of the caller and return its id."""
    id = write.make_id()
    row = {
        "id": id,
        "position": saving.position,
        "created_at": write.at,
        "events": saving.events,
        "sha256": saving.sha256,
        "title": saving.title,
        "asked": dict(saving.asked),
        "owner": caller.key_id,
        "visibility": saving.visibility,
        "revision": 1,
    }
    write.connection.execute(insert(questions), row)
    return id


def find_private_datasets(connection: Connection) -> PrivateDatasets:
    """Find the slugs of the private datasets."""
    return frozenset(connection.scalars(_PRIVATE))


def require_no_new_private(write: Transaction, private: PrivateDatasets) -> None:
    """Raise Conflict if a dataset became private since public records were determined.

    The rows are locked, so that a dataset that is becoming private is waited for: whichever
    transaction comes second knows of the other.
    """
    write.connection.execute(select(datasets.c.slug).with_for_update(read=True)).all()
    if find_private_datasets(write.connection) - private:
        raise Conflict("a dataset became private meanwhile; try again")


def require_owner(caller: Caller, row: Row[Any]) -> None:
    """Raise ScopeMissing unless the caller owns the saved query or is an admin."""
    if not caller.has_scope("admin") and row.owner != caller.key_id:
        raise ScopeMissing("the question belongs to another key; changing it needs the scope admin")


def change_saved_query(write: Transaction, row: Row[Any], **values: Any) -> None:
    """Write the next revision after this row; raise Conflict if there is one already."""
    this = questions.c.id == row.id, questions.c.revision == row.revision
    changed = update(questions).where(*this).values(revision=row.revision + 1, **values)
    if write.connection.execute(changed).rowcount == 0:
        raise Conflict("the question was changed by another writer; try again")


def delete_saved_query(write: Transaction, row: Row[Any]) -> None:
    """Mark a saved query deleted; its citation stays, since it may be in print."""
    change_saved_query(write, row, deleted_at=write.at)


def find_saved_query(connection: Connection, caller: Caller, id: UUID) -> Row[Any] | None:
    """Find a saved query, deleted or not, if the caller may see it."""
    found = select(questions).where(questions.c.id == id, _build_visibility(caller))
    return connection.execute(found).one_or_none()


def list_saved_queries(
    connection: Connection, caller: Caller, limit: int, after: tuple[int, UUID] | None
) -> list[Row[Any]]:
    """Load saved queries, the newest first, after (created_at, id) of the last one seen."""
    key = tuple_(questions.c.created_at, questions.c.id)
    found = _filter_listed(select(questions), caller)
    found = found.order_by(questions.c.created_at.desc(), questions.c.id.desc())
    if after is not None:
        found = found.where(key < tuple_(*after))
    return list(connection.execute(found.limit(limit)))


def count_saved_queries(connection: Connection, caller: Caller) -> int:
    """Count the saved queries that the caller may see."""
    counted = _filter_listed(select(func.count()).select_from(questions), caller)
    return connection.scalar(counted) or 0


def find_undecided(connection: Connection) -> Row[Any] | None:
    """Find the oldest saved query whose visibility is not decided."""
    undecided = select(questions).where(questions.c.visibility.is_(None))
    oldest = undecided.order_by(questions.c.created_at, questions.c.id)
    return connection.execute(oldest.limit(1)).one_or_none()


def _filter_listed(found: Select[Any], caller: Caller) -> Select[Any]:
    return found.where(questions.c.deleted_at.is_(None), _build_visibility(caller))


def _build_visibility(caller: Caller) -> ColumnElement[bool]:
    """Build the condition that leaves out others' queries unless they are public."""
    if caller.has_scope("admin"):
        return true()
    public = questions.c.visibility == PUBLIC
    return public if caller.key_id is None else or_(public, questions.c.owner == caller.key_id)


_PRIVATE = select(datasets.c.slug).where(datasets.c.is_private == 1)
