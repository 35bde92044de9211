"""Days, instants and spans of time as CQL2 compares them: each is its first and its last unit.

What stands beside a field of instants is read in microseconds, all else in days where a field of
days is named: a day is all of its microseconds, an instant the UTC day in which it lies.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.values.dates import parse_day
from app.values.timestamps import parse_timestamp

Tree = Any
Ends = tuple[int, int]
Read = Callable[[str], Any]
"""A field by its name: ("day" or "micros", first, last), or None if that is not known."""

OPEN: Mapping[str, Ends] = {"day": (0, 9_999_999), "micros": (-(2**62), 2**62)}
EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY_MICROS = 86_400_000_000
DAYS = {"date", "earliest_on", "latest_on"}
INSTANTS = {"created_at", "updated_at"}


def is_moment(tree: Tree) -> bool:
    """Return whether that is a day, an instant or a span."""
    if not isinstance(tree, dict):
        return False
    return tree.get("property") in DAYS | INSTANTS or bool(tree.keys() & LITERALS)


def holds_of_moments(op: str, args: Sequence[Tree], read: Read) -> bool | None:
    """Return whether the sign or the function holds of two of them, if both are known."""
    named = {name for each in args for name in _named(each)}
    scale = "micros" if named & INSTANTS or not named & DAYS else "day"
    left, right = (_ends(each, read, scale) for each in args)
    return None if left is None or right is None else HOLDS[op](left, right)


def _named(tree: Tree) -> Iterator[str]:
    if isinstance(tree, dict):
        yield from (each["property"] for each in (tree,) if "property" in each)
        for end in tree.get("interval", ()):
            yield from _named(end)


def _ends(tree: Tree, read: Read, scale: str) -> Ends | None:
    if isinstance(tree, str):
        tree = {"timestamp" if "T" in tree else "date": tree}
    if "interval" in tree:
        ends = [OPEN[scale] if end == ".." else _ends(end, read, scale) for end in tree["interval"]]
        return None if None in ends else (ends[0][0], ends[1][1])  # type: ignore[index]  # not None
    if "property" in tree:
        found = read(tree["property"])
        return None if found is None else _scaled(found, scale)
    if "date" in tree:
        return _scaled(("day", *[parse_day(tree["date"])] * 2), scale)
    return _scaled(("micros", *[parse_timestamp(tree["timestamp"])] * 2), scale)


def _scaled(span: Any, scale: str) -> Ends:
    kind, first, last = span
    if kind == scale:
        return first, last
    if scale == "day":
        return first // DAY_MICROS + EPOCH_DAY, last // DAY_MICROS + EPOCH_DAY
    return (first - EPOCH_DAY) * DAY_MICROS, (last + 1 - EPOCH_DAY) * DAY_MICROS - 1


LITERALS = {"date", "timestamp", "interval"}
SPAN_FUNCTIONS: Mapping[str, Callable[[Ends, Ends], bool]] = {
    "t_after": lambda one, other: one[0] > other[1],
    "t_before": lambda one, other: one[1] < other[0],
    "t_contains": lambda one, other: one[0] < other[0] and one[1] > other[1],
    "t_disjoint": lambda one, other: one[1] < other[0] or one[0] > other[1],
    "t_during": lambda one, other: one[0] > other[0] and one[1] < other[1],
    "t_equals": lambda one, other: one == other,
    "t_finishedBy": lambda one, other: one[0] < other[0] and one[1] == other[1],
    "t_finishes": lambda one, other: one[0] > other[0] and one[1] == other[1],
    "t_intersects": lambda one, other: one[0] <= other[1] and one[1] >= other[0],
    "t_meets": lambda one, other: one[1] == other[0],
    "t_metBy": lambda one, other: one[0] == other[1],
    "t_overlappedBy": lambda one, other: other[0] < one[0] < other[1] < one[1],
    "t_overlaps": lambda one, other: one[0] < other[0] < one[1] < other[1],
    "t_startedBy": lambda one, other: one[0] == other[0] and one[1] > other[1],
    "t_starts": lambda one, other: one[0] == other[0] and one[1] < other[1],
}
HOLDS: Mapping[str, Callable[[Ends, Ends], bool]] = {
    **SPAN_FUNCTIONS,
    "=": lambda one, other: one[0] <= other[1] and one[1] >= other[0],
    "<>": lambda one, other: one[0] > other[1] or one[1] < other[0],
    "<": lambda one, other: one[1] < other[0],
    "<=": lambda one, other: one[1] <= other[1],
    ">": lambda one, other: one[0] > other[1],
    ">=": lambda one, other: one[0] >= other[0],
}
