"""Groupings of events, and the counts of their groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from app.aggregate.dimensions import Dimension, Key
from app.aggregate.measures import COUNT, Measure, MeasureValue, merge_measures


@dataclass(frozen=True)
class Grouping:
    """The dimensions to group by, and the measures of each group."""

    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = (COUNT,)


GroupCounts = Mapping[tuple[Key, ...], tuple[MeasureValue, ...]]
"""The measures of each group, by its values."""

TOTAL = Grouping()
"""All events together: one group, without values."""


def fold_raw_keys(
    grouping: Grouping, raw: Iterable[tuple[Sequence[Any], tuple[MeasureValue, ...]]]
) -> GroupCounts:
    """Return the counts by values, from measures by raw keys."""
    return merge_counts(
        grouping,
        (
            (group, numbers)
            for keys, numbers in raw
            for group in product(
                *(
                    dimension.expand(key)
                    for dimension, key in zip(grouping.dimensions, keys, strict=True)
                )
            )
        ),
    )


def merge_counts(
    grouping: Grouping, parts: Iterable[tuple[tuple[Key, ...], tuple[MeasureValue, ...]]]
) -> GroupCounts:
    """Merge measures by values, where the same values may come again."""
    found: dict[tuple[Key, ...], tuple[MeasureValue, ...]] = {}
    for group, numbers in parts:
        there = found.get(group)
        found[group] = (
            numbers if there is None else merge_measures(grouping.measures, there, numbers)
        )
    return found
