"""The parser of CQL2 JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from app.query.cql2.ast import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    LOGIC,
    MAX_DEPTH,
    MAX_TERMS,
    PREDICATES,
    Array,
    Call,
    FilterError,
    FilterNode,
    GeometryLiteral,
    Interval,
    Property,
    TimeLiteral,
    Value,
    check_number,
    check_text,
    quote_word,
)
from app.query.cql2.text_tokens import format_place
from app.values.geometry import GeometryError, make_box, read_geojson
from app.values.strict_json import JsonError, format_pointer, load_json

PointerSteps = tuple[str | int, ...]

MAX_PARTS = MAX_TERMS * 4
_OPEN_END = ".."
_LEAST_ARGUMENTS = {"and": 2, "or": 2, "not": 1, "isnull": 1, "between": 3}
_MEMBERS = ("op", "property", "date", "timestamp", "interval", "bbox", "type")
_OPERATORS = (*LOGIC, *COMPARISONS, *PREDICATES, *ARITHMETIC, *FUNCTIONS)


def parse_json(text: str) -> FilterNode:
    """Parse CQL2 JSON; raise FilterError with the place of a mistake."""
    return _JsonReader().read_node(_decode_json(text), (), 0)


def _decode_json(text: str) -> Any:
    try:
        return load_json(text)
    except JsonError as wrong:
        raise FilterError(
            "" if wrong.start is None else format_place(wrong.start), str(wrong)
        ) from None


class _JsonReader:
    """A reader of JSON values that counts them."""

    def __init__(self) -> None:
        self.items = 0

    def read_node(self, given: Any, steps: PointerSteps, depth: int) -> FilterNode:
        place = format_steps(steps)
        self.items += 1
        if depth > MAX_DEPTH:
            raise FilterError(place, f"this is nested deeper than {MAX_DEPTH} levels")
        if self.items > MAX_PARTS:
            raise FilterError(place, f"the filter has more than {MAX_PARTS} parts")
        if isinstance(given, bool):
            return Value(given, place)
        if isinstance(given, int | float):
            return Value(_check_number(given, place), place)
        if isinstance(given, str):
            return Value(check_text(given, place), place)
        if isinstance(given, list):
            return Array(self.read_nodes(given, steps, depth), place)
        if isinstance(given, Mapping):
            return self.read_object(given, steps, depth)
        raise FilterError(place, 'null cannot be used here; use {"op": "isNull"}')

    def read_nodes(
        self, given: list[Any], steps: PointerSteps, depth: int
    ) -> tuple[FilterNode, ...]:
        return tuple(
            self.read_node(item, (*steps, number), depth + 1) for number, item in enumerate(given)
        )

    def read_object(self, given: Mapping[str, Any], steps: PointerSteps, depth: int) -> FilterNode:
        place = format_steps(steps)
        member = next((name for name in _MEMBERS if name in given), None)
        if member is None:
            raise FilterError(
                place, f"an object must have one of the members {', '.join(_MEMBERS)}"
            )
        if member == "op":
            return self.read_call(given, steps, depth)
        if member == "type":
            return GeometryLiteral(_read_geometry(lambda: read_geojson(given), steps), place)
        if len(given) > 1:
            raise FilterError(place, f"an object with {member!r} must have no other member")
        inside = given[member]
        if member == "interval":
            return self.read_interval(inside, (*steps, member))
        if member == "bbox":
            return self.read_box(inside, (*steps, member))
        if not isinstance(inside, str):
            raise FilterError(format_steps((*steps, member)), "a text is expected here")
        text = check_text(inside, place)
        return Property(text, place) if member == "property" else TimeLiteral(member, text, place)

    def read_call(self, given: Mapping[str, Any], steps: PointerSteps, depth: int) -> FilterNode:
        place = format_steps(steps)
        name, args = given["op"], given.get("args")
        if unknown := set(given) - {"op", "args"}:
            raise FilterError(
                place, f"an object with 'op' and 'args' must not have {quote_word(min(unknown))}"
            )
        if not isinstance(name, str) or not isinstance(args, list):
            raise FilterError(place, "'op' must be the name of an operator, and 'args' a list")
        word = check_text(name, place).lower()
        least = _LEAST_ARGUMENTS.get(word, 2 if word in _OPERATORS else 0)
        if word in ("casei", "accenti"):
            least = 1
        if len(args) < least or (
            word in _OPERATORS and word not in LOGIC[:2] and len(args) > least
        ):
            raise FilterError(place, f"{quote_word(name)} takes {least} arguments, not {len(args)}")
        return Call(word, self.read_nodes(args, (*steps, "args"), depth), place)

    def read_interval(self, given: Any, steps: PointerSteps) -> FilterNode:
        place = format_steps(steps)
        if not isinstance(given, list) or len(given) != 2:
            raise FilterError(place, "an interval must be a list of its two ends")
        first, last = (self.read_end(end, (*steps, number)) for number, end in enumerate(given))
        return Interval((first, last), place)

    def read_end(self, given: Any, steps: PointerSteps) -> TimeLiteral | Property | None:
        place = format_steps(steps)
        if given == _OPEN_END:
            return None
        if isinstance(given, str):
            text = check_text(given, place)
            return TimeLiteral("timestamp" if "T" in text.upper() else "date", text, place)
        found = self.read_node(given, steps, 1)
        if not isinstance(found, TimeLiteral | Property):
            raise FilterError(place, "the ends of an interval must be dates or timestamps")
        return found

    def read_box(self, given: Any, steps: PointerSteps) -> FilterNode:
        place = format_steps(steps)
        if not isinstance(given, list) or not all(type(number) in (int, float) for number in given):
            raise FilterError(place, "a box must be numbers: west, south, east, north")
        numbers = [_check_number(number, place) for number in given]
        return GeometryLiteral(_read_geometry(lambda: make_box(numbers, ()), steps), place)


def _read_geometry(read: Callable[[], Any], steps: PointerSteps) -> Any:
    try:
        return read()
    except GeometryError as wrong:
        below = wrong.place if isinstance(wrong.place, tuple) else ()
        raise FilterError(format_steps((*steps, *below)), str(wrong)) from None


def _check_number(number: int | float, place: str) -> float:
    return check_number(float(number) if abs(number) < 1e300 else 1e300, place)


def format_steps(steps: PointerSteps) -> str:
    """Return the JSON pointer (RFC 6901) of a value; "/" for the whole filter."""
    return format_pointer(steps) or "/"
