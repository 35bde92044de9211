"""Columns that hold several values an event: those of one event, then those of the next."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def expand_lists(starts: Array, places: Array) -> tuple[Array, Array]:
    """The values of the lists at these places: for each the number of its list, and where it is.

    List n is from `starts[n]` up to, not including, `starts[n + 1]`.
    """
    lengths = compute_lengths(starts, places)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    # How many lists have begun: summed up in two thirds of the time that `np.repeat` takes.
    numbers = np.cumsum(np.bincount(ends[:-1], minlength=total + 1)[:total])
    ahead = starts[places] - (ends - lengths)
    return numbers, np.arange(total) + ahead[numbers]


def compute_lengths(starts: Array, places: Array) -> NDArray[np.int64]:
    """How many values the lists at these places have."""
    return np.asarray(starts[places + 1] - starts[places], np.int64)


def compute_starts(lengths: Array) -> NDArray[np.int64]:
    """Where each list starts, and behind them where the last one ends."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))


def has_bits(numbers: Array, bits: int) -> NDArray[np.bool_]:
    """Which numbers have one of the bits; a narrow column has none of those beyond its width."""
    return np.asarray((numbers & (bits & int(np.iinfo(numbers.dtype).max))) != 0)


def split_portions(sizes: Array, most: int) -> list[slice]:
    """Runs of neighbours whose sizes come to `most` at the most, or that are one that is larger."""
    reached = np.cumsum(sizes)
    found = []
    begin = 0
    while begin < len(sizes):
        before = int(reached[begin - 1]) if begin else 0
        end = int(np.searchsorted(reached, before + most, "right"))
        found.append(slice(begin, max(end, begin + 1)))
        begin = found[-1].stop
    return found
