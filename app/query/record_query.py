"""Queries of one resource type: as their parameters ask, and as planned for the database."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid

from app.query.params import QueryModel
from app.query.predicates import Predicate
from app.query.resource_type import ResourceType
from app.values.caller import Caller
from app.values.ids import compute_day_floor


@dataclass(frozen=True, slots=True)
class PageStart:
    """The start of a page: the position it is read at, and the sort key of the last page."""

    at: int | None = None
    keys: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """A query of one resource type, as asked: nothing has been read for it yet.

    `parameters` still name records as the caller did, unless `are_names_resolved`; `predicates`
    are further conditions. `sort` names one of the resource type's orders. `as_of` is a settled
    position, `known_day` a proleptic Gregorian ordinal. `as_bytes`: documents of a page come as
    the bytes that are sent.
    """

    resource_type: ResourceType
    caller: Caller
    predicates: Sequence[Predicate] = ()
    sort: str = ""
    descending: bool = True
    after: tuple[Any, ...] | None = None
    as_of: int | None = None
    known_day: int | None = None
    as_bytes: bool = False
    parameters: QueryModel | None = None
    are_names_resolved: bool = False


@dataclass(frozen=True)
class PlannedQuery:
    """A query with names resolved and conditions lowered; only `plan` makes one.

    `limit` is the size of its page, None for the whole answer. `page_predicates` are equivalent to
    `predicates`, and fill a page sooner.
    """

    resource_type: ResourceType
    caller: Caller
    predicates: Sequence[Predicate] = field(default_factory=tuple)
    sort: str = ""
    descending: bool = True
    after: tuple[Any, ...] | None = None
    as_of: int | None = None
    known_day: int | None = None
    as_bytes: bool = False
    limit: int | None = None
    page_predicates: Sequence[Predicate] | None = None

    @property
    def order(self) -> str:
        """The name of the order, by default the resource type's own."""
        return self.sort or self.resource_type.default_sort

    @property
    def shape(self) -> Hashable:
        """The properties that queries of the same SQL share."""
        return (
            self.resource_type.name,
            tuple([(predicate.name, predicate.shape) for predicate in self.predicates]),
            self.sort or self.resource_type.default_sort,
            self.descending,
            self.after is not None,
            self.as_of is not None,
            self.known_day is not None,
            self.caller.sees_all,
            self.as_bytes,
        )

    def binds(self) -> dict[str, Any]:
        """Return the values that the query's SQL binds, by name."""
        values: dict[str, Any] = {}
        for predicate in self.predicates:
            values.update(predicate.binds)
        if self.after is not None:
            values.update({f"after_{number}": key for number, key in enumerate(self.after)})
        if self.as_of is not None:
            values["at_position"] = self.as_of
        if self.known_day is not None:
            values["known_day"] = self.known_day
            values["after_known_day"] = compute_day_floor(self.known_day + 1)
        if not self.caller.sees_all:
            values["granted"] = sorted(self.caller.datasets or ())
        return values

    def from_start(self) -> "PlannedQuery":
        """Return the same query, not resumed after any page."""
        return self if self.after is None else replace(self, after=None)

    def resume_after(self, keys: tuple[Any, ...]) -> "PlannedQuery":
        """Return the same query, resumed after the sort key of a page."""
        return replace(self, after=keys)

    def pin_at(self, position: int | None, limit: int | None) -> "PlannedQuery":
        """Return the same query, read at a settled position."""
        return replace(self, as_of=position, limit=limit, page_predicates=None)


def build_query(
    resource_type: ResourceType,
    parameters: QueryModel,
    caller: Caller,
    start: PageStart = PageStart(),
    *,
    are_names_resolved: bool = False,
) -> RecordQuery:
    """Build the query of a list's parameters, from the start of a page."""
    sort = str(getattr(parameters, "sort", resource_type.default_sort))
    order = sort.removeprefix("-")
    return RecordQuery(
        resource_type,
        caller,
        sort=order,
        descending=sort.startswith("-"),
        after=None if start.keys is None else _convert_keys(resource_type, order, start.keys),
        as_of=start.at,
        known_day=getattr(parameters, "known_by", None),
        parameters=parameters,
        are_names_resolved=are_names_resolved,
    )


def _convert_keys(resource_type: ResourceType, order: str, keys: Sequence[Any]) -> tuple[Any, ...]:
    """Return the keys of a cursor, with ids as their columns hold them."""
    columns = [resource_type.table.c.get(name) for name in resource_type.sorts[order]]
    return tuple(
        UUID(key) if column is not None and isinstance(column.type, Uuid) else key
        for column, key in zip(columns, keys, strict=True)
    )
