"""Growth of a parser's time with its input, by the CPU of the process, the best of a few runs."""

import gc
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from time import process_time
from typing import Any

LEAST_SECONDS = 0.05
"""The shortest measured run; shorter ones are repeated to fill it."""

MOST_GROWTH = 2.5
TRIES = 5


def growth_of(parse: Callable[[Any], object], make: Callable[[int], Any], size: int) -> float:
    """Return the ratio of the CPU for twice the size; refused inputs count as well.

    A step is no growth, such as where the processor's cache ends: three times the size is past it.
    """
    growth = _growth(parse, make, size)
    return growth if growth <= MOST_GROWTH else _growth(parse, make, 3 * size)


def _growth(parse: Callable[[Any], object], make: Callable[[int], Any], size: int) -> float:
    small, large = make(size), make(2 * size)
    repeats = ceil(LEAST_SECONDS / max(_seconds(parse, small, 1), 1e-6))
    best = [float("inf"), float("inf")]
    for _ in range(TRIES):
        for place, given in enumerate((small, large)):
            best[place] = min(best[place], _seconds(parse, given, repeats))
        if best[1] <= MOST_GROWTH * best[0]:
            break
    return best[1] / best[0]


def _seconds(parse: Callable[[Any], object], given: Any, repeats: int) -> float:
    gc.disable()
    began = process_time()
    try:
        for _ in range(repeats):
            with suppress(Exception):
                parse(given)
        return process_time() - began
    finally:
        gc.enable()
