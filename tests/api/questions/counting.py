"""Aggregates as the product says they are, counted from the documents of the list.

What a document does not say stands beside its fields: `told_by`, the sources of its claims.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from math import floor
from typing import Any

from app.values.dates import parse_date
from tests.api.questions.material import ACTORS
from tests.api.questions.records import Content

PLACED = {"exact", "city", "admin1"}
NO_DIRECTION = {"host", "observer", "recipient"}
UNDERGOING = {"target", "addressee", "victim"}
PAIRS = {
    ("supplier", "recipient"),
    ("guest", "host"),
    ("mediator", "side"),
}
EQUALS = {"side", "signatory"}


def _country(document: Content) -> list[str | None]:
    return [(document["location"] or {"country": None})["country"]]


def _actors(document: Content) -> list[str]:
    taking = document["participants"]
    return [actor for each in taking for actor in (each["actor"], each["for"]) if actor]


def _bucket(write: Callable[[date], str]) -> Callable[[Content], list[str | None]]:
    def values(document: Content) -> list[str | None]:
        given = parse_date(document["date"])
        if given.earliest_on is None or given.latest_on is None:
            return [None]
        first, last = write(given.earliest_on), write(given.latest_on)
        return [first if first == last else None]

    return values


def _field(name: str) -> Callable[[Content], list[str | None]]:
    return lambda document: [document[name]]


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


SINGLE: Mapping[str, Callable[[Content], Sequence[str | None]]] = {
    **{name: _field(name) for name in ("type", "category", "dataset", "lifecycle", "verification")},
    "country": _country,
    "day": _bucket(date.isoformat),
    "week": _bucket(_week),
    "month": _bucket(lambda day: day.isoformat()[:7]),
    "quarter": _bucket(lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}"),
    "year": _bucket(lambda day: f"{day.year:04}"),
}
MANY: Mapping[str, Callable[[Content], Iterable[str]]] = {
    "actor": _actors,
    "role": lambda document: [each["role"] for each in document["participants"]],
    "tag": lambda document: document["tags"],
    "code": lambda document: [f"{name}:{code}" for name, code in document["codes"].items()],
    "source": lambda document: document["told_by"],
}


def values_of(name: str, document: Content) -> Sequence[str | None]:
    """The values that an event has of a dimension; null if none."""
    if name in SINGLE:
        return SINGLE[name](document)
    return sorted(set(MANY[name](document))) or [None]


def aggregate(documents: Sequence[Content], by: Sequence[str]) -> dict[tuple[Any, ...], Content]:
    """The measures of each group."""
    groups: dict[tuple[Any, ...], list[int | None]] = {}
    for document in documents:
        best = (document["fatalities"] or {"best": None})["best"]
        keys: list[tuple[Any, ...]] = [()]
        for name in by:
            keys = [(*key, value) for key in keys for value in values_of(name, document)]
        for key in keys:
            groups.setdefault(key, []).append(best)
    return {key: _measured(all_best) for key, all_best in groups.items()}


def _measured(all_best: Sequence[int | None]) -> Content:
    known = [best for best in all_best if best is not None]
    return {
        "count": len(all_best),
        "fatalities_best": sum(known),
        "fatalities_known": len(known),
        "fatalities_most": max(known, default=None),
    }


def grid(documents: Sequence[Content], degrees: float) -> tuple[Counter[tuple[int, int]], int]:
    """Cells by column and row, and how many events have no place."""
    cells: Counter[tuple[int, int]] = Counter()
    for document in documents:
        place = document["location"]
        if place and place["precision"] in PLACED and place["longitude"] is not None:
            column = floor((place["longitude"] + 180) / degrees) % round(360 / degrees)
            row = min(floor((place["latitude"] + 90) / degrees), round(180 / degrees) - 1)
            cells[column, row] += 1
    return cells, len(documents) - cells.total()


def edges(documents: Sequence[Content]) -> Counter[tuple[str, str]]:
    """In how many events one actor acts upon another."""
    found: Counter[tuple[str, str]] = Counter()
    for document in documents:
        taking = [
            (actor, each["role"])
            for each in document["participants"]
            for actor in (each["actor"], each["for"])
            if actor
        ]
        found.update(
            {
                (one, other)
                for one, role in taking
                for other, its_role in taking
                if one != other and _leads((one, role), (other, its_role))
            }
        )
    return found


def _leads(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (actor, role), (its_actor, its_role) = one, other
    if role == its_role and role in EQUALS:
        return _is_personal(actor) == _is_personal(its_actor)
    acts = role not in UNDERGOING | NO_DIRECTION
    return (acts and its_role in UNDERGOING) or (role, its_role) in PAIRS


def _is_personal(actor: str) -> bool:
    return ACTORS.get(actor, ("state",))[0] in {"person", "body"}
