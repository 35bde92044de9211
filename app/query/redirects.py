"""Redirects of merged records: slugs of actors and sources, ids of events, to what replaced them.

Merges of events are looked up first and apart, at the query's position, so that a query uses the
same indexes whether or not anything was ever merged.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, exists, select

from app.db.database import Reads
from app.db.sql.array_sql import any_of
from app.db.statements import AnySelect
from app.models.actors import actors
from app.models.names import former_slugs
from app.models.sources import sources
from app.query.predicates import Predicate
from app.query.record_query import RecordQuery
from app.query.table_view import (
    AT_POSITION,
    PAST_TABLES,
    list_tables_at,
    select_merged_at,
    unite_all,
)
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller

MERGEABLE_TABLES: Mapping[str, Table] = {"actor": actors, "source": sources}


def select_redirects(kind: str, caller: Caller, *, as_of: bool = False) -> AnySelect:
    """Select (slug, into) of redirects visible to the caller, of the slugs bound as `slugs`.

    At a position these are the redirects of then; a slug merged later may redirect to itself.
    """
    answering = [
        select(former.c.slug, former.c.into)
        .join(there, there.c.slug == former.c.into)
        .where(*stands, *is_there, *build_visibility(there, ("dataset",), caller))
        for former, stands in list_tables_at(former_slugs, as_of=as_of)
        for there, is_there in list_tables_at(MERGEABLE_TABLES[kind], as_of=as_of)
    ]
    parts = [*answering, _select_merged_later(MERGEABLE_TABLES[kind])] if as_of else answering
    return unite_all(_filter_by_type(part, kind, caller) for part in parts)


def _filter_by_type(found: Select[Any], kind: str, caller: Caller) -> Select[Any]:
    former = found.selected_columns[0].table
    named = any_of(former.c.slug, "slugs")
    return found.where(
        former.c.noun == kind, named, *build_visibility(former, ("dataset",), caller)
    )


def _select_merged_later(table: Table) -> Select[Any]:
    """Select records merged before merges had a past: until then they kept their slug."""
    past = PAST_TABLES[table]
    has_past = exists().where(past.c.slug == former_slugs.c.slug)
    return select(former_slugs.c.slug, former_slugs.c.slug.label("into")).where(
        former_slugs.c.from_position > AT_POSITION, ~has_past
    )


async def widen_to_merged(
    reads: Reads, query: RecordQuery, predicates: Sequence[Predicate]
) -> list[Predicate]:
    """Return the conditions with the events that were merged into the events that they name."""
    naming = [predicate for predicate in predicates if predicate.of_events]
    ids = [id for predicate in naming for id in _get_event_ids(predicate)]
    pairs = await _fetch_pairs(reads, query.caller, "winner_id", ids, query.as_of)
    if not pairs:
        return list(predicates)
    return [_widen_predicate(predicate, pairs) for predicate in predicates]


async def fetch_winners(
    reads: Reads, caller: Caller, ids: Sequence[UUID], at: int | None
) -> dict[UUID, UUID]:
    """Map the ids of merged events to their replacements visible to the caller."""
    return dict(await _fetch_pairs(reads, caller, "event_id", ids, at))


def _get_event_ids(predicate: Predicate) -> list[UUID]:
    value = predicate.binds[predicate.name]
    return value if isinstance(value, list) else [value]


def _widen_predicate(predicate: Predicate, pairs: Sequence[tuple[UUID, UUID]]) -> Predicate:
    if predicate.of_events is None:
        return predicate
    ids = _get_event_ids(predicate)
    others = [event_id for event_id, winner in pairs if winner in ids]
    return predicate.of_events([*ids, *others])


async def _fetch_pairs(
    reads: Reads, caller: Caller, column: str, ids: Sequence[UUID], at: int | None
) -> list[tuple[UUID, UUID]]:
    """Fetch (event, winner) of the merges whose `column` is one of the ids."""
    if not ids:
        return []
    values = {"ids": list(ids), "at_position": at}
    rows = await _build_pairs(column, at is not None).fetch(reads, caller, values)
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
