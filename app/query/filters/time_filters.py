"""The filters on the days of an event, which may be known only roughly."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BigInteger, Integer, bindparam, literal_column

from app.models.events import LONG_DAYS
from app.query.predicates import Predicate
from app.query.table_view import View
from app.values.ids import day_floor


@dataclass(frozen=True)
class Since:
    """The event can have happened on that day or later; `certain`: began on it or later."""

    def lower(self, query: BaseModel, name: str, value: int) -> Predicate:
        """Recent events by their key, the few long ones by an index of their own."""
        floor = {"since_key": day_floor(value)}
        if getattr(query, "date_match", "possible") == "certain":
            return Predicate(name, "certain", floor, _began_since)
        binds = {"since_day": value, "recent_key": day_floor(max(value - LONG_DAYS, 0))}
        split = (_recent, _long)
        return Predicate(name, "possible", binds, _may_be_since, split=split, walked=_LONG_INDEX)


@dataclass(frozen=True)
class Until:
    """The event can have happened before that day; `certain`: was over before it."""

    def lower(self, query: BaseModel, name: str, value: int) -> Predicate:
        """Compare the key, which begins with the earliest day."""
        if getattr(query, "date_match", "possible") == "certain":
            return Predicate(name, "certain", {"until_day": value}, _over_before)
        return Predicate(name, "possible", {"until_key": day_floor(value)}, _began_before)


# Spelt out, not bound: only so does a database see that the partial index serves.
_ONE: Any = literal_column("1")


def _key(name: str) -> Any:
    return bindparam(name, type_=BigInteger, required=True)


def _day(name: str) -> Any:
    return bindparam(name, type_=Integer, required=True)


def _began_since(view: View) -> Any:
    return (view.column("order_key") >= _key("since_key")) & (view.column("is_certain") == 1)


def _may_be_since(view: View) -> Any:
    return view.column("latest_day") >= _day("since_day")


def _recent(view: View) -> Any:
    return (view.column("order_key") >= _key("recent_key")) & _may_be_since(view)


def _long(view: View) -> Any:
    return (
        (view.column("order_key") < _key("recent_key"))
        & (view.column("is_long") == _ONE)
        & _may_be_since(view)
    )


_LONG_INDEX = frozenset({"order_key", "is_long"})


def _over_before(view: View) -> Any:
    return (view.column("latest_day") < _day("until_day")) & (view.column("is_certain") == 1)


def _began_before(view: View) -> Any:
    return view.column("order_key") < _key("until_key")
