"""Ragged arrays: columns with several values per event, those of one event after another."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def expand_lists(starts: Array, places: Array) -> tuple[Array, Array]:
    """Return for each value of the lists at these places the number of its list, and its index.

    List n runs from `starts[n]` up to, not including, `starts[n + 1]`.
    """
    lengths = compute_lengths(starts, places)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    # Count the lists begun so far: it takes two thirds of the time of `np.repeat`.
    numbers = np.cumsum(np.bincount(ends[:-1], minlength=total + 1)[:total])
    ahead = starts[places] - (ends - lengths)
    return numbers, np.arange(total) + ahead[numbers]


def compute_lengths(starts: Array, places: Array) -> NDArray[np.int64]:
    """Return the lengths of the lists at these places."""
    return np.asarray(starts[places + 1] - starts[places], np.int64)


def compute_starts(lengths: Array) -> NDArray[np.int64]:
    """Return the start of each list, and the end of the last one."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))


def has_bits(numbers: Array, bits: int) -> NDArray[np.bool_]:
    """Return for each number whether it has one of the bits, as far as the column is wide."""
    return np.asarray((numbers & (bits & int(np.iinfo(numbers.dtype).max))) != 0)


def split_portions(sizes: Array, most: int) -> list[slice]:
    """Split the sizes into runs whose sum is at most `most`; a larger one is a run by itself."""
    reached = np.cumsum(sizes)
    found = []
    begin = 0
    while begin < len(sizes):
        before = int(reached[begin - 1]) if begin else 0
        end = int(np.searchsorted(reached, before + most, "right"))
        found.append(slice(begin, max(end, begin + 1)))
        begin = found[-1].stop
    return found
