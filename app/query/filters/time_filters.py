"""Filters on the days of an event, which may be uncertain."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BigInteger, Integer, bindparam, literal_column

from app.models.events import LONG_DAYS
from app.query.column_conditions import AllOf, Compares
from app.query.predicates import Predicate
from app.query.table_view import TableView
from app.values.ids import compute_day_floor


@dataclass(frozen=True)
class Since:
    """A filter on events that may lie on that day or later; `certain`: began then or later."""

    def lower(self, query: BaseModel, name: str, value: int) -> Predicate:
        """Find recent events by their key, the few long ones by an index of their own."""
        floor = compute_day_floor(value)
        if getattr(query, "date_match", "possible") == "certain":
            begun = AllOf((Compares("order_key", ">=", floor), _CERTAIN))
            return Predicate(name, "certain", {"since_key": floor}, _has_begun_since, mask=begun)
        return Predicate(
            name,
            "possible",
            {"since_day": value, "recent_key": compute_day_floor(max(value - LONG_DAYS, 0))},
            _can_be_since,
            split=(_is_recent, _is_long),
            walked=_LONG_INDEX,
            mask=Compares("latest_day", ">=", value),
        )


@dataclass(frozen=True)
class Until:
    """A filter on events that may lie before that day; `certain`: ended before it."""

    def lower(self, query: BaseModel, name: str, value: int) -> Predicate:
        """Compare the key, which begins with the earliest day."""
        if getattr(query, "date_match", "possible") == "certain":
            ended = AllOf((Compares("latest_day", "<", value), _CERTAIN))
            return Predicate(name, "certain", {"until_day": value}, _has_ended_before, mask=ended)
        end = compute_day_floor(value)
        begun = Compares("order_key", "<", end)
        return Predicate(name, "possible", {"until_key": end}, _has_begun_before, mask=begun)


_CERTAIN = Compares("is_certain", "=", 1)

# A literal, not a bind: otherwise the database would not use the partial index.
_ONE: Any = literal_column("1")


def _bind_key(name: str) -> Any:
    return bindparam(name, type_=BigInteger, required=True)


def _bind_day(name: str) -> Any:
    return bindparam(name, type_=Integer, required=True)


def _has_begun_since(view: TableView) -> Any:
    return (view.column("order_key") >= _bind_key("since_key")) & (view.column("is_certain") == 1)


def _can_be_since(view: TableView) -> Any:
    return view.column("latest_day") >= _bind_day("since_day")


def _is_recent(view: TableView) -> Any:
    return (view.column("order_key") >= _bind_key("recent_key")) & _can_be_since(view)


def _is_long(view: TableView) -> Any:
    return (
        (view.column("order_key") < _bind_key("recent_key"))
        & (view.column("is_long") == _ONE)
        & _can_be_since(view)
    )


_LONG_INDEX = frozenset({"order_key", "is_long"})


def _has_ended_before(view: TableView) -> Any:
    return (view.column("latest_day") < _bind_day("until_day")) & (view.column("is_certain") == 1)


def _has_begun_before(view: TableView) -> Any:
    return view.column("order_key") < _bind_key("until_key")
