"""The functions on lists: participants, tags, codes, sources, roles, lists among the details."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, not_

from app.db.sql.array_sql import any_of
from app.query.cql2.ast import Array, Call, Node, Property, Value, Wrong, shown
from app.query.cql2.compare_text import Side, equals_one
from app.query.cql2.condition import Condition, Lowering, all_of
from app.query.fields import LIST, Field
from app.vocab.closed_lists import role_bits

TURNED = {
    "a_contains": "a_containedby",
    "a_containedby": "a_contains",
    "a_equals": "a_equals",
    "a_overlaps": "a_overlaps",
}


def holds_list(lowering: Lowering, call: Call) -> Condition:
    """Whether a list contains, equals, overlaps or is contained in the one that is given."""
    left, right = map(_listed, call.args) if len(call.args) == 2 else (call, call)
    name = call.name
    if isinstance(left, Array) and isinstance(right, Property):
        left, right, name = right, left, TURNED[name]
    if not isinstance(left, Property) or not isinstance(right, Array):
        raise Wrong(call.place, f"{name} takes a list and a field that is one, as ('a', 'b'), tag")
    field = lowering.field(left)
    if field.kind != LIST:
        raise Wrong(left.place, f"{shown(field.name)} is not a list: compare it with = or IN")
    sides = [_side(item) for item in right.items]
    if field.words:
        return _of_roles(lowering, field, name, sides)
    return _OF_ITEMS[name](lowering, Side(left.place, frozenset(), field=field), sides)


def _listed(node: Node) -> Node:
    """In text a value in parentheses can be a list of one."""
    return Array((node,), node.place) if isinstance(node, Value) else node


def _side(node: Node) -> Side:
    if isinstance(node, Value) and isinstance(node.value, str):
        return Side(node.place, frozenset(), text=node.value)
    if isinstance(node, Value) and isinstance(node.value, float) and node.value.is_integer():
        return Side(node.place, frozenset(), text=str(int(node.value)))
    raise Wrong(node.place, "in this list stand texts, or whole numbers")


def _overlaps(lowering: Lowering, left: Side, sides: Sequence[Side]) -> Condition:
    return equals_one(lowering, left, sides)


def _contains(lowering: Lowering, left: Side, sides: Sequence[Side]) -> Condition:
    return all_of([equals_one(lowering, left, [side]) for side in sides])


def _contained(lowering: Lowering, left: Side, sides: Sequence[Side]) -> Condition:
    """No item that is not in the list."""
    field = left.field
    items = field.items if field is not None else None
    assert items is not None, "a list has items"
    found = equals_one(lowering, left, sides)
    name = next(reversed(lowering.values))

    def other(item: ColumnElement[Any]) -> ColumnElement[bool]:
        return not_(any_of(item, name))

    return Condition(("contained", found.shape), lambda view: not_(items.any(view, other)))


def _equals(lowering: Lowering, left: Side, sides: Sequence[Side]) -> Condition:
    return all_of([_contains(lowering, left, sides), _contained(lowering, left, sides)])


_OF_ITEMS: dict[str, Callable[[Lowering, Side, Sequence[Side]], Condition]] = {
    "a_overlaps": _overlaps,
    "a_contains": _contains,
    "a_containedby": _contained,
    "a_equals": _equals,
}


def _of_roles(lowering: Lowering, field: Field, name: str, sides: Sequence[Side]) -> Condition:
    """As one number of bits is compared with another."""
    left = Side("", frozenset(), field=field)
    equals_one(lowering, left, sides)  # for what it refuses
    mask = role_bits(str(side.text) for side in sides)
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

    return Condition((field.name, name), where)
