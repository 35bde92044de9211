"""Merged events, read through: what is recorded of one belongs to the event that stands for it.

Who was merged into whom is looked up first and apart, at the moment of the question: so that a
question is put to the same indexes whether or not anything was ever merged.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.db.statements import Statement
from app.query.predicates import Predicate
from app.query.record_query import Question
from app.query.table_view import merged_at
from app.query.visibility import grants, visible
from app.values.caller import ANONYMOUS, OPERATOR, Caller


async def through_merges(database: Database, question: Question) -> Question:
    """The question, asked of what was merged into the events that it names as well."""
    named = [id for each in question.predicates if each.of_events for id in _events_of(each)]
    members = await _pairs(database, question, "winner_id", named)
    if not members:
        return question
    widened = [_widened(each, members) for each in question.predicates]
    return replace(question, predicates=widened)


def _events_of(predicate: Predicate) -> list[UUID]:
    value = predicate.binds[predicate.name]
    return value if isinstance(value, list) else [value]


def _widened(predicate: Predicate, members: Sequence[tuple[UUID, UUID]]) -> Predicate:
    if predicate.of_events is None:
        return predicate
    ids = _events_of(predicate)
    others = [event_id for event_id, winner in members if winner in ids]
    return predicate.of_events([*ids, *others])


async def winners_at(
    database: Database, question: Question, ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """The events that stand for those of `ids` that were merged away, as the caller may see it."""
    return dict(await _pairs(database, question, "event_id", ids))


async def _pairs(
    database: Database, question: Question, column: str, ids: Sequence[UUID]
) -> list[tuple[UUID, UUID]]:
    if not ids:
        return []
    key = (column, question.as_of is not None, question.caller.sees_all)
    if key not in _PAIRS:
        _PAIRS[key] = _statement(*key)
    values = {"ids": list(ids), "at_position": question.as_of, **grants(question.caller)}
    return [(row[0], row[1]) for row in await database.fetch(_PAIRS[key], values)]


def _statement(column: str, as_of: bool, sees_all: bool) -> Statement:
    caller: Caller = OPERATOR if sees_all else ANONYMOUS
    merged = merged_at(as_of=as_of)
    seen = visible(merged, ("dataset",), caller)
    named = any_of(merged.c[column], "ids")
    return Statement(select(merged.c.event_id, merged.c.winner_id).where(named, *seen))


_PAIRS: dict[tuple[str, bool, bool], Statement] = {}
