"""Array functions on participants, tags, codes, sources, roles and lists in details."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, not_

from app.db.sql.array_sql import any_of
from app.query.cql2.ast import Array, Call, FilterError, FilterNode, Property, Value, quote_word
from app.query.cql2.compare_text import TextOperand, compare_equal
from app.query.cql2.condition import FilterCondition, LoweringContext, combine_all
from app.query.fields import LIST, FilterField
from app.vocab.closed_lists import encode_roles

REVERSED_ARRAY_OPS = {
    "a_contains": "a_containedby",
    "a_containedby": "a_contains",
    "a_equals": "a_equals",
    "a_overlaps": "a_overlaps",
}


def compare_array(lowering: LoweringContext, call: Call) -> FilterCondition:
    """Compare a list field with an array: contains, equals, overlaps or is contained in it."""
    left, right = map(_wrap_in_array, call.args) if len(call.args) == 2 else (call, call)
    name = call.name
    if isinstance(left, Array) and isinstance(right, Property):
        left, right, name = right, left, REVERSED_ARRAY_OPS[name]
    if not isinstance(left, Property) or not isinstance(right, Array):
        raise FilterError(
            call.place, f"{name} takes an array and a list field, such as ('a', 'b'), tag"
        )
    field = lowering.get_field(left)
    if field.kind != LIST:
        raise FilterError(
            left.place, f"{quote_word(field.name)} is not a list: compare it with = or IN"
        )
    sides = [_make_operand(item) for item in right.items]
    if field.words:
        return _compare_roles(lowering, field, name, sides)
    return _ITEM_TESTS[name](lowering, TextOperand(left.place, frozenset(), field=field), sides)


def _wrap_in_array(node: FilterNode) -> FilterNode:
    """Return a value in parentheses as an array of one."""
    return Array((node,), node.place) if isinstance(node, Value) else node


def _make_operand(node: FilterNode) -> TextOperand:
    if isinstance(node, Value) and isinstance(node.value, str):
        return TextOperand(node.place, frozenset(), text=node.value)
    if isinstance(node, Value) and isinstance(node.value, float) and node.value.is_integer():
        return TextOperand(node.place, frozenset(), text=str(int(node.value)))
    raise FilterError(node.place, "the items of this list must be texts or whole numbers")


def _test_overlap(
    lowering: LoweringContext, left: TextOperand, sides: Sequence[TextOperand]
) -> FilterCondition:
    return compare_equal(lowering, left, sides)


def _test_contains(
    lowering: LoweringContext, left: TextOperand, sides: Sequence[TextOperand]
) -> FilterCondition:
    return combine_all([compare_equal(lowering, left, [side]) for side in sides])


def _test_contained(
    lowering: LoweringContext, left: TextOperand, sides: Sequence[TextOperand]
) -> FilterCondition:
    """Require that no item is missing from the array."""
    field = left.field
    items = field.items if field is not None else None
    assert items is not None, "a list has items"
    found = compare_equal(lowering, left, sides)
    name = next(reversed(lowering.values))

    def other(item: ColumnElement[Any]) -> ColumnElement[bool]:
        return not_(any_of(item, name))

    return FilterCondition(("contained", found.shape), lambda view: not_(items.any(view, other)))


def _test_equals(
    lowering: LoweringContext, left: TextOperand, sides: Sequence[TextOperand]
) -> FilterCondition:
    return combine_all(
        [_test_contains(lowering, left, sides), _test_contained(lowering, left, sides)]
    )


_ITEM_TESTS: dict[
    str, Callable[[LoweringContext, TextOperand, Sequence[TextOperand]], FilterCondition]
] = {
    "a_overlaps": _test_overlap,
    "a_contains": _test_contains,
    "a_containedby": _test_contained,
    "a_equals": _test_equals,
}


def _compare_roles(
    lowering: LoweringContext, field: FilterField, name: str, sides: Sequence[TextOperand]
) -> FilterCondition:
    """Compare roles, which are bits of one number."""
    left = TextOperand("", frozenset(), field=field)
    compare_equal(lowering, left, sides)  # raises an error for unknown roles
    mask = encode_roles(str(side.text) for side in sides)
    read, bound = field.read, lowering.bind(mask)
    assert read is not None, "bits are read"

    def where(view: Any) -> ColumnElement[bool]:
        bits, wanted = read(view), bindparam(bound, type_=BigInteger(), required=True)
        common = bits.op("&")(wanted)
        found: dict[str, ColumnElement[bool]] = {
            "a_overlaps": common != 0,
            "a_contains": common == wanted,
            "a_containedby": common == bits,
            "a_equals": bits == wanted,
        }
        return found[name]

    return FilterCondition((field.name, name), where)
