"""Comparisons of numbers, and arithmetic.

Both databases compute with the same floating-point numbers. PostgreSQL raises an error for results
that are too large or too small and for division by zero, so these are avoided: factors and divisors
below a billionth count as zero, and division by zero gives NULL.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add, mul, sub, truediv
from typing import Any

from sqlalchemy import ColumnElement, Float, bindparam, case, func

from app.db.sql.array_sql import any_of
from app.query.cql2.ast import (
    ARITHMETIC,
    MAX_NUMBER,
    Call,
    FilterError,
    FilterNode,
    Property,
    Value,
    check_number,
    quote_word,
)
from app.query.cql2.compare_text import OPERATORS
from app.query.cql2.condition import FilterCondition, LoweringContext, make_constant
from app.query.fields import NUMBER, ColumnReader
from app.query.table_view import TableView

TINY = 1e-9
MAX_BOUND = 1e250
MAX_COPIES = 200
FLOAT = Float(53)


@dataclass(frozen=True)
class NumberOperand:
    """A literal number or one that SQL reads, at most `most` from zero.

    `copies` is the number of times that SQL repeats its parts.
    """

    shape: Any
    read: ColumnReader
    most: float
    literal: float | None = None
    copies: int = 1


def lower_number(lowering: LoweringContext, node: FilterNode) -> NumberOperand | None:
    """Return the number that a node denotes; None for any other node."""
    if isinstance(node, Value) and isinstance(node.value, float):
        return _make_literal(lowering, node.value)
    if isinstance(node, Property):
        field = lowering.get_field(node)
        read = field.read
        if field.kind != NUMBER or read is None:
            return None
        return NumberOperand(field.name, lambda view: read(view).cast(FLOAT), MAX_NUMBER)
    if isinstance(node, Call) and node.name in ARITHMETIC:
        left, right = (_require_number(lowering, part) for part in node.args)
        return _lower_arithmetic(lowering, node, left, right)
    return None


def compare_numbers(sign: str, left: NumberOperand, right: NumberOperand) -> FilterCondition:
    """Compare two numbers by an operator."""
    compare = OPERATORS[sign]
    if left.literal is not None and right.literal is not None:
        return make_constant(bool(compare(left.literal, right.literal)))
    return FilterCondition(
        (sign, left.shape, right.shape), lambda view: compare(left.read(view), right.read(view))
    )


def compare_among(
    lowering: LoweringContext, left: NumberOperand, others: Sequence[float]
) -> FilterCondition:
    """Require that the number is one of these."""
    if left.literal is not None:
        return make_constant(left.literal in others)
    name = lowering.bind(list(others))

    def where(view: TableView) -> ColumnElement[bool]:
        return any_of(left.read(view), name)

    return FilterCondition(("in", left.shape), where)


def _make_literal(lowering: LoweringContext, number: float) -> NumberOperand:
    name = lowering.bind(number)
    bound: ColumnElement[Any] = bindparam(name, type_=FLOAT, required=True)
    return NumberOperand("number", lambda _: bound, abs(number), number)


def _require_number(lowering: LoweringContext, node: FilterNode) -> NumberOperand:
    found = lower_number(lowering, node)
    if found is None:
        raise FilterError(node.place, "a number is expected here")
    return found


def _lower_arithmetic(
    lowering: LoweringContext, call: Call, left: NumberOperand, right: NumberOperand
) -> NumberOperand:
    if left.literal is not None and right.literal is not None:
        return _make_literal(lowering, _compute_literal(call, left.literal, right.literal))
    if call.name not in _SIGNS:
        known = ", ".join(_SIGNS)
        raise FilterError(
            call.place,
            f"{quote_word(call.name)} works with literal numbers only; with a field use {known}",
        )
    copies = left.copies + right.copies
    if call.name in "*/":
        left, right = _drop_tiny(left), _drop_tiny(right)
        copies = 2 * copies
    most, read = _SIGNS[call.name](left, right)
    if most > MAX_BOUND or copies > MAX_COPIES:
        raise FilterError(call.place, "this arithmetic is too large")
    return NumberOperand((call.name, left.shape, right.shape), read, most, copies=copies)


def _compute_literal(call: Call, left: float, right: float) -> float:
    try:
        found = _LITERAL_SIGNS[call.name](left, right)
    except (ZeroDivisionError, OverflowError):
        found = float("nan")
    if isinstance(found, complex):
        found = float("nan")
    return check_number(float(found), call.place)


def _drop_tiny(number: NumberOperand) -> NumberOperand:
    if number.literal is not None:
        return number
    read = number.read

    def where(view: TableView) -> ColumnElement[Any]:
        found = read(view)
        return case((func.abs(found) < TINY, 0.0), else_=found)

    return NumberOperand(("tiny", number.shape), where, number.most)


def _add_numbers(
    left: NumberOperand, right: NumberOperand, sign: Callable[[Any, Any], Any]
) -> tuple[float, ColumnReader]:
    return left.most + right.most, lambda view: sign(left.read(view), right.read(view))


def _multiply_numbers(left: NumberOperand, right: NumberOperand) -> tuple[float, ColumnReader]:
    return left.most * right.most, lambda view: left.read(view) * right.read(view)


def _divide_numbers(left: NumberOperand, right: NumberOperand) -> tuple[float, ColumnReader]:
    def read(view: TableView) -> ColumnElement[Any]:
        divisor = func.nullif(right.read(view), 0.0, type_=FLOAT)
        return left.read(view) / divisor

    return left.most / TINY, read


_SIGNS: dict[str, Callable[[NumberOperand, NumberOperand], tuple[float, ColumnReader]]] = {
    "+": lambda left, right: _add_numbers(left, right, add),
    "-": lambda left, right: _add_numbers(left, right, sub),
    "*": _multiply_numbers,
    "/": _divide_numbers,
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
