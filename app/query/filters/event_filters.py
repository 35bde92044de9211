"""Filters on the participants and terms of events."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, bindparam, select, true

from app.db.sql.array_sql import any_of
from app.models.events import event_terms, participants
from app.query.column_conditions import AllOf, HasBits, HasItem, NoMask
from app.query.event_fields import SourceItems
from app.query.fields import LIST, ChildItems, FilterField
from app.query.predicates import Driver, Predicate
from app.query.table_view import RowCondition, TableView, is_made_by_known_day
from app.vocab.closed_lists import ROLES, encode_roles

_NO_DAYS = NoMask("columns do not say by which day a claim was made")
RANK_DYAD, RANK_ACTOR, RANK_TERM = 1, 2, 3


@dataclass(frozen=True)
class TakesPart:
    """A filter on one of the actors as participant or principal; `role` narrows it."""

    def field(self, name: str) -> FilterField:
        """Return all participants and principals as a field."""
        return FilterField(name, LIST, items=ChildItems(participants, "actor"))

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """Compare; a single actor drives the query by the index of its events."""
        mask = _compute_role_mask(query)
        binds = {name: value[0] if len(value) == 1 else value, **_bind_mask(mask)}
        shape = ("one" if len(value) == 1 else "many", bool(mask))

        def holds(table: FromClause) -> ColumnElement[bool]:
            named = (
                table.c.actor == bindparam(name, type_=table.c.actor.type, required=True)
                if len(value) == 1
                else any_of(table.c.actor, name)
            )
            return named & _has_role(table) if mask else named

        def drive() -> Driver:
            table = participants.alias()
            return Driver(table, holds(table), table.c.event_id, table.c.order_key)

        return Predicate(
            name,
            shape,
            binds,
            lambda view: view.has_child(participants, holds),
            drive if len(value) == 1 else None,
            RANK_ACTOR,
            mask=HasItem("actor", value, mask),
        )


@dataclass(frozen=True)
class AllTakePart:
    """A filter on all of the actors as participants; a dyad is two of them."""

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """Walk the events of the first actor, the rarest, and look up the others."""
        mask = _compute_role_mask(query)
        names = [f"{name}_{number}" for number in range(len(value))]
        binds = {**dict(zip(names, value, strict=True)), **_bind_mask(mask)}

        def where(view: TableView) -> ColumnElement[bool]:
            held = [view.has_child(participants, _is_actor(bind, mask)) for bind in names]
            return and_(*held)

        def drive() -> Driver:
            first = participants.alias()
            held = [_is_actor(names[0], mask)(first)]
            # Not joins: SQLite looks these up for each row of the walk, before any other table.
            held += [_has_participant(first, _is_actor(bind, mask)) for bind in names[1:]]
            return Driver(first, and_(*held), first.c.event_id, first.c.order_key)

        everyone = AllOf(tuple(HasItem("actor", (actor,), mask) for actor in value))
        shape = (len(value), bool(mask))
        return Predicate(name, shape, binds, where, drive, RANK_DYAD, mask=everyone)


@dataclass(frozen=True)
class InRole:
    """A filter on one of the roles; beside named actors it narrows their roles instead."""

    def field(self, name: str) -> FilterField:
        """Return the roles of all participants, as bits."""
        return FilterField(name, LIST, read=lambda view: view.column("roles"), words=ROLES)

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """Compare the event's bits of all roles, unless actors are named."""
        if any(getattr(query, parameter, None) for parameter in ("actor", "actor_all", "dyad")):
            return Predicate(name, "narrows", {}, lambda view: true(), mask=AllOf(()))
        mask = encode_roles(value)

        def where(view: TableView) -> ColumnElement[bool]:
            return view.column("roles").op("&")(_ROLE_MASK) != 0

        return Predicate(name, "alone", {"role_mask": mask}, where, mask=HasBits("roles", mask))


@dataclass(frozen=True)
class HasTerm:
    """A filter on one of the terms of a kind: `tag`, `code` or `source`."""

    kind: str

    def field(self, name: str) -> FilterField:
        """Return all terms of the kind as a field."""
        kind = self.kind
        return FilterField(
            name, LIST, items=ChildItems(event_terms, "term", lambda table: table.c.kind == kind)
        )

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """Compare; a single term drives the query by the index of its events."""
        del query
        single = len(value) == 1

        def holds(table: FromClause) -> ColumnElement[bool]:
            named = (
                table.c.term == bindparam(name, type_=table.c.term.type, required=True)
                if single
                else any_of(table.c.term, name)
            )
            return (table.c.kind == self.kind) & named

        def drive() -> Driver:
            table = event_terms.alias()
            return Driver(table, holds(table), table.c.event_id, table.c.order_key)

        return Predicate(
            name,
            "one" if single else "many",
            {name: value[0] if single else value},
            lambda view: view.has_child(event_terms, holds),
            drive if single else None,
            RANK_TERM,
            mask=HasItem(self.kind, value),
        )


@dataclass(frozen=True)
class HasSource(HasTerm):
    """A filter on claims of one of the sources, or claims that repeat it.

    With `known_by` only the claims made by that day count.
    """

    kind: str = "source"

    def field(self, name: str) -> FilterField:
        """Return the sources of all claims, or of those made by the day, as a field."""
        return FilterField(name, LIST, items=SourceItems())

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """Compare the terms, which have no days, or with `known_by` each event's claims."""
        if getattr(query, "known_by", None) is None:
            return super().lower(query, name, value)

        def made_by_then(table: FromClause) -> ColumnElement[bool]:
            named = any_of(table.c.source, name) | any_of(table.c.origin, name)
            return is_made_by_known_day(table) & named

        where = partial(TableView.has_claim, condition=made_by_then)
        return Predicate(name, "known", {name: value}, where, mask=_NO_DAYS)


def _compute_role_mask(query: BaseModel) -> int:
    roles: Sequence[str] | None = getattr(query, "role", None)
    return encode_roles(roles) if roles else 0


def _bind_mask(mask: int) -> dict[str, Any]:
    return {"role_mask": mask} if mask else {}


_ROLE_MASK = bindparam("role_mask", type_=BigInteger, required=True)


def _has_role(table: FromClause) -> ColumnElement[bool]:
    return table.c.roles.op("&")(_ROLE_MASK) != 0


def _is_actor(name: str, mask: int) -> Any:
    def holds(table: FromClause) -> ColumnElement[bool]:
        named = table.c.actor == bindparam(name, type_=table.c.actor.type, required=True)
        return named & _has_role(table) if mask else named

    return holds


def _has_participant(first: FromClause, condition: RowCondition) -> ColumnElement[bool]:
    other = participants.alias()
    same_event = select(1).where(other.c.event_id == first.c.event_id, condition(other))
    # With an offset PostgreSQL tests each row that it walks; without one it makes a join, and sorts
    # all events of both.
    return same_event.offset(0).correlate(first).exists()
