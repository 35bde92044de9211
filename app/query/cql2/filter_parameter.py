"""The parameter `filter`: predicates of a CQL2 expression, like those of other parameters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from app.errors import Fault, Invalid
from app.query.column_conditions import NoMask
from app.query.cql2.ast import (
    ARRAY_FUNCTIONS,
    Array,
    Call,
    FilterError,
    FilterNode,
    Property,
    Value,
)
from app.query.cql2.condition import LoweringContext, find_field
from app.query.cql2.lower import lower_node
from app.query.cql2.parse import Expression
from app.query.fields import FilterField, get_fields
from app.query.params import DayNumber
from app.query.predicates import Predicate

_NO_MASK = NoMask("columns evaluate an expression only where it equals a plain parameter")
REFERRING_OPERATORS = ("=", "<>", "in", *ARRAY_FUNCTIONS)


class _OtherParams(BaseModel):
    """The parameters that change the meaning of a plain filter."""

    known_by: DayNumber | None = None


@dataclass(frozen=True)
class SatisfiesFilter:
    """The filter by an expression, which may name the model's parameters and these fields."""

    fields: Mapping[str, FilterField]
    aliases: Mapping[str, str]

    def lower(self, query: BaseModel, name: str, value: Expression) -> Sequence[Predicate]:
        """Lower each operand of AND alone, as a plain parameter where that means the same."""
        lowering = LoweringContext(get_fields(type(query), self.fields), self.aliases)
        alone = _OtherParams.model_construct(known_by=getattr(query, "known_by", None))
        try:
            return [
                self._build_predicate(lowering, part, alone, number)
                for number, part in enumerate(_split_and(value.root))
            ]
        except FilterError as wrong:
            fault = Fault(code="not-a-filter", detail=str(wrong), parameter=name)
            raise Invalid(f"{name}: {wrong}", fault) from None

    def list_references(
        self, model: type[BaseModel], value: Expression
    ) -> list[tuple[str, str, str]]:
        """Return the records that the expression names: (kind, value, place)."""
        fields = get_fields(model, self.fields)
        return [
            (field.refers, str(literal.value), literal.place)
            for field, literal in self._yield_references(fields, value.root)
            if field.refers is not None
        ]

    def replace_references(
        self, model: type[BaseModel], value: Expression, slugs: Mapping[tuple[str, str], str]
    ) -> Expression:
        """Return the expression with slugs for names; `slugs` are by (kind, name)."""
        fields = get_fields(model, self.fields)
        meant = {
            literal.place: slugs[field.refers or "", str(literal.value)]
            for field, literal in self._yield_references(fields, value.root)
        }
        return Expression(_rename_values(value.root, meant))

    def _yield_references(
        self, fields: Mapping[str, FilterField], node: FilterNode
    ) -> Iterator[tuple[FilterField, Value]]:
        if not isinstance(node, Call):
            return
        for part in node.args:
            yield from self._yield_references(fields, part)
        named = [part for part in node.args if isinstance(part, Property)]
        if node.name not in REFERRING_OPERATORS or len(named) != 1:
            return
        field = find_field(fields, self.aliases, named[0].name)
        if field is not None and field.refers is not None:
            yield from ((field, literal) for literal in _iterate_literals(node.args))

    def _build_predicate(
        self, lowering: LoweringContext, node: FilterNode, alone: BaseModel, number: int
    ) -> Predicate:
        before = len(lowering.values)
        found = lower_node(lowering, node)
        added = dict(list(lowering.values.items())[before:])
        plain = _lower_as_parameter(lowering, node, added, alone, number)
        if plain is not None:
            return plain
        shape = (found.shape, tuple(added))
        return Predicate("filter", shape, added, found.where, mask=_NO_MASK)


def _split_and(node: FilterNode) -> Iterator[FilterNode]:
    if isinstance(node, Call) and node.name == "and":
        for part in node.args:
            yield from _split_and(part)
    else:
        yield node


def _iterate_literals(nodes: Sequence[FilterNode]) -> Iterator[Value]:
    for node in nodes:
        if isinstance(node, Array):
            yield from _iterate_literals(node.items)
        elif isinstance(node, Value) and isinstance(node.value, str):
            yield node


def _rename_values(node: FilterNode, meant: Mapping[str, str]) -> FilterNode:
    if isinstance(node, Value) and node.place in meant:
        return replace(node, value=meant[node.place])
    if isinstance(node, Array):
        return replace(node, items=tuple(_rename_values(item, meant) for item in node.items))
    if isinstance(node, Call):
        return replace(node, args=tuple(_rename_values(part, meant) for part in node.args))
    return node


def _lower_as_parameter(
    lowering: LoweringContext,
    node: FilterNode,
    bound: Mapping[str, Any],
    alone: BaseModel,
    number: int,
) -> Predicate | None:
    """Return a plain parameter's predicate for `=` and `IN`, since an index may drive it."""
    if not isinstance(node, Call) or node.name not in ("=", "in", "a_overlaps"):
        return None
    named = [part for part in node.args if isinstance(part, Property)]
    if len(named) != 1 or len(bound) != 1:
        return None
    field = lowering.get_field(named[0])
    (values,) = bound.values()
    if field.filter is None or field.words or not isinstance(values, list):
        return None
    found = field.filter.lower(alone, f"filter_{field.name}_{number}", values)
    assert isinstance(found, Predicate), "a parameter of one column is one predicate"
    return found
