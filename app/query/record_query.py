"""A question put to the records: conditions, moment, order and caller, ready to be compiled."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.query.predicates import Predicate
from app.query.resource_type import ResourceType
from app.values.caller import Caller
from app.values.ids import compute_day_floor


@dataclass(frozen=True)
class PlannedQuery:
    """What is asked of one noun.

    `sort` names one of the noun's orders, `after` the sort key that the last page ended with;
    `as_of` is a settled position and `known_day` an ordinal day. `as_bytes`: a page's documents
    come as the bytes that are sent.
    """

    noun: ResourceType
    caller: Caller
    predicates: Sequence[Predicate] = field(default_factory=tuple)
    sort: str = ""
    descending: bool = True
    after: tuple[Any, ...] | None = None
    as_of: int | None = None
    known_day: int | None = None
    as_bytes: bool = False

    @property
    def order(self) -> str:
        """The name of the order, the noun's own if none was asked for."""
        return self.sort or self.noun.default_sort

    @property
    def shape(self) -> Hashable:
        """What questions of the same SQL have in common."""
        return (
            self.noun.name,
            tuple((each.name, each.shape) for each in self.predicates),
            self.order,
            self.descending,
            self.after is not None,
            self.as_of is not None,
            self.known_day is not None,
            self.caller.sees_all,
            self.as_bytes,
        )

    def binds(self) -> dict[str, Any]:
        """The values of the question."""
        values: dict[str, Any] = {}
        for each in self.predicates:
            values.update(each.binds)
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
        """The same question, not resumed after any page."""
        return replace(self, after=None)
