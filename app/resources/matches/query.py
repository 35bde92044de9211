"""Parameters of matches, and the queries that find candidates by the indexes."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import BigInteger, ColumnElement, FromClause, Integer, bindparam

from app.models.events import LONG_DAYS, participants
from app.query.column_conditions import NoMask
from app.query.filters.column_filters import Differs, Equals
from app.query.filters.place_filters import InCircle
from app.query.names.resolve_names import RefersTo
from app.query.params import QueryModel
from app.query.predicates import Driver, Predicate
from app.query.table_view import TableView
from app.values.geo_grid import Circle
from app.values.ids import compute_day_floor
from app.vocab.field_types import AT_LEAST_ONE, SPLIT_COMMAS, Slug

_NOT_COUNTED = NoMask("candidates are fetched, never counted")


class MatchQuery(QueryModel):
    """The parameters of matches: the distances allowed, and the datasets to search."""

    dataset: Annotated[
        Annotated[list[Slug], SPLIT_COMMAS, AT_LEAST_ONE] | None,
        RefersTo("dataset"),
        Field(description="Only events of these datasets; without it, of all others."),
    ] = None
    days: int = Field(default=3, ge=0, le=31, description="The most days apart.")
    km: float = Field(
        default=50,
        ge=1,
        le=500,
        description="The most kilometers apart; three times as many if one of the two"
        " places is known to the province only.",
    )
    min_score: float = Field(default=0.5, ge=0, le=1, description="The least score, from 0 to 1.")
    limit: int = Field(default=10, ge=1, le=100, description="The most matches.")


@dataclass(frozen=True)
class _HasNoPlace:
    """Filter: the event has no place on the map."""

    def lower(self, query: BaseModel, name: str, value: bool) -> Predicate:
        """Compare the longitude, which is null then."""
        del query, value

        def where(view: TableView) -> Any:
            return view.column("longitude").is_(None)

        return Predicate(name, "", {}, where, mask=_NOT_COUNTED)


@dataclass(frozen=True)
class _WithinDays:
    """Filter: the event can have happened between two days.

    An event of more than a month is found by its first day, so that there is one range of keys,
    which every index of events has.
    """

    def lower(self, query: BaseModel, name: str, value: tuple[int, int]) -> Predicate:
        """Compare the key, and the last day."""
        del query
        since, until = value
        binds = {
            "first_key": compute_day_floor(max(since - LONG_DAYS, 0)),
            "end_key": compute_day_floor(until),
            "first_day": since,
        }
        day = bindparam("first_day", type_=Integer, required=True)

        def where(view: TableView) -> Any:
            return _is_in_keys(view.column("order_key")) & (view.column("latest_day") >= day)

        return Predicate(name, "", binds, where, mask=_NOT_COUNTED)


@dataclass(frozen=True)
class _TakesPartWithin:
    """Filter: an actor takes part in an event between the keys of `_WithinDays`."""

    def lower(self, query: BaseModel, name: str, value: str) -> Predicate:
        """Drive the query by the index of the actor's events, from the first key to the last."""
        del query

        def holds(table: FromClause) -> ColumnElement[bool]:
            named = table.c.actor == bindparam(name, type_=table.c.actor.type, required=True)
            return named & _is_in_keys(table.c.order_key)

        def drive() -> Driver:
            table = participants.alias()
            return Driver(table, holds(table), table.c.event_id, table.c.order_key)

        binds = {name: value}
        return Predicate(
            name,
            "",
            binds,
            lambda view: view.has_child(participants, holds),
            drive,
            mask=_NOT_COUNTED,
        )


def _is_in_keys(column: ColumnElement[Any]) -> ColumnElement[bool]:
    first, end = (
        bindparam(name, type_=BigInteger, required=True) for name in ("first_key", "end_key")
    )
    return (column >= first) & (column < end)


class CandidateQuery(QueryModel):
    """A way to find candidates: every condition has an index, or narrows one that has."""

    dataset: Annotated[list[str] | None, Equals("dataset")] = None
    other_than: Annotated[str | None, Differs("dataset")] = None
    within: Annotated[tuple[int, int], _WithinDays()]
    near: Annotated[Circle | None, InCircle()] = None
    country: Annotated[list[str] | None, Equals("country")] = None
    unplaced: Annotated[bool | None, _HasNoPlace()] = None
    actor: Annotated[str | None, _TakesPartWithin()] = None
