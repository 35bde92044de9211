"""A way to count events, and what comes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from app.aggregate.dimensions import Dimension, Key
from app.aggregate.measures import COUNT, Measure, Number, merge


@dataclass(frozen=True)
class Grouping:
    """By what events are counted, and what is measured of each group."""

    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = (COUNT,)


Tally = Mapping[tuple[Key, ...], tuple[Number, ...]]
"""The numbers of each group, by its values."""

TOTAL = Grouping()
"""All events together: one group, with no value."""


def fold(grouping: Grouping, raw: Iterable[tuple[Sequence[Any], tuple[Number, ...]]]) -> Tally:
    """The tally by values, of numbers by raw keys."""
    return together(
        grouping,
        (
            (group, numbers)
            for keys, numbers in raw
            for group in product(
                *(
                    dimension.values(key)
                    for dimension, key in zip(grouping.dimensions, keys, strict=True)
                )
            )
        ),
    )


def together(
    grouping: Grouping, parts: Iterable[tuple[tuple[Key, ...], tuple[Number, ...]]]
) -> Tally:
    """One tally of numbers by values, where the same values may come again."""
    found: dict[tuple[Key, ...], tuple[Number, ...]] = {}
    for group, numbers in parts:
        there = found.get(group)
        found[group] = numbers if there is None else merge(grouping.measures, there, numbers)
    return found
