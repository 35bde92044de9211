"""Views of the tables: the present, or the past at a position.

`as_of` applies the same predicates to two views and joins the results: present rows that were valid
at that position already, and replaced rows that were valid then (docs/design.md, "The past"). Every
child row of a present event began no later than the event's own revision, so that the present view
needs no condition on its children; children of a replaced event can be in either.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
)

from app.db.sql.array_sql import without_index
from app.db.statements import AnySelect
from app.models.actors import actor_names, actors, past_actor_names, past_actors
from app.models.claims import claim_texts, claims, past_claim_texts, past_claims
from app.models.datasets import datasets, past_datasets
from app.models.events import (
    event_terms,
    event_texts,
    known_statuses,
    participants,
    past_event_terms,
    past_event_texts,
    past_known_statuses,
    past_participants,
)
from app.models.merges import merged_events, past_merged_events
from app.models.names import former_slugs, past_former_slugs
from app.models.sources import past_sources, sources
from app.query.resource_type import ResourceType

PAST_TABLES: Mapping[Table, Table] = {
    participants: past_participants,
    event_terms: past_event_terms,
    event_texts: past_event_texts,
    known_statuses: past_known_statuses,
    claims: past_claims,
    claim_texts: past_claim_texts,
    merged_events: past_merged_events,
    actors: past_actors,
    actor_names: past_actor_names,
    sources: past_sources,
    datasets: past_datasets,
    former_slugs: past_former_slugs,
}

RowCondition = Callable[[FromClause], ColumnElement[bool]]

AT_POSITION = bindparam("at_position", type_=BigInteger, required=True)
KNOWN_DAY = bindparam("known_day", type_=Integer, required=True)
AFTER_KNOWN_DAY = bindparam("after_known_day", type_=BigInteger, required=True)
"""The first order key of the next day."""


def is_made_by_known_day(claims: FromClause) -> ColumnElement[bool]:
    """Test whether a claim was made by the day of the query; an unknown day never counts."""
    return claims.c.made_day.between(1, KNOWN_DAY)


def is_valid_at_position(table: FromClause) -> ColumnElement[bool]:
    """Test whether a row of a past table was valid at the position of the query."""
    return and_(table.c.from_position <= AT_POSITION, table.c.until_position > AT_POSITION)


def list_tables_at(table: Table, *, as_of: bool) -> list[tuple[Table, list[ColumnElement[bool]]]]:
    """Return the tables of the rows of now, or of the position, each with its conditions."""
    if not as_of:
        return [(table, [])]
    past = PAST_TABLES[table]
    return [(table, [table.c.from_position <= AT_POSITION]), (past, [is_valid_at_position(past)])]


def unite_all(parts: Iterable[Select[Any]]) -> AnySelect:
    """Return selects as one, with the rows of all."""
    first, *others = parts
    return union_all(first, *others) if others else first


def select_rows_at(table: Table, names: Sequence[str], *, as_of: bool) -> FromClause:
    """Select columns of the rows of now, or of the position."""
    if not as_of:
        return table.alias()
    return unite_all(
        select(*(source.c[name] for name in names)).where(*stands)
        for source, stands in list_tables_at(table, as_of=True)
    ).subquery()


def select_merged_at(*, as_of: bool) -> FromClause:
    """Select merged events and their replacements, now or at the position."""
    return select_rows_at(merged_events, ("event_id", "winner_id", "dataset"), as_of=as_of)


class TableView:
    """The present rows, or with `past` the rows replaced since the position of the query.

    `walked` are the columns of the one index by which rows must be found, if any.
    """

    def __init__(
        self,
        resource_type: ResourceType,
        *,
        past: bool = False,
        as_of: bool = False,
        known: bool = False,
        walked: frozenset[str] | None = None,
    ) -> None:
        self.resource_type = resource_type
        self.is_past = past
        self.is_as_of = as_of
        self.walked = walked
        self.table: FromClause = resource_type.past_table if past else resource_type.table
        self.known: FromClause | None = self._build_known() if known else None

    def column(self, name: str) -> ColumnElement[Any]:
        """Return a column of the table, or the column that `known_by` derives."""
        if self.known is not None and name in _KNOWN_COLUMNS:
            return self._derive_known_column(name, self.known)
        column = self.table.c[name]
        return column if self.walked is None or name in self.walked else without_index(column)

    @property
    def key(self) -> ColumnElement[Any]:
        """The record's key."""
        return self.table.c[self.resource_type.key]

    def list_conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions of rows in this view."""
        found: list[ColumnElement[bool]] = []
        if self.is_past:
            found.append(is_valid_at_position(self.table))
        elif self.is_as_of:
            found.append(self.table.c.from_position <= AT_POSITION)
        if self.known is not None:
            found += [
                self.known.c.event_id == self.key,
                self.known.c.from_day <= KNOWN_DAY,
                self.known.c.until_day > KNOWN_DAY,
            ]
        return found

    def has_child(self, child: Table, condition: RowCondition) -> ColumnElement[bool]:
        """Test whether the event has a row in `child` that meets a condition."""
        present = child.alias()
        found = select(1).where(present.c.event_id == self.key, condition(present))
        if child is event_texts:
            found = found.where(present.c.rowid == self.column("order_key"))
        if not self.is_past:
            return found.correlate(self.table).exists()
        found = found.where(present.c.from_position <= AT_POSITION)
        return or_(found.correlate(self.table).exists(), self.had_child(child, condition))

    def had_child(self, child: Table, condition: RowCondition) -> ColumnElement[bool]:
        """Test whether the event had a row, since replaced, that meets a condition."""
        past = PAST_TABLES[child].alias()
        replaced = select(1).where(
            past.c.event_id == self.key, is_valid_at_position(past), condition(past)
        )
        return replaced.correlate(self.table).exists()

    def has_claim(self, condition: RowCondition) -> ColumnElement[bool]:
        """Test whether the event, or one merged into it, has a claim that meets a condition."""
        own = self.has_child(claims, condition)
        merged = select_merged_at(as_of=self.is_past)
        tables = [claims, past_claims] if self.is_past else [claims]
        others = [
            select(1).where(
                merged.c.winner_id == self.key,
                table.c.event_id == merged.c.event_id,
                condition(table),
                *_list_past_conditions(table, self.is_past),
            )
            for table in (aliased.alias() for aliased in tables)
        ]
        return or_(own, *(other.correlate(self.table).exists() for other in others))

    def select_value(self, child: Table, value: Callable[[FromClause], ColumnElement[Any]]) -> Any:
        """Select a value of the event's one row in `child`."""
        present = child.alias()
        found = select(value(present)).where(
            present.c.event_id == self.key, present.c.rowid == self.column("order_key")
        )
        if not self.is_past:
            return found.correlate(self.table).scalar_subquery()
        found = found.where(present.c.from_position <= AT_POSITION)
        past = PAST_TABLES[child].alias()
        replaced = select(value(past)).where(
            past.c.event_id == self.key, is_valid_at_position(past)
        )
        return func.coalesce(
            found.correlate(self.table).scalar_subquery(),
            replaced.correlate(self.table).scalar_subquery(),
        )

    def select_document(self) -> Any:
        """Select the stored document of the row."""
        documents = self.resource_type.documents_of(past=self.is_past)
        if documents is None:
            return self.table.c.document
        found = select(documents.c.document).where(documents.c[self.resource_type.key] == self.key)
        if self.is_past:
            found = found.where(is_valid_at_position(documents))
        return found.correlate(self.table).scalar_subquery()

    def _build_known(self) -> FromClause:
        if not self.is_as_of:
            return known_statuses.alias("known")
        present = select(known_statuses).where(known_statuses.c.from_position <= AT_POSITION)
        columns = [past_known_statuses.c[column.name] for column in known_statuses.columns]
        past = select(*columns).where(is_valid_at_position(past_known_statuses))
        return union_all(present, past).subquery("known")

    def _derive_known_column(self, name: str, known: FromClause) -> ColumnElement[Any]:
        if name != "lifecycle":
            return known.c[name]
        recorded = self.table.c.lifecycle
        return case(
            (recorded == "cancelled", recorded),
            (self.table.c.order_key >= AFTER_KNOWN_DAY, "planned"),
            else_=recorded,
        )


def _list_past_conditions(table: FromClause, is_past: bool) -> list[ColumnElement[bool]]:
    if not is_past:
        return []
    return (
        [is_valid_at_position(table)]
        if "until_position" in table.c
        else [table.c.from_position <= AT_POSITION]
    )


_KNOWN_COLUMNS = {"verification", "fatalities_best", "lifecycle"}
