"""The syntax tree of a filter, written as text or as JSON: calls with the place of each part.

`place` is "character 12" of a text, or the JSON pointer "/args/0".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

from app.values.geometry import Geometry

MAX_CHARACTERS = 10_000
MAX_DEPTH = 20
MAX_TERMS = 500
"""Calls, properties and values that one filter may have."""

MAX_NUMBER = 1e15
MAX_WORD_LENGTH = 80


class FilterError(ValueError):
    """A mistake in a filter, with its place and the nearest correct spelling."""

    def __init__(self, place: str, said: str) -> None:
        super().__init__(f"{place or 'the filter'}: {said}")


@dataclass(frozen=True, slots=True)
class Value:
    """A text, a number or a Boolean."""

    value: str | float | bool
    place: str


@dataclass(frozen=True, slots=True)
class Property:
    """The name of a field."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class TimeLiteral:
    """A `date` or a `timestamp`, as it was written."""

    kind: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from one instant to another; None is an open end."""

    ends: tuple["TimeLiteral | Property | None", "TimeLiteral | Property | None"]
    place: str


@dataclass(frozen=True, slots=True)
class GeometryLiteral:
    """A geometry."""

    geometry: Geometry
    place: str


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values."""

    items: tuple["FilterNode", ...]
    place: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function, in lower case, and its arguments."""

    name: str
    args: tuple["FilterNode", ...]
    place: str


FilterNode = Union[Value, Property, TimeLiteral, Interval, GeometryLiteral, Array, Call]  # noqa: UP007  # recursive

LOGIC = ("and", "or", "not")
COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
ARITHMETIC = ("+", "-", "*", "/", "%", "div", "^")
PREDICATES = ("like", "between", "in", "isnull")
FOLDINGS = ("casei", "accenti")
ARRAY_FUNCTIONS = ("a_equals", "a_contains", "a_containedby", "a_overlaps")
SPATIAL_FUNCTIONS = (
    "s_intersects",
    "s_equals",
    "s_disjoint",
    "s_touches",
    "s_within",
    "s_overlaps",
    "s_crosses",
    "s_contains",
)
TEMPORAL_FUNCTIONS = (
    "t_after",
    "t_before",
    "t_contains",
    "t_disjoint",
    "t_during",
    "t_equals",
    "t_finishedby",
    "t_finishes",
    "t_intersects",
    "t_meets",
    "t_metby",
    "t_overlappedby",
    "t_overlaps",
    "t_startedby",
    "t_starts",
)
FUNCTIONS = (*FOLDINGS, *ARRAY_FUNCTIONS, *SPATIAL_FUNCTIONS, *TEMPORAL_FUNCTIONS)


def walk_parts(node: FilterNode) -> Iterator[FilterNode]:
    """Yield the node and everything below it."""
    yield node
    for part in _list_children(node):
        yield from walk_parts(part)


def _list_children(node: FilterNode) -> tuple[FilterNode, ...]:
    if isinstance(node, Call):
        return node.args
    if isinstance(node, Array):
        return node.items
    if isinstance(node, Interval):
        return tuple(end for end in node.ends if end is not None)
    return ()


def quote_word(text: str) -> str:
    """Return a word of the filter as errors quote it."""
    return repr(text if len(text) <= MAX_WORD_LENGTH else text[: MAX_WORD_LENGTH - 1] + "…")


def check_text(text: str, place: str) -> str:
    """Return a text that a database can store; raise FilterError for any other."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise FilterError(place, "a text must not have NUL characters or surrogates")
    return text


def check_number(number: float, place: str) -> float:
    """Return a number fit for arithmetic: tiny ones become zero, huge ones raise FilterError."""
    if not abs(number) <= MAX_NUMBER:
        raise FilterError(place, f"a number must be between -{MAX_NUMBER:g} and {MAX_NUMBER:g}")
    return number if abs(number) >= 1 / MAX_NUMBER else 0.0
