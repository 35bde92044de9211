"""Comparing days, instants and spans: each is its first and last unit, days or microseconds.

A field of days is compared in days, a field of instants in microseconds; what the filter gives
is read as that. A day is, in microseconds, all of the day; an instant is, in days, its UTC day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, or_

from app.query.cql2.ast import Call, Interval, Moment, Node, Property, Value, Wrong, shown
from app.query.cql2.compare_text import TURNED
from app.query.cql2.condition import Condition, Lowering
from app.query.fields import DAY, INSTANT, SPAN, Field, Read
from app.query.table_view import View
from app.values.dates import OPEN_END, OPEN_START, day_number
from app.values.timestamps import parse_instant

EPOCH_DAY = 719_163
"""1970-01-01 as an ordinal."""

DAY_MICROS = 86_400_000_000
OPEN_MICROS = 2**62
_OPEN = {DAY: (OPEN_START, OPEN_END), INSTANT: (-OPEN_MICROS, OPEN_MICROS)}


@dataclass(frozen=True)
class Span:
    """From the first to the last unit."""

    shape: Any
    first: Read
    last: Read


def is_temporal(lowering: Lowering, node: Node) -> bool:
    """Whether it is a day, an instant or a span."""
    if isinstance(node, Property):
        return lowering.field(node).kind in (DAY, INSTANT, SPAN)
    return isinstance(node, Moment | Interval)


def compare_moments(lowering: Lowering, call: Call) -> Condition:
    """A day or an instant with another by a sign."""
    for node in call.args:
        if _kind(lowering, node) == SPAN or isinstance(node, Interval):
            raise Wrong(
                node.place,
                "this is a span of time: compare it with T_BEFORE, T_AFTER, T_INTERSECTS …",
            )
    if not isinstance(call.args[0], Property):
        call = Call(TURNED[call.name], call.args[::-1], call.place)
    left, right = _spans(lowering, call)
    return Condition(
        (call.name, left.shape, right.shape),
        lambda view: _SIGNS[call.name](_Ends.of(view, left), _Ends.of(view, right)),
    )


def holds_temporal(lowering: Lowering, call: Call) -> Condition:
    """One of the functions on spans of time."""
    if len(call.args) != 2:
        raise Wrong(call.place, f"{call.name} takes two spans of time")
    left, right = _spans(lowering, call)
    return Condition(
        (call.name, left.shape, right.shape),
        lambda view: _FUNCTIONS[call.name](_Ends.of(view, left), _Ends.of(view, right)),
    )


def _kind(lowering: Lowering, node: Node | None) -> str | None:
    return lowering.field(node).kind if isinstance(node, Property) else None


def _spans(lowering: Lowering, call: Call) -> tuple[Span, Span]:
    kinds = {kind for node in call.args for kind in _kinds_in(lowering, node)} - {None}
    if INSTANT in kinds and kinds & {DAY, SPAN}:
        raise Wrong(call.place, "days are not compared with instants")
    scale = DAY if kinds & {DAY, SPAN} else INSTANT
    left, right = (_span(lowering, node, scale) for node in call.args)
    return left, right


def _kinds_in(lowering: Lowering, node: Node) -> set[str | None]:
    ends = node.ends if isinstance(node, Interval) else (node,)
    return {_kind(lowering, end) for end in ends}


def _span(lowering: Lowering, node: Node, scale: str) -> Span:
    if isinstance(node, Interval):
        return _interval(lowering, node, scale)
    if isinstance(node, Property):
        return _of_field(lowering.field(node), node)
    if isinstance(node, Value) and isinstance(node.value, str):
        kind = "timestamp" if "T" in node.value.upper() else "date"
        node = Moment(kind, node.value, node.place)
    if not isinstance(node, Moment):
        raise Wrong(node.place, "here a moment must stand, as DATE('2024-06-19')")
    first, last = _units(node, scale)
    return Span("moment", _bound(lowering, first), _bound(lowering, last))


def _of_field(field: Field, node: Property) -> Span:
    if field.ends is not None:
        return Span(field.name, *field.ends)
    if field.kind not in (DAY, INSTANT) or field.read is None:
        raise Wrong(node.place, f"{shown(field.name)} is no time")
    return Span(field.name, field.read, field.read)


def _interval(lowering: Lowering, node: Interval, scale: str) -> Span:
    reads, numbers, shape = [], [], []
    for place, end in enumerate(node.ends):
        if isinstance(end, Property):
            span = _of_field(lowering.field(end), end)
            shape.append(span.shape)
            reads.append((span.first, span.last)[place])
        else:
            number = _OPEN[scale][place] if end is None else _units(end, scale)[place]
            numbers.append(number)
            shape.append("end")
            reads.append(_bound(lowering, number))
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        raise Wrong(node.place, "the interval ends before it starts")
    return Span(tuple(shape), *reads)


def _units(moment: Moment, scale: str) -> tuple[int, int]:
    try:
        if moment.kind == "date":
            day = day_number(moment.text)
            start = (day - EPOCH_DAY) * DAY_MICROS
            return (day, day) if scale == DAY else (start, start + DAY_MICROS - 1)
        instant = parse_instant(moment.text)
    except ValueError as wrong:
        raise Wrong(moment.place, str(wrong)) from None
    day = instant // DAY_MICROS + EPOCH_DAY
    return (day, day) if scale == DAY else (instant, instant)


def _bound(lowering: Lowering, number: int) -> Read:
    name = lowering.bind(number)
    value: ColumnElement[Any] = bindparam(name, type_=BigInteger(), required=True)
    return lambda _: value


@dataclass(frozen=True)
class _Ends:
    first: Any
    last: Any

    @classmethod
    def of(cls, view: View, span: Span) -> "_Ends":
        return cls(span.first(view), span.last(view))


Relation = Callable[[_Ends, _Ends], ColumnElement[bool]]

_SIGNS: dict[str, Relation] = {
    "=": lambda a, b: and_(a.first <= b.last, a.last >= b.first),
    "<>": lambda a, b: or_(a.first > b.last, a.last < b.first),
    "<": lambda a, b: a.last < b.first,
    "<=": lambda a, b: a.last <= b.last,
    ">": lambda a, b: a.first > b.last,
    ">=": lambda a, b: a.first >= b.first,
}
_FUNCTIONS: dict[str, Relation] = {
    "t_after": lambda a, b: a.first > b.last,
    "t_before": lambda a, b: a.last < b.first,
    "t_contains": lambda a, b: and_(a.first < b.first, a.last > b.last),
    "t_disjoint": lambda a, b: or_(a.last < b.first, a.first > b.last),
    "t_during": lambda a, b: and_(a.first > b.first, a.last < b.last),
    "t_equals": lambda a, b: and_(a.first == b.first, a.last == b.last),
    "t_finishedby": lambda a, b: and_(a.first < b.first, a.last == b.last),
    "t_finishes": lambda a, b: and_(a.first > b.first, a.last == b.last),
    "t_intersects": lambda a, b: and_(a.first <= b.last, a.last >= b.first),
    "t_meets": lambda a, b: a.last == b.first,
    "t_metby": lambda a, b: a.first == b.last,
    "t_overlappedby": lambda a, b: and_(a.first > b.first, a.first < b.last, a.last > b.last),
    "t_overlaps": lambda a, b: and_(a.first < b.first, a.last > b.first, a.last < b.last),
    "t_startedby": lambda a, b: and_(a.first == b.first, a.last > b.last),
    "t_starts": lambda a, b: and_(a.first == b.first, a.last < b.last),
}
