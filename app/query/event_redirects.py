"""Merged events, read through: what is recorded of one belongs to the event that stands for it.

Who was merged into whom is looked up first and apart, at the moment of the question: so that a
question is put to the same indexes whether or not anything was ever merged.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from uuid import UUID

from sqlalchemy import select

from app.db.database import Database
from app.db.sql.array_sql import any_of
from app.query.predicates import Predicate
from app.query.record_query import PlannedQuery
from app.query.table_view import select_merged_at
from app.query.visibility import VisibleStatement, build_visibility


async def include_merged_events(database: Database, question: PlannedQuery) -> PlannedQuery:
    """The question, asked of what was merged into the events that it names as well."""
    named = [id for each in question.predicates if each.of_events for id in _get_event_ids(each)]
    members = await _fetch_pairs(database, question, "winner_id", named)
    if not members:
        return question
    widened = [_widen_predicate(each, members) for each in question.predicates]
    return replace(question, predicates=widened)


def _get_event_ids(predicate: Predicate) -> list[UUID]:
    value = predicate.binds[predicate.name]
    return value if isinstance(value, list) else [value]


def _widen_predicate(predicate: Predicate, members: Sequence[tuple[UUID, UUID]]) -> Predicate:
    if predicate.of_events is None:
        return predicate
    ids = _get_event_ids(predicate)
    others = [event_id for event_id, winner in members if winner in ids]
    return predicate.of_events([*ids, *others])


async def fetch_winners(
    database: Database, question: PlannedQuery, ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """The events that stand for those of `ids` that were merged away, as the caller may see it."""
    return dict(await _fetch_pairs(database, question, "event_id", ids))


async def _fetch_pairs(
    database: Database, question: PlannedQuery, column: str, ids: Sequence[UUID]
) -> list[tuple[UUID, UUID]]:
    if not ids:
        return []
    statement = _build_pairs(column, question.as_of is not None)
    values = {"ids": list(ids), "at_position": question.as_of}
    rows = await statement.fetch(database, question.caller, values)
    return [(row[0], row[1]) for row in rows]


@cache
def _build_pairs(column: str, as_of: bool) -> VisibleStatement:
    merged = select_merged_at(as_of=as_of)
    named = any_of(merged.c[column], "ids")
    return VisibleStatement(
        lambda caller: select(merged.c.event_id, merged.c.winner_id).where(
            named, *build_visibility(merged, ("dataset",), caller)
        )
    )
