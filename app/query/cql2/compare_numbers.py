"""Comparing and reckoning with numbers.

Both databases reckon with the same floating-point numbers. PostgreSQL refuses what is too large
or too small for one and divisions by zero, so that none of them is let happen: what is multiplied
or divided by is zero where it is below a billionth, and dividing by zero gives what is not known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add, mul, sub, truediv
from typing import Any

from sqlalchemy import ColumnElement, Float, bindparam, case, func

from app.db.sql.array_sql import any_of
from app.query.cql2.ast import (
    ARITHMETIC,
    LARGEST,
    Call,
    Node,
    Property,
    Value,
    Wrong,
    checked_number,
    shown,
)
from app.query.cql2.compare_text import OPERATORS
from app.query.cql2.condition import Condition, Lowering, constant
from app.query.fields import NUMBER, Read
from app.query.table_view import View

TINY = 1e-9
MOST_BOUND = 1e250
MOST_COPIES = 200
FLOAT = Float(53)


@dataclass(frozen=True)
class Number:
    """A number: a literal one, or one that is read; it is never more than `most` from zero.

    `copies` is how often SQL has to spell out what it is made of.
    """

    shape: Any
    read: Read
    most: float
    literal: float | None = None
    copies: int = 1


def number_of(lowering: Lowering, node: Node) -> Number | None:
    """The number that a part of a filter is; None for anything else."""
    if isinstance(node, Value) and isinstance(node.value, float):
        return _literal(lowering, node.value)
    if isinstance(node, Property):
        field = lowering.field(node)
        read = field.read
        if field.kind != NUMBER or read is None:
            return None
        return Number(field.name, lambda view: read(view).cast(FLOAT), LARGEST)
    if isinstance(node, Call) and node.name in ARITHMETIC:
        left, right = (_needed(lowering, part) for part in node.args)
        return _reckoned(lowering, node, left, right)
    return None


def compare_numbers(sign: str, left: Number, right: Number) -> Condition:
    """Two numbers by a sign."""
    compare = OPERATORS[sign]
    if left.literal is not None and right.literal is not None:
        return constant(bool(compare(left.literal, right.literal)))
    return Condition(
        (sign, left.shape, right.shape), lambda view: compare(left.read(view), right.read(view))
    )


def is_among(lowering: Lowering, left: Number, others: Sequence[float]) -> Condition:
    """The number is one of these."""
    if left.literal is not None:
        return constant(left.literal in others)
    name = lowering.bind(list(others))

    def where(view: View) -> ColumnElement[bool]:
        return any_of(left.read(view), name)

    return Condition(("in", left.shape), where)


def _literal(lowering: Lowering, number: float) -> Number:
    name = lowering.bind(number)
    bound: ColumnElement[Any] = bindparam(name, type_=FLOAT, required=True)
    return Number("number", lambda _: bound, abs(number), number)


def _needed(lowering: Lowering, node: Node) -> Number:
    found = number_of(lowering, node)
    if found is None:
        raise Wrong(node.place, "here a number must stand")
    return found


def _reckoned(lowering: Lowering, call: Call, left: Number, right: Number) -> Number:
    if left.literal is not None and right.literal is not None:
        return _literal(lowering, _computed(call, left.literal, right.literal))
    if call.name not in _SIGNS:
        known = ", ".join(_SIGNS)
        raise Wrong(call.place, f"{shown(call.name)} is for numbers alone; with a field go {known}")
    copies = left.copies + right.copies
    if call.name in "*/":
        left, right = _without_tiny(left), _without_tiny(right)
        copies = 2 * copies
    most, read = _SIGNS[call.name](left, right)
    if most > MOST_BOUND or copies > MOST_COPIES:
        raise Wrong(call.place, "this is too much to reckon with")
    return Number((call.name, left.shape, right.shape), read, most, copies=copies)


def _computed(call: Call, left: float, right: float) -> float:
    try:
        found = _LITERAL_SIGNS[call.name](left, right)
    except (ZeroDivisionError, OverflowError):
        found = float("nan")
    if isinstance(found, complex):
        found = float("nan")
    return checked_number(float(found), call.place)


def _without_tiny(number: Number) -> Number:
    if number.literal is not None:
        return number
    read = number.read

    def where(view: View) -> ColumnElement[Any]:
        found = read(view)
        return case((func.abs(found) < TINY, 0.0), else_=found)

    return Number(("tiny", number.shape), where, number.most)


def _sum(left: Number, right: Number, sign: Callable[[Any, Any], Any]) -> tuple[float, Read]:
    return left.most + right.most, lambda view: sign(left.read(view), right.read(view))


def _product(left: Number, right: Number) -> tuple[float, Read]:
    return left.most * right.most, lambda view: left.read(view) * right.read(view)


def _quotient(left: Number, right: Number) -> tuple[float, Read]:
    def read(view: View) -> ColumnElement[Any]:
        divisor = func.nullif(right.read(view), 0.0, type_=FLOAT)
        return left.read(view) / divisor

    return left.most / TINY, read


_SIGNS: dict[str, Callable[[Number, Number], tuple[float, Read]]] = {
    "+": lambda left, right: _sum(left, right, add),
    "-": lambda left, right: _sum(left, right, sub),
    "*": _product,
    "/": _quotient,
}
_LITERAL_SIGNS: dict[str, Callable[[float, float], Any]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
    "%": lambda left, right: left - right * int(left / right),
    "div": lambda left, right: float(int(left / right)),
    "^": pow,
}
