"""Multi-valued dimensions: the rows of an event that hold its actors, tags, codes and sources.

They are looked up event by event in the tables themselves, by the index that begins with the event.
A union of tables has no index: SQLite would scan it for each event where it estimates few rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    not_,
    null,
    select,
    true,
    union,
    union_all,
)

from app.db.sql.array_sql import without_index
from app.models.claims import claims
from app.models.events import event_terms, participants
from app.models.merges import merged_events
from app.query.record_query import PlannedQuery
from app.query.table_view import RowCondition, is_made_by_known_day, list_tables_at

ChooseColumns = Callable[[FromClause], list[ColumnElement[Any]]]
Lookup = Callable[[ColumnElement[Any]], Select[Any]]
"""A select of the rows of one table that belong to the event with this key."""

Lookups = Callable[[PlannedQuery], list[Lookup]]
"""The lookups of all such rows at the query's position: of present and of past rows."""


def never_repeats(query: PlannedQuery) -> bool:
    """Return False: no value comes twice, whatever the query is."""
    del query
    return False


@dataclass(frozen=True)
class ChildValues:
    """The rows with the values; `repeats` says whether lookups of a query give a value twice."""

    lookups: Lookups
    repeats: Callable[[PlannedQuery], bool] = never_repeats

    def join_values(self, query: PlannedQuery, events: FromClause, name: str) -> FromClause:
        """Select the events once for each value, in the column `name`; null if they have no value.

        `events` has the column `key`.
        """
        lookups = self.lookups(query)
        found = [_join(lookup(events.c.key), events, name) for lookup in lookups]
        none = [not_(lookup(events.c.key).correlate(events).exists()) for lookup in lookups]
        rest = select(null().label(name), *events.c).where(*none)
        combine = union if self.repeats(query) else union_all
        return combine(*found, rest).cte(f"with_{name}")


def _join(rows: Select[Any], events: FromClause, name: str) -> Select[Any]:
    (value,) = rows.selected_columns
    return rows.with_only_columns(value.label(name), *events.c, maintain_column_froms=True)


def build_lookups(table: Table, columns: ChooseColumns, holds: RowCondition) -> Lookups:
    """Build lookups of these columns in the rows for which `holds` is true."""

    def of(query: PlannedQuery) -> list[Lookup]:
        return [
            _build_lookup(version, select(*columns(version)).where(holds(version), *conditions))
            for version, conditions in list_tables_at(table, as_of=query.as_of is not None)
        ]

    return of


def _build_lookup(table: FromClause, rows: Select[Any]) -> Lookup:
    return lambda key: rows.where(table.c.event_id == key)


def _build_term_lookups(kind: str) -> Lookups:
    # Not by the index on kind and term, in which SQLite estimates few rows as well.
    return build_lookups(
        event_terms,
        lambda table: [table.c.term],
        lambda table: without_index(table.c.kind) == kind,
    )


def _build_source_lookups(query: PlannedQuery) -> list[Lookup]:
    """Build the lookups of sources; with `known_by`, only of the claims made by then."""
    if query.known_day is None:
        return _build_term_lookups("source")(query)
    return [lookup for name in ("source", "origin") for lookup in _build_claim_lookups(query, name)]


def _build_claim_lookups(query: PlannedQuery, name: str) -> list[Lookup]:
    """Build the lookups in the claims of the event and of events that were merged into it."""
    direct = build_lookups(
        claims,
        lambda table: [table.c[name]],
        lambda table: is_made_by_known_day(table) & table.c[name].is_not(None),
    )(query)
    of_merged_events = [
        _follow_merge(merged, conditions, lookup)
        for merged, conditions in list_tables_at(merged_events, as_of=query.as_of is not None)
        for lookup in direct
    ]
    return [*direct, *of_merged_events]


def _follow_merge(
    merged: FromClause, conditions: list[ColumnElement[bool]], direct: Lookup
) -> Lookup:
    return lambda key: direct(merged.c.event_id).where(merged.c.winner_id == key, *conditions)


def accept_every_row(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that holds for every row."""
    del table
    return true()


ACTORS = ChildValues(build_lookups(participants, lambda table: [table.c.actor], accept_every_row))
TAGS = ChildValues(_build_term_lookups("tag"))
CODES = ChildValues(_build_term_lookups("code"))
SOURCES = ChildValues(_build_source_lookups, repeats=lambda query: query.known_day is not None)
