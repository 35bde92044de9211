"""The parameter `filter`: a CQL2 expression becomes predicates like those of other parameters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from app.errors import Fault, Invalid
from app.query.cql2.ast import ARRAY_FUNCTIONS, Array, Call, Node, Property, Value, Wrong
from app.query.cql2.condition import Lowering, find_field
from app.query.cql2.lower import condition_of
from app.query.cql2.parse import Expression
from app.query.fields import Field, fields_of
from app.query.params import DayNumber
from app.query.predicates import Predicate

EQUAL = ("=", "<>", "in", *ARRAY_FUNCTIONS)


class _Alone(BaseModel):
    """What a plain filter is told of the question beside its own value."""

    known_by: DayNumber | None = None


@dataclass(frozen=True)
class Satisfies:
    """The record satisfies the expression; it may name the model's parameters and these fields."""

    fields: Mapping[str, Field]
    aliases: Mapping[str, str]

    def lower(self, query: BaseModel, name: str, value: Expression) -> Sequence[Predicate]:
        """Each part joined by AND alone, as the plain parameter where it says the same."""
        lowering = Lowering(fields_of(type(query), self.fields), self.aliases)
        alone = _Alone.model_construct(known_by=getattr(query, "known_by", None))
        try:
            return [
                self._predicate(lowering, part, alone, number)
                for number, part in enumerate(_joined(value.root))
            ]
        except Wrong as wrong:
            fault = Fault(code="not-a-filter", detail=str(wrong), parameter=name)
            raise Invalid(f"{name}: {wrong}", fault) from None

    def named(self, model: type[BaseModel], value: Expression) -> list[tuple[str, str, str]]:
        """What the expression names that must be there: (noun, value, where it stands)."""
        fields = fields_of(model, self.fields)
        return [
            (field.refers, str(literal.value), literal.place)
            for field, literal in self._references(fields, value.root)
            if field.refers is not None
        ]

    def renamed(
        self, model: type[BaseModel], value: Expression, slugs: Mapping[tuple[str, str], str]
    ) -> Expression:
        """The expression with the slugs of what it names: by its noun and how it is named."""
        fields = fields_of(model, self.fields)
        meant = {
            literal.place: slugs[field.refers or "", str(literal.value)]
            for field, literal in self._references(fields, value.root)
        }
        return Expression(_renamed(value.root, meant))

    def _references(self, fields: Mapping[str, Field], node: Node) -> Iterator[tuple[Field, Value]]:
        if not isinstance(node, Call):
            return
        for part in node.args:
            yield from self._references(fields, part)
        named = [part for part in node.args if isinstance(part, Property)]
        if node.name not in EQUAL or len(named) != 1:
            return
        field = find_field(fields, self.aliases, named[0].name)
        if field is not None and field.refers is not None:
            yield from ((field, literal) for literal in _literals(node.args))

    def _predicate(
        self, lowering: Lowering, node: Node, alone: BaseModel, number: int
    ) -> Predicate:
        before = len(lowering.values)
        found = condition_of(lowering, node)
        added = dict(list(lowering.values.items())[before:])
        plain = _as_parameter(lowering, node, added, alone, number)
        if plain is not None:
            return plain
        return Predicate("filter", (found.shape, tuple(added)), added, found.where)


def _joined(node: Node) -> Iterator[Node]:
    if isinstance(node, Call) and node.name == "and":
        for part in node.args:
            yield from _joined(part)
    else:
        yield node


def _literals(nodes: Sequence[Node]) -> Iterator[Value]:
    for node in nodes:
        if isinstance(node, Array):
            yield from _literals(node.items)
        elif isinstance(node, Value) and isinstance(node.value, str):
            yield node


def _renamed(node: Node, meant: Mapping[str, str]) -> Node:
    if isinstance(node, Value) and node.place in meant:
        return replace(node, value=meant[node.place])
    if isinstance(node, Array):
        return replace(node, items=tuple(_renamed(item, meant) for item in node.items))
    if isinstance(node, Call):
        return replace(node, args=tuple(_renamed(part, meant) for part in node.args))
    return node


def _as_parameter(
    lowering: Lowering, node: Node, bound: Mapping[str, Any], alone: BaseModel, number: int
) -> Predicate | None:
    """The plain parameter's predicate, which an index may drive, for `=` and `IN` of values."""
    if not isinstance(node, Call) or node.name not in ("=", "in", "a_overlaps"):
        return None
    named = [part for part in node.args if isinstance(part, Property)]
    if len(named) != 1 or len(bound) != 1:
        return None
    field = lowering.field(named[0])
    (values,) = bound.values()
    if field.filter is None or field.words or not isinstance(values, list):
        return None
    found = field.filter.lower(alone, f"filter_{field.name}_{number}", values)
    assert isinstance(found, Predicate), "a parameter of one column is one predicate"
    return found
