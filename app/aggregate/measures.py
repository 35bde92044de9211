"""Measures of the events of a group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, cast, func

from app.models.events import NO_FATALITIES

FATALITIES = "fatalities_best"
"""The one column that measures read."""

MeasureValue = int | None


@dataclass(frozen=True)
class Measure:
    """One number of a group: its SQL, its value without events, and how two groups merge."""

    name: str
    column: Callable[[FromClause], ColumnElement[Any]]
    empty: MeasureValue
    merge: Callable[[MeasureValue, MeasureValue], MeasureValue]
    reads_fatalities: bool = True


def _select_known(table: FromClause) -> ColumnElement[Any]:
    best = table.c[FATALITIES]
    return case((best != NO_FATALITIES, best))


def _add(one: MeasureValue, other: MeasureValue) -> MeasureValue:
    return (one or 0) + (other or 0)


def _choose_greatest(one: MeasureValue, other: MeasureValue) -> MeasureValue:
    known = [number for number in (one, other) if number is not None]
    return max(known) if known else None


_MEASURES = (
    Measure("count", lambda table: func.count(), 0, _add, reads_fatalities=False),
    Measure(
        "fatalities_best",
        lambda table: cast(func.coalesce(func.sum(_select_known(table)), 0), BigInteger),
        0,
        _add,
    ),
    Measure("fatalities_known", lambda table: func.count(_select_known(table)), 0, _add),
    Measure(
        "fatalities_most", lambda table: func.max(_select_known(table)), None, _choose_greatest
    ),
)
MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _MEASURES}
COUNT = MEASURES["count"]


def merge_measures(
    measures: Sequence[Measure], one: Sequence[MeasureValue], other: Sequence[MeasureValue]
) -> tuple[MeasureValue, ...]:
    """Return the measures of two groups taken together."""
    return tuple(
        measure.merge(left, right)
        for measure, left, right in zip(measures, one, other, strict=True)
    )
