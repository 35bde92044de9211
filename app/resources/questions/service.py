"""Saving questions, changing and deleting them, and finding those that a caller may see."""

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
"""The slugs of the datasets that were private when it was found out what everybody sees."""


@dataclass(frozen=True, slots=True)
class SavedQueryDraft:
    """What is to be saved; `position` is a settled one."""

    title: str
    asked: Mapping[str, Any]
    position: int
    events: int
    sha256: str
    visibility: str


def add_saved_query(write: Transaction, caller: Caller, saving: SavedQueryDraft) -> UUID:
    """Store a question of the caller's and return its id."""
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
    """The datasets that not everybody sees."""
    return frozenset(connection.scalars(_PRIVATE))


def require_no_new_private(write: Transaction, private: PrivateDatasets) -> None:
    """Publish nothing if a dataset has become private since it was found out what everybody sees.

    A dataset that is becoming private is waited for: whichever comes second knows of the other.
    """
    write.connection.execute(select(datasets.c.slug).with_for_update(read=True)).all()
    if find_private_datasets(write.connection) - private:
        raise Conflict("a dataset has become private meanwhile; try again")


def require_owner(caller: Caller, row: Row[Any]) -> None:
    """Refuse to change a question that the caller sees and that is another's."""
    if not caller.has_scope("admin") and row.owner != caller.key_id:
        raise ScopeMissing("the question is of another key: to change it needs the scope admin")


def change_saved_query(write: Transaction, row: Row[Any], **values: Any) -> None:
    """Give a question that was read as this row its next revision; Conflict if it has one."""
    this = questions.c.id == row.id, questions.c.revision == row.revision
    changed = update(questions).where(*this).values(revision=row.revision + 1, **values)
    if write.connection.execute(changed).rowcount == 0:
        raise Conflict("the question was changed by another writer; try again")


def delete_saved_query(write: Transaction, row: Row[Any]) -> None:
    """Take a question away; how it was cited stays, since it may be in print."""
    change_saved_query(write, row, deleted_at=write.at)


def find_saved_query(connection: Connection, caller: Caller, id: UUID) -> Row[Any] | None:
    """The stored question, deleted or not, if the caller may see it."""
    found = select(questions).where(questions.c.id == id, _build_visibility(caller))
    return connection.execute(found).one_or_none()


def list_saved_queries(
    connection: Connection, caller: Caller, limit: int, after: tuple[int, UUID] | None
) -> list[Row[Any]]:
    """Questions, the newest first, behind (created_at, id) of the last one seen."""
    key = tuple_(questions.c.created_at, questions.c.id)
    found = _filter_listed(select(questions), caller)
    found = found.order_by(questions.c.created_at.desc(), questions.c.id.desc())
    if after is not None:
        found = found.where(key < tuple_(*after))
    return list(connection.execute(found.limit(limit)))


def count_saved_queries(connection: Connection, caller: Caller) -> int:
    """How many of them the caller may see."""
    counted = _filter_listed(select(func.count()).select_from(questions), caller)
    return connection.scalar(counted) or 0


def find_undecided(connection: Connection) -> Row[Any] | None:
    """The oldest question of which it is still to be found out whether it may be public."""
    undecided = select(questions).where(questions.c.visibility.is_(None))
    oldest = undecided.order_by(questions.c.created_at, questions.c.id)
    return connection.execute(oldest.limit(1)).one_or_none()


def _filter_listed(found: Select[Any], caller: Caller) -> Select[Any]:
    return found.where(questions.c.deleted_at.is_(None), _build_visibility(caller))


def _build_visibility(caller: Caller) -> ColumnElement[bool]:
    """What leaves out the questions of others that are private or not decided."""
    if caller.has_scope("admin"):
        return true()
    public = questions.c.visibility == PUBLIC
    return public if caller.key_id is None else or_(public, questions.c.owner == caller.key_id)


_PRIVATE = select(datasets.c.slug).where(datasets.c.is_private == 1)
