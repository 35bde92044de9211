"""Comparisons of days, instants and spans, each by its first and last unit.

Fields of days are compared in days, fields of instants in microseconds since the epoch, and the
filter's values are converted: a day to all of its microseconds, an instant to its UTC day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, or_

from app.query.cql2.ast import (
    Call,
    FilterError,
    FilterNode,
    Interval,
    Property,
    TimeLiteral,
    Value,
    quote_word,
)
from app.query.cql2.compare_text import REVERSED_SIGNS
from app.query.cql2.condition import FilterCondition, LoweringContext
from app.query.fields import DAY, INSTANT, SPAN, ColumnReader, FilterField
from app.query.table_view import TableView
from app.values.dates import OPEN_END, OPEN_START, parse_day
from app.values.timestamps import parse_timestamp

EPOCH_DAY = 719_163
"""1970-01-01 as an ordinal."""

DAY_MICROS = 86_400_000_000
OPEN_MICROS = 2**62
_OPEN_ENDS = {DAY: (OPEN_START, OPEN_END), INSTANT: (-OPEN_MICROS, OPEN_MICROS)}


@dataclass(frozen=True)
class TimeSpan:
    """A span of time, by the readers of its first and last unit."""

    shape: Any
    first: ColumnReader
    last: ColumnReader


def is_temporal(lowering: LoweringContext, node: FilterNode) -> bool:
    """Return whether a node denotes a day, an instant or a span."""
    if isinstance(node, Property):
        return lowering.get_field(node).kind in (DAY, INSTANT, SPAN)
    return isinstance(node, TimeLiteral | Interval)


def compare_times(lowering: LoweringContext, call: Call) -> FilterCondition:
    """Compare two days or instants by an operator."""
    for node in call.args:
        if _get_kind(lowering, node) == SPAN or isinstance(node, Interval):
            raise FilterError(
                node.place,
                "this is a span of time: compare it with T_BEFORE, T_AFTER, T_INTERSECTS …",
            )
    if not isinstance(call.args[0], Property):
        call = Call(REVERSED_SIGNS[call.name], call.args[::-1], call.place)
    left, right = _read_spans(lowering, call)
    return FilterCondition(
        (call.name, left.shape, right.shape),
        lambda view: _SIGNS[call.name](_SpanEnds.read(view, left), _SpanEnds.read(view, right)),
    )


def compare_spans(lowering: LoweringContext, call: Call) -> FilterCondition:
    """Apply a temporal function to two spans."""
    if len(call.args) != 2:
        raise FilterError(call.place, f"{call.name} takes two spans of time")
    left, right = _read_spans(lowering, call)
    return FilterCondition(
        (call.name, left.shape, right.shape),
        lambda view: _FUNCTIONS[call.name](_SpanEnds.read(view, left), _SpanEnds.read(view, right)),
    )


def _get_kind(lowering: LoweringContext, node: FilterNode | None) -> str | None:
    return lowering.get_field(node).kind if isinstance(node, Property) else None


def _read_spans(lowering: LoweringContext, call: Call) -> tuple[TimeSpan, TimeSpan]:
    kinds = {kind for node in call.args for kind in _list_kinds(lowering, node)} - {None}
    if INSTANT in kinds and kinds & {DAY, SPAN}:
        raise FilterError(call.place, "days cannot be compared with instants")
    scale = DAY if kinds & {DAY, SPAN} else INSTANT
    left, right = (_read_span(lowering, node, scale) for node in call.args)
    return left, right


def _list_kinds(lowering: LoweringContext, node: FilterNode) -> set[str | None]:
    ends = node.ends if isinstance(node, Interval) else (node,)
    return {_get_kind(lowering, end) for end in ends}


def _read_span(lowering: LoweringContext, node: FilterNode, scale: str) -> TimeSpan:
    if isinstance(node, Interval):
        return _read_interval(lowering, node, scale)
    if isinstance(node, Property):
        return _read_field_span(lowering.get_field(node), node)
    if isinstance(node, Value) and isinstance(node.value, str):
        kind = "timestamp" if "T" in node.value.upper() else "date"
        node = TimeLiteral(kind, node.value, node.place)
    if not isinstance(node, TimeLiteral):
        raise FilterError(
            node.place, "a date or a timestamp is expected here, such as DATE('2024-06-19')"
        )
    first, last = _convert_to_units(node, scale)
    return TimeSpan("moment", _bind_number(lowering, first), _bind_number(lowering, last))


def _read_field_span(field: FilterField, node: Property) -> TimeSpan:
    if field.ends is not None:
        return TimeSpan(field.name, *field.ends)
    if field.kind not in (DAY, INSTANT) or field.read is None:
        raise FilterError(node.place, f"{quote_word(field.name)} is not a time")
    return TimeSpan(field.name, field.read, field.read)


def _read_interval(lowering: LoweringContext, node: Interval, scale: str) -> TimeSpan:
    reads, numbers, shape = [], [], []
    for place, end in enumerate(node.ends):
        if isinstance(end, Property):
            span = _read_field_span(lowering.get_field(end), end)
            shape.append(span.shape)
            reads.append((span.first, span.last)[place])
        else:
            number = (
                _OPEN_ENDS[scale][place] if end is None else _convert_to_units(end, scale)[place]
            )
            numbers.append(number)
            shape.append("end")
            reads.append(_bind_number(lowering, number))
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        raise FilterError(node.place, "the interval ends before it starts")
    return TimeSpan(tuple(shape), *reads)


def _convert_to_units(literal: TimeLiteral, scale: str) -> tuple[int, int]:
    try:
        if literal.kind == "date":
            day = parse_day(literal.text)
            start = (day - EPOCH_DAY) * DAY_MICROS
            return (day, day) if scale == DAY else (start, start + DAY_MICROS - 1)
        instant = parse_timestamp(literal.text)
    except ValueError as wrong:
        raise FilterError(literal.place, str(wrong)) from None
    day = instant // DAY_MICROS + EPOCH_DAY
    return (day, day) if scale == DAY else (instant, instant)


def _bind_number(lowering: LoweringContext, number: int) -> ColumnReader:
    name = lowering.bind(number)
    value: ColumnElement[Any] = bindparam(name, type_=BigInteger(), required=True)
    return lambda _: value


@dataclass(frozen=True)
class _SpanEnds:
    first: Any
    last: Any

    @classmethod
    def read(cls, view: TableView, span: TimeSpan) -> "_SpanEnds":
        return cls(span.first(view), span.last(view))


TimeRelation = Callable[[_SpanEnds, _SpanEnds], ColumnElement[bool]]

_SIGNS: dict[str, TimeRelation] = {
    "=": lambda a, b: and_(a.first <= b.last, a.last >= b.first),
    "<>": lambda a, b: or_(a.first > b.last, a.last < b.first),
    "<": lambda a, b: a.last < b.first,
    "<=": lambda a, b: a.last <= b.last,
    ">": lambda a, b: a.first > b.last,
    ">=": lambda a, b: a.first >= b.first,
}
_FUNCTIONS: dict[str, TimeRelation] = {
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
