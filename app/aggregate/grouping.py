"""A way to count events, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.aggregate.dimensions import Dimension, Key
from app.aggregate.measures import COUNT, Measure, Number


@dataclass(frozen=True)
class Grouping:
    """By what events are counted, and what is measured of each group."""

    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = (COUNT,)


Tally = Mapping[tuple[Key, ...], tuple[Number, ...]]
"""The numbers of each group, by its values."""

TOTAL = Grouping()
"""All events together: one group, with no value."""
