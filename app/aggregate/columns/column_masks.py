"""Which events of a block answer a question, as far as columns can tell."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.aggregate.columns.event_columns import MANY, TEXTS, EventColumns, Values
from app.aggregate.columns.ragged_arrays import Array, has_bits
from app.db.threads import raise_if_stopped
from app.models.events import NO_FATALITIES, events
from app.query.filters.place_filters import MERIDIAN
from app.query.predicates import Predicate
from app.query.record_query import PlannedQuery

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]
Test = Callable[[EventColumns, Predicate], Mask]


def can_mask(question: PlannedQuery) -> bool:
    """Whether columns can tell which events answer; the past and most words they do not know."""
    if question.noun.table is not events:
        return False
    if question.as_of is not None or question.known_day is not None:
        return False
    return all(each.name in _TESTS for each in question.predicates)


def select_places(block: EventColumns, question: PlannedQuery, hidden: Collection[str]) -> Places:
    """Where the events stand that answer; `hidden` are the datasets that the caller cannot see."""
    masks = []
    for each in question.predicates:
        raise_if_stopped()
        masks.append(_TESTS[each.name](block, each))
    if hidden:
        masks.append(~_among(block, "dataset", hidden))
    if block.live is not None:
        masks.append(block.live)
    if not masks:
        return np.arange(len(block))
    whole = masks[0]
    for mask in masks[1:]:
        whole = whole & mask
    return np.flatnonzero(whole)


def _among(block: EventColumns, name: str, wanted: Collection[str]) -> Mask:
    return _coded_as(block.columns[name], block.values[name], wanted)


def _coded_as(column: Array, values: Values, wanted: Collection[str]) -> Mask:
    places = [place for place, value in enumerate(values) if value in wanted]
    if len(places) == 1:
        return np.asarray(column == places[0])
    table = np.zeros(max(len(values), 1), np.bool_)
    table[places] = True
    return table[column]


def _equals(block: EventColumns, predicate: Predicate) -> Mask:
    (wanted,) = predicate.binds.values()
    return _among(block, predicate.name, wanted if isinstance(wanted, list) else [wanted])


def _since(block: EventColumns, predicate: Predicate) -> Mask:
    columns, binds = block.columns, predicate.binds
    if predicate.shape == "certain":
        late = columns["order_key"] >= binds["since_key"]
        return np.asarray(late & (columns["is_certain"] == 1))
    return np.asarray(columns["latest_day"] >= binds["since_day"])


def _until(block: EventColumns, predicate: Predicate) -> Mask:
    columns, binds = block.columns, predicate.binds
    if predicate.shape == "certain":
        early = columns["latest_day"] < binds["until_day"]
        return np.asarray(early & (columns["is_certain"] == 1))
    return np.asarray(columns["order_key"] < binds["until_key"])


def _at_least(block: EventColumns, predicate: Predicate) -> Mask:
    return np.asarray(block.columns["fatalities_best"] >= predicate.binds["fatalities_min"])


def _at_most(block: EventColumns, predicate: Predicate) -> Mask:
    best = block.columns["fatalities_best"]
    return np.asarray((best <= predicate.binds["fatalities_max"]) & (best != NO_FATALITIES))


def _in_role(block: EventColumns, predicate: Predicate) -> Mask:
    if predicate.shape != "alone":
        # It narrows what is asked of named actors.
        return np.ones(len(block), np.bool_)
    return has_bits(block.columns["roles"], predicate.binds[ROLE_MASK])


def _in_box(block: EventColumns, predicate: Predicate) -> Mask:
    binds: Mapping[str, Any] = predicate.binds
    longitude, latitude = block.columns["longitude"], block.columns["latitude"]
    east_of, west_of = longitude >= binds["box_west"], longitude <= binds["box_east"]
    crosses = binds["box_west"] > binds["box_east"]
    across = (east_of | west_of) if crosses else (east_of & west_of)
    if binds["box_east"] == -MERIDIAN:
        across = across | (longitude == MERIDIAN)
    inside = (latitude >= binds["box_south"]) & (latitude <= binds["box_north"])
    return np.asarray(across & inside)


def _has(block: EventColumns, predicate: Predicate) -> Mask:
    wanted = predicate.binds[predicate.name]
    return _lists(block, predicate, wanted if isinstance(wanted, list) else [wanted])


def _has_all(block: EventColumns, predicate: Predicate) -> Mask:
    wanted = [value for name, value in predicate.binds.items() if name != ROLE_MASK]
    whole = _lists(block, predicate, wanted[:1])
    for each in wanted[1:]:
        whole = whole & _lists(block, predicate, [each])
    return whole


def _lists(block: EventColumns, predicate: Predicate, wanted: Collection[str]) -> Mask:
    """Which events have one of the values, of actors in one of the roles if any is named."""
    name = _LISTED_AS.get(predicate.name, predicate.name)
    starts, codes = (block.columns[f"{name}_{part}"] for part in ("starts", "codes"))
    found = _coded_as(codes, block.values[name], wanted)
    if ROLE_MASK in predicate.binds:
        found = found & has_bits(block.columns["actor_roles"], predicate.binds[ROLE_MASK])
    events_of = np.searchsorted(starts, np.flatnonzero(found), "right") - 1
    mask = np.zeros(len(block), np.bool_)
    mask[events_of] = True
    return mask


ROLE_MASK = "role_mask"
_LISTED_AS = {"actor_all": "actor", "dyad": "actor"}

_TESTS: Mapping[str, Test] = {
    **dict.fromkeys(TEXTS, _equals),
    "since": _since,
    "until": _until,
    "fatalities_min": _at_least,
    "fatalities_max": _at_most,
    "role": _in_role,
    "bbox": _in_box,
    **dict.fromkeys(MANY, _has),
    **dict.fromkeys(("actor_all", "dyad"), _has_all),
}
