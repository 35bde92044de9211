"""Dimensions that events can be grouped by.

A dimension selects a raw key of each event in SQL, and expands a raw key into values. Most give an
event one value, so that their counts sum to the count of events; `is_many` ones give it any number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Integer, case, literal_column, null

from app.aggregate.multi_valued import ACTORS, CODES, SOURCES, TAGS, ChildValues
from app.aggregate.time_buckets import BUCKETS
from app.db.sql.date_sql import grid_step
from app.query.table_view import TableView
from app.values.dates import OPEN_END, OPEN_START
from app.values.ids import HASH_BITS
from app.vocab.closed_lists import get_roles

Key = str | int | None


class Dimension(Protocol):
    """One way to group events."""

    @property
    def name(self) -> str:
        """The name that it has in queries and results."""

    @property
    def is_many(self) -> bool:
        """True if an event can have several values."""

    @property
    def is_folded(self) -> bool:
        """True if a raw key expands into anything but itself."""

    @property
    def children(self) -> ChildValues | None:
        """The rows that hold the values, if the event's own row does not."""

    def select_key(self, view: TableView) -> ColumnElement[Any]:
        """Select the raw key of the event's own row."""

    def expand(self, raw: Key) -> Sequence[Key]:
        """Return the values of a raw key: several, or one, which may be null."""

    def format(self, value: Key) -> str | None:
        """Return a value as results write it."""


@dataclass(frozen=True)
class ColumnDimension:
    """A column of the event."""

    name: str
    is_many: bool = False
    is_folded: bool = False
    children: ChildValues | None = None

    def select_key(self, view: TableView) -> ColumnElement[Any]:
        """Select the column."""
        return view.column(self.name)

    def expand(self, raw: Key) -> Sequence[Key]:
        """Return the value itself."""
        return (raw,)

    def format(self, value: Key) -> str | None:
        """Return the value itself."""
        return None if value is None else str(value)


@dataclass(frozen=True)
class MultiValuedDimension(ColumnDimension):
    """Rows that belong to the event: its actors, tags, codes or sources."""

    is_many: bool = True


def select_first_day(view: TableView) -> ColumnElement[Any]:
    """Select the earliest day, as a proleptic Gregorian ordinal."""
    return view.column("order_key").op(">>", return_type=Integer())(literal_column(str(HASH_BITS)))


@dataclass(frozen=True)
class TimeDimension(ColumnDimension):
    """A bucket of time: null if the event's date can mean days in more than one."""

    def select_key(self, view: TableView) -> ColumnElement[Any]:
        """Select the bucket of the earliest day, if the latest day lies in it as well."""
        earliest, latest = select_first_day(view), view.column("latest_day")
        bucket = BUCKETS[self.name].select_number
        is_open = (earliest == literal_column(str(OPEN_START))) | (
            latest == literal_column(str(OPEN_END))
        )
        return case((is_open, null()), (bucket(earliest) == bucket(latest), bucket(earliest)))

    def expand(self, raw: Key) -> Sequence[Key]:
        """Return the bucket's number."""
        return (None if raw is None else int(raw),)

    def format(self, value: Key) -> str | None:
        """Return the bucket as ISO 8601 writes it."""
        return None if value is None else BUCKETS[self.name].format_number(int(value))


@dataclass(frozen=True)
class RoleDimension(ColumnDimension):
    """The roles in which actors take part."""

    is_many: bool = True
    is_folded: bool = True

    def select_key(self, view: TableView) -> ColumnElement[Any]:
        """Select all roles as one number."""
        return view.column("roles")

    def expand(self, raw: Key) -> Sequence[Key]:
        """Return the roles of the bits."""
        bits = int(raw or 0)
        held = [role.role for role in get_roles().values() if bits >> role.bit & 1]
        return held or (None,)


@dataclass(frozen=True)
class GridDimension(ColumnDimension):
    """A row or column of the grid: the step of `size` degrees that holds the coordinate."""

    is_folded: bool = True
    start: int = 0
    size: float = 1.0

    def select_key(self, view: TableView) -> ColumnElement[Any]:
        """Select the step's number; null without a place on the map."""
        return grid_step(view.column(self.name), self.start, self.size)

    def expand(self, raw: Key) -> Sequence[Key]:
        """Return the step; the last one includes the North Pole, which would begin one more."""
        if raw is None:
            return (None,)
        return (min(int(raw), int(-2 * self.start / self.size) - 1),)


_DIMENSIONS: tuple[Dimension, ...] = (
    *(TimeDimension(name) for name in BUCKETS),
    *(
        ColumnDimension(name)
        for name in ("type", "category", "country", "dataset", "lifecycle", "verification")
    ),
    RoleDimension("role"),
    MultiValuedDimension("actor", children=ACTORS),
    MultiValuedDimension("tag", children=TAGS),
    MultiValuedDimension("code", children=CODES),
    MultiValuedDimension("source", children=SOURCES),
)
DIMENSIONS: Mapping[str, Dimension] = {dimension.name: dimension for dimension in _DIMENSIONS}
