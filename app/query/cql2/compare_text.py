"""Comparing texts: a field, itself or each of its items, with a text that the filter gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from pydantic import ValidationError
from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, not_

from app.db.sql.array_sql import any_of
from app.db.sql.text_sql import by_bytes, has_pattern, replacing
from app.query.cql2.ast import FOLDINGS, Call, Node, Property, Value, Wrong, shown
from app.query.cql2.condition import Condition, Lowering, constant
from app.query.fields import ID, LIST, TEXT, Field, Read
from app.values.like_patterns import Folding, Pattern, fold, parse_pattern, replacements
from app.vocab.closed_lists import role_bits

OPERATORS = {"=": eq, "<>": ne, "<": lt, ">": gt, "<=": le, ">=": ge}
TURNED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a field or a text, to be folded."""

    place: str
    folding: Folding
    field: Field | None = None
    text: str | None = None

    @property
    def folded(self) -> str:
        """The text as it is compared."""
        return fold(self.text or "", self.folding)


def side_of(lowering: Lowering, node: Node) -> Side | None:
    """A text, or a field that holds texts; None for anything else."""
    folding: set[str] = set()
    place = node.place
    while isinstance(node, Call) and node.name in FOLDINGS:
        if len(node.args) != 1:
            raise Wrong(node.place, f"{node.name} takes one text")
        folding.add(node.name)
        node = node.args[0]
    if isinstance(node, Value) and isinstance(node.value, str):
        return Side(place, frozenset(folding), text=node.value)
    if isinstance(node, Property):
        found = lowering.field(node)
        if found.kind in (TEXT, ID, LIST):
            return Side(place, frozenset(folding), field=found)
    if folding:
        raise Wrong(node.place, "only texts have case and accents")
    return None


def compare_texts(lowering: Lowering, sign: str, left: Side, right: Side) -> Condition:
    """Two texts by a sign."""
    if left.field is None and right.field is None:
        return constant(bool(OPERATORS[sign](left.folded.encode(), right.folded.encode())))
    if left.field is None:
        return compare_texts(lowering, TURNED[sign], right, left)
    if right.field is not None:
        return _compare_fields(sign, left, right)
    if sign in ("=", "<>"):
        return equals_one(lowering, left, [right], negated=sign == "<>")
    if left.folding or left.field.kind == ID or left.field.words:
        raise Wrong(left.place, f"here {sign} says nothing: there are =, <>, IN and LIKE")
    name = lowering.bind(right.folded)

    def test(text: ColumnElement[Any]) -> ColumnElement[bool]:
        there = bindparam(name, type_=Text(), required=True)
        found: ColumnElement[bool] = OPERATORS[sign](by_bytes(text), there)
        return found

    return _tested(left.field, sign, test)


def equals_one(
    lowering: Lowering, left: Side, others: Sequence[Side], *, negated: bool = False
) -> Condition:
    """The field equals one of the texts; of several items, one of them does."""
    assert left.field is not None, "a field is compared"
    values = [_value_of(left, other) for other in others]
    if left.field.words:
        held = [word for word in left.field.words if fold(word, left.folding) in values]
        return _has_roles(lowering, left.field, held, negated=negated)
    letters = "".join(str(value) for value in values) if left.folding else ""
    name = lowering.bind(values)
    read = partial(_folded, _bind_folding(lowering, left.folding, letters))

    def test(text: ColumnElement[Any]) -> ColumnElement[bool]:
        return any_of(read(text), name)

    found = _tested(left.field, ("in", bool(left.folding)), test)
    if not negated:
        return found
    return Condition(("not", found.shape), lambda view: not_(found.where(view).self_group()))


def matches(lowering: Lowering, left: Side, right: Side) -> Condition:
    """The field has the pattern."""
    if right.text is None:
        raise Wrong(right.place, "after LIKE stands a text")
    pattern = parse_pattern(right.text).folded(right.folding)
    if left.field is None:
        raise Wrong(left.place, "before LIKE stands a field")
    if left.field.kind == ID:
        raise Wrong(left.place, "an id is looked up whole, with = or IN")
    if left.field.words:
        fitting = [word for word in left.field.words if _has(pattern, fold(word, left.folding))]
        return _has_roles(lowering, left.field, fitting)
    read = partial(_folded, _bind_folding(lowering, left.folding, pattern.letters()))
    name = lowering.bind(pattern)

    def test(text: ColumnElement[Any]) -> ColumnElement[bool]:
        return has_pattern(read(text), name)

    return _tested(left.field, ("like", bool(left.folding)), test)


def _tested(field: Field, shape: Any, test: Any) -> Condition:
    if field.items is not None:
        items = field.items
        return Condition((field.name, shape), lambda view: items.any(view, test))
    read = field.read
    assert read is not None, "a text field is read"
    return Condition((field.name, shape), lambda view: test(read(view)))


def _compare_fields(sign: str, left: Side, right: Side) -> Condition:
    one, other = left.field, right.field
    first, second = (_read_whole(side) for side in (left, right))
    return Condition(
        (one and one.name, sign, other and other.name),
        lambda view: OPERATORS[sign](by_bytes(first(view)), by_bytes(second(view))),
    )


def _read_whole(side: Side) -> Read:
    """How a field of one text, as it is, is read."""
    field = side.field
    assert field is not None, "a field is compared"
    if field.read is None or field.words or field.kind != TEXT or side.folding:
        raise Wrong(side.place, f"{shown(field.name)} is compared with texts, not with a field")
    return field.read


def _value_of(left: Side, right: Side) -> Any:
    """The text as the field would hold it: a country by its code, a type that there is."""
    field = left.field
    assert field is not None, "a field is compared"
    if right.text is None or field.values is None or left.folding or right.folding:
        return right.folded
    try:
        found = field.values.validate_python([right.text])
    except ValidationError as wrong:
        said = str(wrong.errors(include_url=False)[0]["msg"])
        raise Wrong(right.place, said) from None
    if len(found) != 1:
        raise Wrong(right.place, f"{shown(right.text)} is no value of {shown(field.name)}")
    return found[0]


def _bind_folding(lowering: Lowering, folding: Folding, letters: str) -> tuple[str, str] | None:
    if not folding:
        return None
    sources, targets = replacements({*letters, *fold(letters, folding)}, folding)
    return lowering.bind(sources), lowering.bind(targets)


def _folded(names: tuple[str, str] | None, text: ColumnElement[Any]) -> ColumnElement[Any]:
    return text if names is None else replacing(text, *names)


def _has_roles(
    lowering: Lowering, field: Field, words: Sequence[str], *, negated: bool = False
) -> Condition:
    """One of the words is among those that the field's bits stand for."""
    name = lowering.bind(role_bits(words))
    read = field.read
    assert read is not None, "bits are read"

    def where(view: Any) -> ColumnElement[bool]:
        bits = read(view).op("&")(bindparam(name, type_=BigInteger(), required=True))
        return bits == 0 if negated else bits != 0

    return Condition((field.name, "bits", negated), where)


def _has(pattern: Pattern, word: str) -> bool:
    """Whether a known word has the pattern: they are few, and so it is found here."""
    ends = {0}
    for part in pattern.parts:
        if isinstance(part, str):
            ends = {end + 1 for end in ends if word[end : end + 1] == part}
        elif part == 1:
            ends = {end + 1 for end in ends if end < len(word)}
        else:
            ends = set(range(min(ends), len(word) + 1)) if ends else ends
    return len(word) in ends
