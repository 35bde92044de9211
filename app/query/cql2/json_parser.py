"""Reading CQL2 JSON into a tree."""

from collections.abc import Callable, Mapping
from typing import Any

from app.query.cql2.ast import (
    ARITHMETIC,
    COMPARISONS,
    DEEPEST,
    FUNCTIONS,
    LOGIC,
    MOST_TERMS,
    PREDICATES,
    Array,
    Call,
    Figure,
    Interval,
    Moment,
    Node,
    Property,
    Value,
    Wrong,
    checked_number,
    checked_text,
    shown,
)
from app.query.cql2.text_tokens import at
from app.values.geometry import NotGeometry, box_of, read_geojson
from app.values.strict_json import NotJson, load_json

Steps = tuple[str | int, ...]

MOST_ITEMS = MOST_TERMS * 4
_OPEN_END = ".."
_LEAST_ARGUMENTS = {"and": 2, "or": 2, "not": 1, "isnull": 1, "between": 3}
_MEMBERS = ("op", "property", "date", "timestamp", "interval", "bbox", "type")
_KNOWN = (*LOGIC, *COMPARISONS, *PREDICATES, *ARITHMETIC, *FUNCTIONS)


def parse_json(text: str) -> Node:
    """The tree of a CQL2 JSON text; Wrong says what is wrong and where."""
    return _Reader().node(_load(text), (), 0)


def _load(text: str) -> Any:
    try:
        return load_json(text)
    except NotJson as wrong:
        raise Wrong("" if wrong.start is None else at(wrong.start), str(wrong)) from None


class _Reader:
    """Reads the values of JSON, counting them."""

    def __init__(self) -> None:
        self.items = 0

    def node(self, given: Any, steps: Steps, depth: int) -> Node:
        place = pointer(steps)
        self.items += 1
        if depth > DEEPEST:
            raise Wrong(place, f"this stands deeper than {DEEPEST} levels")
        if self.items > MOST_ITEMS:
            raise Wrong(place, f"the filter has more than {MOST_ITEMS} parts")
        if isinstance(given, bool):
            return Value(given, place)
        if isinstance(given, int | float):
            return Value(_number(given, place), place)
        if isinstance(given, str):
            return Value(checked_text(given, place), place)
        if isinstance(given, list):
            return Array(self.nodes(given, steps, depth), place)
        if isinstance(given, Mapping):
            return self.object(given, steps, depth)
        raise Wrong(place, 'here null says nothing; to ask for it there is {"op": "isNull"}')

    def nodes(self, given: list[Any], steps: Steps, depth: int) -> tuple[Node, ...]:
        return tuple(
            self.node(each, (*steps, number), depth + 1) for number, each in enumerate(given)
        )

    def object(self, given: Mapping[str, Any], steps: Steps, depth: int) -> Node:
        place = pointer(steps)
        member = next((name for name in _MEMBERS if name in given), None)
        if member is None:
            raise Wrong(place, f"an object has one of the members {', '.join(_MEMBERS)}")
        if member == "op":
            return self.call(given, steps, depth)
        if member == "type":
            return Figure(_geometry(lambda: read_geojson(given), steps), place)
        if len(given) > 1:
            raise Wrong(place, f"beside {member!r} nothing else stands")
        inside = given[member]
        if member == "interval":
            return self.interval(inside, (*steps, member))
        if member == "bbox":
            return self.box(inside, (*steps, member))
        if not isinstance(inside, str):
            raise Wrong(pointer((*steps, member)), "here a text must stand")
        text = checked_text(inside, place)
        return Property(text, place) if member == "property" else Moment(member, text, place)

    def call(self, given: Mapping[str, Any], steps: Steps, depth: int) -> Node:
        place = pointer(steps)
        name, args = given["op"], given.get("args")
        if unknown := set(given) - {"op", "args"}:
            raise Wrong(place, f"beside 'op' and 'args' there is no {shown(min(unknown))}")
        if not isinstance(name, str) or not isinstance(args, list):
            raise Wrong(place, "'op' is the name of an operator and 'args' a list")
        word = checked_text(name, place).lower()
        least = _LEAST_ARGUMENTS.get(word, 2 if word in _KNOWN else 0)
        if word in ("casei", "accenti"):
            least = 1
        if len(args) < least or (word in _KNOWN and word not in LOGIC[:2] and len(args) > least):
            raise Wrong(place, f"{shown(name)} takes {least} arguments, not {len(args)}")
        return Call(word, self.nodes(args, (*steps, "args"), depth), place)

    def interval(self, given: Any, steps: Steps) -> Node:
        place = pointer(steps)
        if not isinstance(given, list) or len(given) != 2:
            raise Wrong(place, "an interval is a list of its two ends")
        first, last = (self.end(each, (*steps, number)) for number, each in enumerate(given))
        return Interval((first, last), place)

    def end(self, given: Any, steps: Steps) -> Moment | Property | None:
        place = pointer(steps)
        if given == _OPEN_END:
            return None
        if isinstance(given, str):
            text = checked_text(given, place)
            return Moment("timestamp" if "T" in text.upper() else "date", text, place)
        found = self.node(given, steps, 1)
        if not isinstance(found, Moment | Property):
            raise Wrong(place, "an interval goes from a moment to a moment")
        return found

    def box(self, given: Any, steps: Steps) -> Node:
        place = pointer(steps)
        if not isinstance(given, list) or not all(type(each) in (int, float) for each in given):
            raise Wrong(place, "a box is of numbers: west, south, east, north")
        numbers = [_number(each, place) for each in given]
        return Figure(_geometry(lambda: box_of(numbers, ()), steps), place)


def _geometry(read: Callable[[], Any], steps: Steps) -> Any:
    try:
        return read()
    except NotGeometry as wrong:
        below = wrong.place if isinstance(wrong.place, tuple) else ()
        raise Wrong(pointer((*steps, *below)), str(wrong)) from None


def _number(number: int | float, place: str) -> float:
    return checked_number(float(number) if abs(number) < 1e300 else 1e300, place)


def pointer(steps: Steps) -> str:
    """The JSON pointer (RFC 6901) of these steps; of none, "/"."""
    return "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in steps)
