"""Comparisons of texts: a field, or each of its items, with a text of the filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from pydantic import ValidationError
from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, not_

from app.db.sql.array_sql import any_of
from app.db.sql.text_sql import in_byte_order, matches_pattern, translate_letters
from app.query.cql2.ast import FOLDINGS, Call, FilterError, FilterNode, Property, Value, quote_word
from app.query.cql2.condition import FilterCondition, LoweringContext, make_constant
from app.query.fields import ID, LIST, TEXT, ColumnReader, FilterField
from app.values.like_patterns import (
    Folding,
    LikePattern,
    fold_letters,
    list_replacements,
    parse_pattern,
)
from app.vocab.closed_lists import encode_roles

OPERATORS = {"=": eq, "<>": ne, "<": lt, ">": gt, "<=": le, ">=": ge}
REVERSED_SIGNS = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True)
class TextOperand:
    """One side of a comparison: a field or a text, with its folding."""

    place: str
    folding: Folding
    field: FilterField | None = None
    text: str | None = None

    @property
    def folded(self) -> str:
        """The text in the form that is compared."""
        return fold_letters(self.text or "", self.folding)


def lower_text(lowering: LoweringContext, node: FilterNode) -> TextOperand | None:
    """Return the text, or the field of texts, that a node denotes; None for any other node."""
    folding: set[str] = set()
    place = node.place
    while isinstance(node, Call) and node.name in FOLDINGS:
        if len(node.args) != 1:
            raise FilterError(node.place, f"{node.name} takes one text")
        folding.add(node.name)
        node = node.args[0]
    if isinstance(node, Value) and isinstance(node.value, str):
        return TextOperand(place, frozenset(folding), text=node.value)
    if isinstance(node, Property):
        found = lowering.get_field(node)
        if found.kind in (TEXT, ID, LIST):
            return TextOperand(place, frozenset(folding), field=found)
    if folding:
        raise FilterError(node.place, "only texts can be compared without case or accents")
    return None


def compare_texts(
    lowering: LoweringContext, sign: str, left: TextOperand, right: TextOperand
) -> FilterCondition:
    """Compare two texts by an operator."""
    if left.field is None and right.field is None:
        return make_constant(bool(OPERATORS[sign](left.folded.encode(), right.folded.encode())))
    if left.field is None:
        return compare_texts(lowering, REVERSED_SIGNS[sign], right, left)
    if right.field is not None:
        return _compare_fields(sign, left, right)
    if sign in ("=", "<>"):
        return compare_equal(lowering, left, [right], negated=sign == "<>")
    if left.folding or left.field.kind == ID or left.field.words:
        raise FilterError(left.place, f"{sign} cannot be used here: use =, <>, IN or LIKE")
    name = lowering.bind(right.folded)

    def test(text: ColumnElement[Any]) -> ColumnElement[bool]:
        there = bindparam(name, type_=Text(), required=True)
        found: ColumnElement[bool] = OPERATORS[sign](in_byte_order(text), there)
        return found

    return _apply_test(left.field, sign, test)


def compare_equal(
    lowering: LoweringContext,
    left: TextOperand,
    others: Sequence[TextOperand],
    *,
    negated: bool = False,
) -> FilterCondition:
    """Require that the field, or one of its items, equals one of the texts."""
    assert left.field is not None, "a field is compared"
    values = [_convert_value(left, other) for other in others]
    if left.field.words:
        held = [word for word in left.field.words if fold_letters(word, left.folding) in values]
        return _compare_roles(lowering, left.field, held, negated=negated)
    letters = "".join(str(value) for value in values) if left.folding else ""
    name = lowering.bind(values)
    read = partial(_fold_text, _bind_folding(lowering, left.folding, letters))

    def test(text: ColumnElement[Any]) -> ColumnElement[bool]:
        return any_of(read(text), name)

    found = _apply_test(left.field, ("in", bool(left.folding)), test)
    if not negated:
        return found
    return FilterCondition(("not", found.shape), lambda view: not_(found.where(view).self_group()))


def compare_like(
    lowering: LoweringContext, left: TextOperand, right: TextOperand
) -> FilterCondition:
    """Require that the field matches the pattern."""
    if right.text is None:
        raise FilterError(right.place, "LIKE needs a text on its right")
    pattern = parse_pattern(right.text).fold_letters(right.folding)
    if left.field is None:
        raise FilterError(left.place, "LIKE needs a field on its left")
    if left.field.kind == ID:
        raise FilterError(left.place, "an id can be compared with = or IN only")
    if left.field.words:
        fitting = [
            word
            for word in left.field.words
            if _has_pattern(pattern, fold_letters(word, left.folding))
        ]
        return _compare_roles(lowering, left.field, fitting)
    read = partial(_fold_text, _bind_folding(lowering, left.folding, pattern.list_letters()))
    name = lowering.bind(pattern)

    def test(text: ColumnElement[Any]) -> ColumnElement[bool]:
        return matches_pattern(read(text), name)

    return _apply_test(left.field, ("like", bool(left.folding)), test)


def _apply_test(field: FilterField, shape: Any, test: Any) -> FilterCondition:
    if field.items is not None:
        items = field.items
        return FilterCondition((field.name, shape), lambda view: items.any(view, test))
    read = field.read
    assert read is not None, "a text field is read"
    return FilterCondition((field.name, shape), lambda view: test(read(view)))


def _compare_fields(sign: str, left: TextOperand, right: TextOperand) -> FilterCondition:
    one, other = left.field, right.field
    first, second = (_read_whole(side) for side in (left, right))
    return FilterCondition(
        (one and one.name, sign, other and other.name),
        lambda view: OPERATORS[sign](in_byte_order(first(view)), in_byte_order(second(view))),
    )


def _read_whole(side: TextOperand) -> ColumnReader:
    """Return the reader of a field of one text without folding."""
    field = side.field
    assert field is not None, "a field is compared"
    if field.read is None or field.words or field.kind != TEXT or side.folding:
        raise FilterError(
            side.place, f"{quote_word(field.name)} can be compared with texts, not with a field"
        )
    return field.read


def _convert_value(left: TextOperand, right: TextOperand) -> Any:
    """Return the text as the field stores it: a country by its code, a type that exists."""
    field = left.field
    assert field is not None, "a field is compared"
    if right.text is None or field.values is None or left.folding or right.folding:
        return right.folded
    try:
        found = field.values.validate_python([right.text])
    except ValidationError as wrong:
        said = str(wrong.errors(include_url=False)[0]["msg"])
        raise FilterError(right.place, said) from None
    if len(found) != 1:
        raise FilterError(
            right.place, f"{quote_word(right.text)} is not a value of {quote_word(field.name)}"
        )
    return found[0]


def _bind_folding(
    lowering: LoweringContext, folding: Folding, letters: str
) -> tuple[str, str] | None:
    if not folding:
        return None
    sources, targets = list_replacements({*letters, *fold_letters(letters, folding)}, folding)
    return lowering.bind(sources), lowering.bind(targets)


def _fold_text(names: tuple[str, str] | None, text: ColumnElement[Any]) -> ColumnElement[Any]:
    return text if names is None else translate_letters(text, *names)


def _compare_roles(
    lowering: LoweringContext, field: FilterField, words: Sequence[str], *, negated: bool = False
) -> FilterCondition:
    """Require that the field's bits include one of the words."""
    name = lowering.bind(encode_roles(words))
    read = field.read
    assert read is not None, "bits are read"

    def where(view: Any) -> ColumnElement[bool]:
        bits = read(view).op("&")(bindparam(name, type_=BigInteger(), required=True))
        return bits == 0 if negated else bits != 0

    return FilterCondition((field.name, "bits", negated), where)


def _has_pattern(pattern: LikePattern, word: str) -> bool:
    """Return whether a word matches the pattern; words are few enough to compare in Python."""
    ends = {0}
    for part in pattern.parts:
        if isinstance(part, str):
            ends = {end + 1 for end in ends if word[end : end + 1] == part}
        elif part == 1:
            ends = {end + 1 for end in ends if end < len(word)}
        else:
            ends = set(range(min(ends), len(word) + 1)) if ends else ends
    return len(word) in ends
