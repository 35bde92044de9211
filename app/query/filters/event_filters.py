"""The kinds of filter that look up an event's participants and terms."""

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
RANK_DYAD, RANK_ACTOR, RANK_TERM, RANK_WORDS = 1, 2, 3, 4


@dataclass(frozen=True)
class TakesPart:
    """One of the actors takes part, itself or acting for; `role` narrows how."""

    def field(self, name: str) -> FilterField:
        """All who take part or are acted for."""
        return FilterField(name, LIST, items=ChildItems(participants, "actor"))

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """One actor drives the question by the index of its events."""
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
    """Every one of the actors takes part; a dyad is two of them."""

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """The first actor is walked and the others looked up: the rarest had better be first."""
        mask = _compute_role_mask(query)
        names = [f"{name}_{number}" for number in range(len(value))]
        binds = {**dict(zip(names, value, strict=True)), **_bind_mask(mask)}

        def where(view: TableView) -> ColumnElement[bool]:
            held = [view.has_child(participants, _is_actor(each, mask)) for each in names]
            return and_(*held)

        def drive() -> Driver:
            first = participants.alias()
            held = [_is_actor(names[0], mask)(first)]
            # Not joins: SQLite looks these up for each row of the walk, before any other table.
            held += [_has_participant(first, _is_actor(each, mask)) for each in names[1:]]
            return Driver(first, and_(*held), first.c.event_id, first.c.order_key)

        everyone = AllOf(tuple(HasItem("actor", (actor,), mask) for actor in value))
        shape = (len(value), bool(mask))
        return Predicate(name, shape, binds, where, drive, RANK_DYAD, mask=everyone)


@dataclass(frozen=True)
class InRole:
    """Somebody takes part in one of the roles; beside named actors it narrows those instead."""

    def field(self, name: str) -> FilterField:
        """The roles of all who take part, as bits."""
        return FilterField(name, LIST, read=lambda view: view.column("roles"), words=ROLES)

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """Without a named actor the event's own bits of all roles are compared."""
        if any(getattr(query, each, None) for each in ("actor", "actor_all", "dyad")):
            return Predicate(name, "narrows", {}, lambda view: true(), mask=AllOf(()))
        mask = encode_roles(value)

        def where(view: TableView) -> ColumnElement[bool]:
            return view.column("roles").op("&")(_ROLE_MASK) != 0

        return Predicate(name, "alone", {"role_mask": mask}, where, mask=HasBits("roles", mask))


@dataclass(frozen=True)
class HasTerm:
    """The event has one of the terms of this kind: `tag`, `code` or `source`."""

    kind: str

    def field(self, name: str) -> FilterField:
        """All terms of this kind."""
        kind = self.kind
        return FilterField(
            name, LIST, items=ChildItems(event_terms, "term", lambda table: table.c.kind == kind)
        )

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """One term drives the question by the index of its events."""
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
    """The event has a claim of one of the sources, or one that repeats it.

    With `known_by` the claims made by then are all that there is.
    """

    kind: str = "source"

    def field(self, name: str) -> FilterField:
        """The sources of all claims, or of those made by then."""
        return FilterField(name, LIST, items=SourceItems())

    def lower(self, query: BaseModel, name: str, value: list[str]) -> Predicate:
        """The terms know no days; where days matter each event's claims are looked through."""
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
    # With an offset PostgreSQL asks it of each row that it walks; without one it makes it a join,
    # and sorts all events of both.
    return same_event.offset(0).correlate(first).exists()
