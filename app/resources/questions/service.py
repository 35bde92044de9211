"""Saving questions, and finding them again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, tuple_

from app.db.writing import Write
from app.models.questions import questions

Asked = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be saved; `position` is a settled one."""

    title: str
    asked: Mapping[str, Any]
    position: int
    events: int
    sha256: str


def save_question(write: Write, saving: Saving) -> UUID:
    """Store a question and return its id."""
    id = write.new_id()
    row = {
        "id": id,
        "position": saving.position,
        "created_at": write.at,
        "events": saving.events,
        "sha256": saving.sha256,
        "title": saving.title,
        "asked": dict(saving.asked),
    }
    write.connection.execute(insert(questions), row)
    return id


def find_question(connection: Connection, id: UUID) -> Row[Any] | None:
    """The stored question."""
    return connection.execute(select(questions).where(questions.c.id == id)).one_or_none()


def list_questions(
    connection: Connection, limit: int, after: tuple[int, UUID] | None
) -> list[Row[Any]]:
    """Questions, the newest first, behind (created_at, id) of the last one seen."""
    key = tuple_(questions.c.created_at, questions.c.id)
    found = select(questions).order_by(questions.c.created_at.desc(), questions.c.id.desc())
    if after is not None:
        found = found.where(key < tuple_(*after))
    return list(connection.execute(found.limit(limit)))


def count_questions(connection: Connection) -> int:
    """How many there are."""
    return connection.scalar(select(func.count()).select_from(questions)) or 0
