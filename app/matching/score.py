"""Similarity of two events by time, place, type and actors, each with a weight and a reason.

Every component is a number from 0 to 1; the score is their weighted sum. A component that is
unknown for either event counts `UNKNOWN_VALUE` of its weight: it says little either way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz.fuzz import token_sort_ratio

from app.values.dates import OPEN_END, OPEN_START, parse_date
from app.values.geo_grid import compute_distance_km
from app.values.tokenizer import fold_text
from app.vocab.closed_lists import get_placed_precisions
from app.vocab.event_types import get_event_types

WEIGHTS: Mapping[str, float] = {"time": 0.3, "place": 0.3, "type": 0.2, "actors": 0.2}
UNKNOWN_VALUE = 0.25
SAME_COUNTRY = 0.4
"""The value of two places in one country that are not both on the map."""

SAME_CLASS, SAME_CATEGORY = 0.8, 0.5
"""The value of two types in one class of some coding scheme, and of two in one category."""

PROVINCE_FACTOR = 3
"""The factor on the distance if one of two places is the center of a province."""

SAME_NAME_PERCENT = 90
"""The similarity in percent from which two names count as the same."""

EventDocument = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MatchWindow:
    """The largest distance between two records of one event: days, and km between exact places."""

    days: int = 3
    km: float = 50


@dataclass(frozen=True, slots=True)
class ScoreComponent:
    """One component: its weight, its value (None if unknown), and the reason."""

    name: str
    weight: float
    value: float | None
    reason: str

    @property
    def share(self) -> float:
        """The component's part of the score."""
        return self.weight * (UNKNOWN_VALUE if self.value is None else self.value)


@dataclass(frozen=True, slots=True)
class EventComparison:
    """The similarity of two events, from 0 to 1, by component."""

    components: tuple[ScoreComponent, ...]

    @property
    def score(self) -> float:
        """The weighted sum, to three decimals."""
        return round(sum(component.share for component in self.components), 3)

    @property
    def reason(self) -> str:
        """The reasons in one sentence."""
        return "; ".join(component.reason for component in self.components)


def compare_events(
    one: EventDocument, other: EventDocument, window: MatchWindow
) -> EventComparison:
    """Compare the documents of two events."""
    found = {
        "time": _compare_times(one, other, window.days),
        "place": _compare_places(one["location"] or {}, other["location"] or {}, window.km),
        "type": _compare_types(one["type"], other["type"]),
        "actors": _compare_actors(one, other),
    }
    return EventComparison(
        tuple(
            ScoreComponent(name, WEIGHTS[name], value, why) for name, (value, why) in found.items()
        )
    )


def _compare_times(one: EventDocument, other: EventDocument, most: int) -> tuple[float | None, str]:
    """Compare dates by days apart; of dates that overlap, a long one says less than a short one."""
    dates = [parse_date(each["date"]) for each in (one, other)]
    if any(each.earliest_day == OPEN_START or each.latest_day == OPEN_END for each in dates):
        return None, "one date is open"
    apart = max(each.earliest_day for each in dates) - min(each.latest_day for each in dates)
    longest = max(each.latest_day - each.earliest_day + 1 for each in dates)
    sharpness = min(1.0, (most + 1) / longest)
    if apart > 0:
        value = max(0.0, 1 - apart / (most + 1)) * sharpness
        return value, "one day apart" if apart == 1 else f"{apart} days apart"
    if longest == 1:
        return 1.0, "the same day"
    return sharpness, f"dates that overlap, the longer of {longest} days"


def _compare_places(
    one: EventDocument, other: EventDocument, most: float
) -> tuple[float | None, str]:
    if _is_placed(one) and _is_placed(other):
        km = compute_distance_km(*(location[axis] for location in (one, other) for axis in _AXES))
        reach = most * (
            PROVINCE_FACTOR if "admin1" in (one["precision"], other["precision"]) else 1
        )
        return max(0.0, 1 - km / reach), f"{km:.1f} km apart"
    countries = one.get("country"), other.get("country")
    if None in countries:
        return None, "no place to compare"
    if countries[0] == countries[1]:
        return SAME_COUNTRY, f"both somewhere in {countries[0]}"
    return 0.0, f"in {countries[0]} and in {countries[1]}"


def _is_placed(location: EventDocument) -> bool:
    return (
        location.get("longitude") is not None and location["precision"] in get_placed_precisions()
    )


_AXES = ("longitude", "latitude")


def _compare_types(one: str, other: str) -> tuple[float, str]:
    if one == other:
        return 1.0, f"both {one}"
    kinds = get_event_types()[one], get_event_types()[other]
    classes = [{code.partition("/")[0] for code in kind.plover}.union(kind.ucdp) for kind in kinds]
    if classes[0] & classes[1]:
        return SAME_CLASS, f"{one} and {other}, of one class"
    if kinds[0].category == kinds[1].category:
        return SAME_CATEGORY, f"{one} and {other}, both {kinds[0].category}"
    return 0.0, f"{one} and {other}"


def _compare_actors(one: EventDocument, other: EventDocument) -> tuple[float | None, str]:
    """Return the share of the smaller event's actors that the other has too, by slug or by name."""
    few, many = sorted((_list_actors(one), _list_actors(other)), key=len)
    if not few:
        return None, "nobody named in one of them"
    common = [slug for slug, name in few.items() if _is_among(slug, name, many)]
    told = f" ({', '.join(sorted(common)[:3])})" if common else ""
    return len(common) / len(few), f"{len(common)} of {len(few)} actors in common{told}"


def _list_actors(event: EventDocument) -> dict[str, str]:
    """Return the actors of an event: its participants, or the actors that they act for."""
    return {
        taking["for"] or taking["actor"]: "" if taking["for"] else fold_text(taking["name"])
        for taking in event["participants"]
    }


def _is_among(slug: str, name: str, others: Mapping[str, str]) -> bool:
    if slug in others:
        return True
    return bool(name) and any(
        other and token_sort_ratio(name, other) >= SAME_NAME_PERCENT for other in others.values()
    )
