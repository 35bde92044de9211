"""A filter's tree to conditions: what each call means, by what it is applied to."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import false

from app.query.cql2.arrays import holds_list
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
    Interval,
    Node,
    Property,
    Value,
    Wrong,
    shown,
)
from app.query.cql2.compare_numbers import Number, compare_numbers, is_among, number_of
from app.query.cql2.compare_text import Side, compare_texts, equals_one, matches, side_of
from app.query.cql2.compare_time import compare_moments, holds_temporal, is_temporal
from app.query.cql2.condition import (
    Condition,
    Lowering,
    all_of,
    any_of_them,
    constant,
    opposite,
)
from app.query.cql2.spatial import holds_spatial
from app.query.fields import INSTANT, LIST, PLACE, SPAN, TRUTH, Field
from app.query.table_view import View
from app.values.suggestions import did_you_mean


def condition_of(lowering: Lowering, node: Node) -> Condition:
    """The condition that a part of a filter is; Wrong if it is none."""
    if isinstance(node, Value) and isinstance(node.value, bool):
        return constant(node.value)
    if isinstance(node, Property):
        return _is_true(lowering, node)
    if not isinstance(node, Call):
        raise Wrong(node.place, "here a condition must stand, as type = 'summit'")
    lower = _CALLS.get(node.name)
    if lower is None:
        raise _not_known(node)
    return lower(lowering, node)


def _not_known(call: Call) -> Wrong:
    if call.name in ARITHMETIC or call.name in FOLDINGS:
        return Wrong(call.place, f"{shown(call.name)} makes no condition: compare it")
    hint = did_you_mean(call.name, FUNCTIONS)
    return Wrong(call.place, f"unknown function {shown(call.name)}{hint}")


def _is_true(lowering: Lowering, node: Property) -> Condition:
    field = lowering.field(node)
    read = field.read
    if field.kind != TRUTH or read is None:
        raise Wrong(node.place, f"{shown(field.name)} alone is no condition: compare it")
    return Condition((field.name, "true"), lambda view: read(view) == 1)


def _compared(lowering: Lowering, call: Call) -> Condition:
    left, right = call.args
    if is_temporal(lowering, left) or is_temporal(lowering, right):
        return compare_moments(lowering, call)
    truths = [_truth(lowering, node) for node in call.args]
    if None not in truths:
        return _compare_truths(call, truths)
    numbers = [number_of(lowering, node) for node in call.args]
    one, other = numbers
    if one is not None and other is not None:
        return compare_numbers(call.name, one, other)
    sides = _sides(lowering, call)
    return compare_texts(lowering, call.name, *sides)


def _sides(lowering: Lowering, call: Call) -> tuple[Side, Side]:
    """Both sides as texts; a whole number is one where it is compared with a list."""
    left, right = (side_of(lowering, node) for node in call.args)
    if left is None and right is not None:
        left = _as_item(right, call.args[0])
    if right is None and left is not None:
        right = _as_item(left, call.args[1])
    if left is None or right is None:
        raise _not_alike(lowering, call)
    return left, right


def _as_item(side: Side, node: Node) -> Side | None:
    is_list = side.field is not None and side.field.kind == LIST
    if is_list and isinstance(node, Value) and isinstance(node.value, float):
        return Side(node.place, frozenset(), text=f"{node.value:.15g}")
    return None


def _not_alike(lowering: Lowering, call: Call) -> Wrong:
    for node in call.args:
        if isinstance(node, Call) and node.name not in (*_CALLS, *ARITHMETIC):
            return _not_known(node)
    told = " and ".join(_told(lowering, node) for node in call.args)
    return Wrong(call.place, f"{call.name.upper()} cannot compare {told}")


def _told(lowering: Lowering, node: Node) -> str:
    if isinstance(node, Property):
        field = lowering.field(node)
        return f"{shown(field.name)}, which is a {field.kind},"
    if isinstance(node, Value):
        return shown(node.value) if isinstance(node.value, str) else f"{node.value!r}"
    return f"this {type(node).__name__.lower()}"


def _truth(lowering: Lowering, node: Node) -> Any:
    if isinstance(node, Value) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, Property):
        field = lowering.field(node)
        return field if field.kind == TRUTH else None
    return None


def _compare_truths(call: Call, truths: Sequence[Any]) -> Condition:
    if call.name not in ("=", "<>"):
        raise Wrong(call.place, "what is true or false is compared with = and <>")
    fields = [each for each in truths if isinstance(each, Field)]
    if not fields:
        return constant((truths[0] == truths[1]) == (call.name == "="))
    found = Condition(
        (call.name, *(each.name if isinstance(each, Field) else each for each in truths)),
        lambda view: _truth_in(view, truths[0]) == _truth_in(view, truths[1]),
    )
    return found if call.name == "=" else opposite(found)


def _truth_in(view: View, truth: Any) -> Any:
    if isinstance(truth, Field):
        assert truth.read is not None, "a truth is read"
        return truth.read(view)
    return int(truth)


def _like(lowering: Lowering, call: Call) -> Condition:
    left, right = (side_of(lowering, node) for node in call.args)
    if left is None or right is None:
        raise _not_alike(lowering, call)
    return matches(lowering, left, right)


def _between(lowering: Lowering, call: Call) -> Condition:
    value, least, most = call.args
    return all_of(
        [
            _compared(lowering, Call(">=", (value, least), call.place)),
            _compared(lowering, Call("<=", (value, most), call.place)),
        ]
    )


def _among(lowering: Lowering, call: Call) -> Condition:
    left, right = call.args
    if not isinstance(right, Array) or not right.items:
        raise Wrong(right.place, "after IN stands a list that is not empty, as ('a', 'b')")
    literals = [item.value for item in right.items if isinstance(item, Value)]
    if len(literals) == len(right.items) and not any(isinstance(each, bool) for each in literals):
        number = number_of(lowering, left)
        if number is not None and all(isinstance(each, float) for each in literals):
            return is_among(lowering, number, [float(each) for each in literals])
    sides = [side_of(lowering, item) for item in right.items]
    texts = [side for side in sides if side is not None and side.text is not None]
    side = side_of(lowering, left)
    if side is not None and side.field is not None and len(texts) == len(sides):
        return equals_one(lowering, side, texts)
    parts = [Call("=", (left, item), item.place) for item in right.items]
    return any_of_them([_compared(lowering, part) for part in parts])


def _is_null(lowering: Lowering, call: Call) -> Condition:
    (node,) = call.args
    if isinstance(node, Property):
        return _field_is_null(lowering.field(node))
    number: Number | None = number_of(lowering, node)
    if number is not None:
        return Condition(("null", number.shape), lambda view: number.read(view).is_(None))
    if isinstance(node, Call) and node.name in FOLDINGS:
        if len(node.args) != 1:
            raise Wrong(node.place, f"{node.name} takes one text")
        return _is_null(lowering, Call(call.name, node.args, call.place))
    if isinstance(node, Call) and node.name in _CALLS:
        found = condition_of(lowering, node)
        return Condition(
            ("null", found.shape), lambda view: found.where(view).self_group().is_(None)
        )
    if isinstance(node, Array | Interval | Call):
        raise Wrong(node.place, "before IS NULL stands a field")
    return constant(False)


def _field_is_null(field: Field) -> Condition:
    shape = ("null", field.name)
    if field.kind == PLACE:
        return Condition(shape, lambda view: view.column("longitude").is_(None))
    if field.items is not None:
        items = field.items
        return Condition(shape, lambda view: ~items.any(view, lambda item: item.is_not(None)))
    read = field.read
    if read is None or field.kind in (SPAN, INSTANT):
        return Condition(shape, lambda _: false())
    if field.words:
        return Condition(shape, lambda view: read(view) == 0)
    return Condition(shape, lambda view: read(view).is_(None))


def _negated(lowering: Lowering, call: Call) -> Condition:
    (node,) = call.args
    return opposite(condition_of(lowering, node))


_CALLS: dict[str, Callable[[Lowering, Call], Condition]] = {
    "and": lambda lowering, call: all_of([condition_of(lowering, each) for each in call.args]),
    "or": lambda lowering, call: any_of_them([condition_of(lowering, each) for each in call.args]),
    "not": _negated,
    "like": _like,
    "between": _between,
    "in": _among,
    "isnull": _is_null,
    **dict.fromkeys(COMPARISONS, _compared),
    **dict.fromkeys(ARRAY_FUNCTIONS, holds_list),
    **dict.fromkeys(SPATIAL_FUNCTIONS, holds_spatial),
    **dict.fromkeys(TEMPORAL_FUNCTIONS, holds_temporal),
}
