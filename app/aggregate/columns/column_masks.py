"""Masks of the events that match a query, evaluated over columns."""

import operator
from collections.abc import Callable, Collection, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.aggregate.columns.event_columns import MANY, NUMBERS, TEXTS, EventColumns, Values
from app.aggregate.columns.ragged_arrays import Array, has_bits
from app.db.threads import raise_if_stopped
from app.models.events import events
from app.query.column_conditions import (
    AllOf,
    AnyOf,
    ColumnCondition,
    Compares,
    HasBits,
    HasItem,
    IsAmong,
    NoMask,
    Operator,
)
from app.query.record_query import PlannedQuery

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

_OPERATORS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


def can_mask(query: PlannedQuery) -> bool:
    """Return whether columns can evaluate the query: of present events, by columns they have."""
    if query.resource_type.table is not events:
        return False
    if query.as_of is not None or query.known_day is not None:
        return False
    return all(has_columns(predicate.mask) for predicate in query.predicates)


def has_columns(condition: ColumnCondition | NoMask) -> bool:
    """Return whether the columns that a condition compares are held."""
    match condition:
        case NoMask():
            return False
        case IsAmong(column):
            return column in TEXTS
        case Compares(column) | HasBits(column):
            return column in NUMBERS
        case HasItem(column):
            return column in MANY
        case AllOf(conditions) | AnyOf(conditions):
            return all(map(has_columns, conditions))


def select_places(columns: EventColumns, query: PlannedQuery, hidden: Collection[str]) -> Places:
    """Return the places of the events that match.

    `hidden` are the datasets that the caller cannot see.
    """
    masks = []
    for predicate in query.predicates:
        raise_if_stopped()
        assert not isinstance(predicate.mask, NoMask), "the database counts such a query"
        masks.append(evaluate(columns, predicate.mask))
    if hidden:
        masks.append(~_is_among(columns.columns["dataset"], columns.values["dataset"], hidden))
    if columns.live is not None:
        masks.append(columns.live)
    return np.flatnonzero(reduce(operator.and_, masks)) if masks else np.arange(len(columns))


def evaluate(columns: EventColumns, condition: ColumnCondition) -> Mask:
    """Return for each event whether it meets the condition."""
    match condition:
        case IsAmong(column, values):
            return _is_among(columns.columns[column], columns.values[column], values)
        case Compares(column, sign, value):
            return np.asarray(_OPERATORS[sign](columns.columns[column], value))
        case HasBits(column, bits):
            return has_bits(columns.columns[column], bits)
        case HasItem(column, values, roles):
            return _has_item(columns, column, values, roles)
        case AllOf(conditions) | AnyOf(conditions):
            if not conditions:
                return np.full(len(columns), isinstance(condition, AllOf))
            combine = operator.and_ if isinstance(condition, AllOf) else operator.or_
            return reduce(combine, (evaluate(columns, part) for part in conditions))


def _is_among(codes: Array, values: Values, wanted: Collection[str]) -> Mask:
    """Return for each code whether its value is among those wanted."""
    places = [place for place, value in enumerate(values) if value in wanted]
    if len(places) == 1:
        return np.asarray(codes == places[0])
    table = np.zeros(max(len(values), 1), np.bool_)
    table[places] = True
    return table[codes]


def _has_item(columns: EventColumns, name: str, wanted: Collection[str], roles: int) -> Mask:
    """Return for each event whether its list has one of the values, in one of the roles if any."""
    starts, codes = (columns.columns[f"{name}_{part}"] for part in ("starts", "codes"))
    found = _is_among(codes, columns.values[name], wanted)
    if roles:
        found = found & has_bits(columns.columns["actor_roles"], roles)
    mask = np.zeros(len(columns), np.bool_)
    mask[np.searchsorted(starts, np.flatnonzero(found), "right") - 1] = True
    return mask
