"""The lowering of a filter's tree to conditions, by the kinds of each call's arguments."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import false

from app.query.cql2.arrays import compare_array
from app.query.cql2.ast import (
    ARITHMETIC,
    ARRAY_FUNCTIONS,
    COMPARISONS,
    FOLDINGS,
    FUNCTIONS,
    SPATIAL_FUNCTIONS,
    TEMPORAL_FUNCTIONS,
    Array,
    Call,
    FilterError,
    FilterNode,
    GeometryLiteral,
    Interval,
    Property,
    TimeLiteral,
    Value,
    quote_word,
)
from app.query.cql2.compare_numbers import (
    NumberOperand,
    compare_among,
    compare_numbers,
    lower_number,
)
from app.query.cql2.compare_text import (
    TextOperand,
    compare_equal,
    compare_like,
    compare_texts,
    lower_text,
)
from app.query.cql2.compare_time import compare_spans, compare_times, is_temporal
from app.query.cql2.condition import (
    FilterCondition,
    LoweringContext,
    combine_all,
    combine_any,
    make_constant,
    negate,
)
from app.query.cql2.spatial import compare_places
from app.query.fields import INSTANT, LIST, PLACE, SPAN, TRUTH, FilterField
from app.query.table_view import TableView
from app.values.suggestions import did_you_mean


def lower_node(lowering: LoweringContext, node: FilterNode) -> FilterCondition:
    """Lower a node to its condition; raise FilterError for one that is not a condition."""
    if isinstance(node, Value) and isinstance(node.value, bool):
        return make_constant(node.value)
    if isinstance(node, Property):
        return _lower_truth(lowering, node)
    if not isinstance(node, Call):
        raise FilterError(node.place, "a condition is expected here, such as type = 'summit'")
    lower = _CALLS.get(node.name)
    if lower is None:
        raise _make_unknown_error(node)
    return lower(lowering, node)


def _make_unknown_error(call: Call) -> FilterError:
    if call.name in ARITHMETIC or call.name in FOLDINGS:
        return FilterError(call.place, f"{quote_word(call.name)} is not a condition: compare it")
    hint = did_you_mean(call.name, FUNCTIONS)
    return FilterError(call.place, f"unknown function {quote_word(call.name)}{hint}")


def _lower_truth(lowering: LoweringContext, node: Property) -> FilterCondition:
    field = lowering.get_field(node)
    read = field.read
    if field.kind != TRUTH or read is None:
        raise FilterError(
            node.place, f"{quote_word(field.name)} alone is not a condition: compare it"
        )
    return FilterCondition((field.name, "true"), lambda view: read(view) == 1)


def _lower_comparison(lowering: LoweringContext, call: Call) -> FilterCondition:
    left, right = call.args
    if is_temporal(lowering, left) or is_temporal(lowering, right):
        return compare_times(lowering, call)
    truths = [_get_truth(lowering, node) for node in call.args]
    if None not in truths:
        return _compare_truths(call, truths)
    numbers = [lower_number(lowering, node) for node in call.args]
    one, other = numbers
    if one is not None and other is not None:
        return compare_numbers(call.name, one, other)
    sides = _get_sides(lowering, call)
    return compare_texts(lowering, call.name, *sides)


def _get_sides(lowering: LoweringContext, call: Call) -> tuple[TextOperand, TextOperand]:
    """Return both sides as texts; beside a list, a whole number is a text."""
    left, right = (lower_text(lowering, node) for node in call.args)
    if left is None and right is not None:
        left = _convert_item(right, call.args[0])
    if right is None and left is not None:
        right = _convert_item(left, call.args[1])
    if left is None or right is None:
        raise _make_mismatch_error(lowering, call)
    return left, right


def _convert_item(side: TextOperand, node: FilterNode) -> TextOperand | None:
    is_list = side.field is not None and side.field.kind == LIST
    if is_list and isinstance(node, Value) and isinstance(node.value, float):
        return TextOperand(node.place, frozenset(), text=f"{node.value:.15g}")
    return None


def _make_mismatch_error(lowering: LoweringContext, call: Call) -> FilterError:
    for node in call.args:
        if isinstance(node, Call) and node.name not in (*_CALLS, *ARITHMETIC):
            return _make_unknown_error(node)
    told = " and ".join(_describe_node(lowering, node) for node in call.args)
    return FilterError(call.place, f"{call.name.upper()} cannot compare {told}")


def _describe_node(lowering: LoweringContext, node: FilterNode) -> str:
    if isinstance(node, Property):
        field = lowering.get_field(node)
        return f"{quote_word(field.name)}, which is a {field.kind},"
    if isinstance(node, Value):
        return quote_word(node.value) if isinstance(node.value, str) else f"{node.value!r}"
    return f"this {_NODE_WORDS[type(node)]}"


_NODE_WORDS: dict[type[FilterNode], str] = {
    TimeLiteral: "date or timestamp",
    Interval: "interval",
    GeometryLiteral: "geometry",
    Array: "list",
    Call: "function or operator",
}


def _get_truth(lowering: LoweringContext, node: FilterNode) -> Any:
    if isinstance(node, Value) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, Property):
        field = lowering.get_field(node)
        return field if field.kind == TRUTH else None
    return None


def _compare_truths(call: Call, truths: Sequence[Any]) -> FilterCondition:
    if call.name not in ("=", "<>"):
        raise FilterError(
            call.place, "values that are true or false can be compared with = and <> only"
        )
    fields = [truth for truth in truths if isinstance(truth, FilterField)]
    if not fields:
        return make_constant((truths[0] == truths[1]) == (call.name == "="))
    found = FilterCondition(
        (call.name, *(truth.name if isinstance(truth, FilterField) else truth for truth in truths)),
        lambda view: _read_truth(view, truths[0]) == _read_truth(view, truths[1]),
    )
    return found if call.name == "=" else negate(found)


def _read_truth(view: TableView, truth: Any) -> Any:
    if isinstance(truth, FilterField):
        assert truth.read is not None, "a truth is read"
        return truth.read(view)
    return int(truth)


def _lower_like(lowering: LoweringContext, call: Call) -> FilterCondition:
    left, right = (lower_text(lowering, node) for node in call.args)
    if left is None or right is None:
        raise _make_mismatch_error(lowering, call)
    return compare_like(lowering, left, right)


def _lower_between(lowering: LoweringContext, call: Call) -> FilterCondition:
    value, least, most = call.args
    return combine_all(
        [
            _lower_comparison(lowering, Call(">=", (value, least), call.place)),
            _lower_comparison(lowering, Call("<=", (value, most), call.place)),
        ]
    )


def _lower_in(lowering: LoweringContext, call: Call) -> FilterCondition:
    left, right = call.args
    if not isinstance(right, Array) or not right.items:
        raise FilterError(right.place, "IN needs a list that is not empty, such as ('a', 'b')")
    literals = [item.value for item in right.items if isinstance(item, Value)]
    if len(literals) == len(right.items) and not any(
        isinstance(literal, bool) for literal in literals
    ):
        number = lower_number(lowering, left)
        if number is not None and all(isinstance(literal, float) for literal in literals):
            return compare_among(lowering, number, [float(literal) for literal in literals])
    sides = [lower_text(lowering, item) for item in right.items]
    texts = [side for side in sides if side is not None and side.text is not None]
    side = lower_text(lowering, left)
    if side is not None and side.field is not None and len(texts) == len(sides):
        return compare_equal(lowering, side, texts)
    parts = [Call("=", (left, item), item.place) for item in right.items]
    return combine_any([_lower_comparison(lowering, part) for part in parts])


def _lower_is_null(lowering: LoweringContext, call: Call) -> FilterCondition:
    (node,) = call.args
    if isinstance(node, Property):
        return _lower_field_is_null(lowering.get_field(node))
    number: NumberOperand | None = lower_number(lowering, node)
    if number is not None:
        return FilterCondition(("null", number.shape), lambda view: number.read(view).is_(None))
    if isinstance(node, Call) and node.name in FOLDINGS:
        if len(node.args) != 1:
            raise FilterError(node.place, f"{node.name} takes one text")
        return _lower_is_null(lowering, Call(call.name, node.args, call.place))
    if isinstance(node, Call) and node.name in _CALLS:
        found = lower_node(lowering, node)
        return FilterCondition(
            ("null", found.shape), lambda view: found.where(view).self_group().is_(None)
        )
    if isinstance(node, Array | Interval | Call):
        raise FilterError(node.place, "IS NULL needs a field on its left")
    return make_constant(False)


def _lower_field_is_null(field: FilterField) -> FilterCondition:
    shape = ("null", field.name)
    if field.kind == PLACE:
        return FilterCondition(shape, lambda view: view.column("longitude").is_(None))
    if field.items is not None:
        items = field.items
        return FilterCondition(shape, lambda view: ~items.any(view, lambda item: item.is_not(None)))
    read = field.read
    if read is None or field.kind in (SPAN, INSTANT):
        return FilterCondition(shape, lambda _: false())
    if field.words:
        return FilterCondition(shape, lambda view: read(view) == 0)
    return FilterCondition(shape, lambda view: read(view).is_(None))


def _lower_not(lowering: LoweringContext, call: Call) -> FilterCondition:
    (node,) = call.args
    return negate(lower_node(lowering, node))


_CALLS: dict[str, Callable[[LoweringContext, Call], FilterCondition]] = {
    "and": lambda lowering, call: combine_all([lower_node(lowering, part) for part in call.args]),
    "or": lambda lowering, call: combine_any([lower_node(lowering, part) for part in call.args]),
    "not": _lower_not,
    "like": _lower_like,
    "between": _lower_between,
    "in": _lower_in,
    "isnull": _lower_is_null,
    **dict.fromkeys(COMPARISONS, _lower_comparison),
    **dict.fromkeys(ARRAY_FUNCTIONS, compare_array),
    **dict.fromkeys(SPATIAL_FUNCTIONS, compare_places),
    **dict.fromkeys(TEMPORAL_FUNCTIONS, compare_spans),
}
