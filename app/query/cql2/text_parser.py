"""The recursive-descent parser of CQL2 text."""

from collections.abc import Callable

from app.query.cql2.ast import (
    COMPARISONS,
    MAX_DEPTH,
    MAX_TERMS,
    Array,
    Call,
    FilterError,
    FilterNode,
    GeometryLiteral,
    Interval,
    Property,
    TimeLiteral,
    Value,
    check_number,
    check_text,
    quote_word,
)
from app.query.cql2.text_tokens import Token, format_place, tokenize
from app.values.geometry import GeometryError, make_box, read_wkt, starts_geometry

_CONNECTIVES = ("or", "and")
_SIGNS = (("+", "-"), ("*", "/", "%", "div"), ("^",))
_OPEN_END = ".."


def parse_text(text: str) -> FilterNode:
    """Parse CQL2 text; raise FilterError with the place of a mistake."""
    return _TextParser(text).parse()


class _TextParser:
    """A parser of tokens; each method parses one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokenize(text))
        self.number = 0
        self.depth = 0
        self.terms = 0

    def parse(self) -> FilterNode:
        found = self.parse_logic()
        if self.current.kind != "end":
            raise self.make_error("AND, OR or the end")
        return found

    @property
    def current(self) -> Token:
        return self.tokens[self.number]

    def take(self) -> Token:
        token = self.current
        self.number += 1
        self.terms += 1
        if self.terms > MAX_TERMS * 4:
            raise FilterError(
                token.place, f"the filter has more than {MAX_TERMS * 4} words and operators"
            )
        return token

    def is_sign(self, *signs: str) -> bool:
        return self.current.kind == "sign" and self.current.text in signs

    def is_word(self, *words: str) -> bool:
        return self.current.kind == "keyword" and self.current.text in words

    def expect(self, sign: str) -> None:
        if not self.is_sign(sign):
            raise self.make_error(repr(sign))
        self.take()

    def make_error(self, wanted: str) -> FilterError:
        found = "the end" if self.current.kind == "end" else quote_word(self.current.text)
        return FilterError(self.current.place, f"{wanted} is expected here, not {found}")

    def nest(self, read: Callable[[], FilterNode]) -> FilterNode:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FilterError(self.current.place, f"this is nested deeper than {MAX_DEPTH} levels")
        found = read()
        self.depth -= 1
        return found

    def parse_logic(self, level: int = 0) -> FilterNode:
        """Parse operands joined by OR, or below that by AND."""
        if level == len(_CONNECTIVES):
            return self.parse_factor()
        place = self.current.place
        parts = [self.parse_logic(level + 1)]
        while self.is_word(_CONNECTIVES[level]):
            self.take()
            parts.append(self.parse_logic(level + 1))
        return parts[0] if len(parts) == 1 else Call(_CONNECTIVES[level], tuple(parts), place)

    def parse_factor(self) -> FilterNode:
        if self.is_word("not"):
            place = self.take().place
            return Call("not", (self.nest(self.parse_factor),), place)
        return self.parse_predicate()

    def parse_predicate(self) -> FilterNode:
        left = self.parse_sum()
        if self.current.kind == "sign" and self.current.text in COMPARISONS:
            sign = self.take()
            return Call(sign.text, (left, self.parse_sum()), sign.place)
        if self.is_word("is"):
            return self.parse_null_test(left)
        place = self.current.place
        negated = self.is_word("not")
        if negated:
            self.take()
        if not self.is_word("like", "between", "in"):
            if negated:
                raise self.make_error("LIKE, BETWEEN or IN")
            return left
        found = self.parse_test(left)
        return Call("not", (found,), place) if negated else found

    def parse_null_test(self, left: FilterNode) -> FilterNode:
        place = self.take().place
        negated = self.is_word("not")
        if negated:
            self.take()
        if not self.is_word("null"):
            raise self.make_error("NULL")
        self.take()
        found = Call("isnull", (left,), place)
        return Call("not", (found,), place) if negated else found

    def parse_test(self, left: FilterNode) -> FilterNode:
        word = self.take()
        if word.text == "in":
            return Call("in", (left, self.parse_array()), word.place)
        right = self.parse_sum()
        if word.text == "like":
            return Call("like", (left, right), word.place)
        if not self.is_word("and"):
            raise self.make_error("AND and the upper bound")
        self.take()
        return Call("between", (left, right, self.parse_sum()), word.place)

    def parse_sum(self, level: int = 0) -> FilterNode:
        """Parse operands joined by arithmetic operators; higher levels bind more tightly."""
        if level == len(_SIGNS):
            return self.parse_operand()
        found = self.parse_sum(level + 1)
        while self.current.kind in ("sign", "keyword") and self.current.text in _SIGNS[level]:
            sign = self.take()
            found = self.combine(sign, found, self.parse_sum(level + 1))
        return found

    def combine(self, sign: Token, left: FilterNode, right: FilterNode) -> FilterNode:
        if measure_depth(left) >= MAX_DEPTH:
            raise FilterError(sign.place, f"more than {MAX_DEPTH} operators in a row are too many")
        return Call(sign.text, (left, right), sign.place)

    def parse_operand(self) -> FilterNode:
        if self.is_sign("("):
            return self.nest(self.parse_array) if self.is_array() else self.parse_group()
        if self.is_sign("-", "+"):
            sign = self.take()
            return self.apply_sign(sign, self.nest(self.parse_operand))
        if self.current.kind == "name":
            return self.parse_name()
        if self.current.kind == "quoted":
            name = self.take()
            return Property(name.text, name.place)
        return self.parse_literal()

    def parse_group(self) -> FilterNode:
        self.expect("(")
        found = self.nest(self.parse_logic)
        self.expect(")")
        return found

    def parse_literal(self) -> FilterNode:
        token = self.current
        if token.kind == "number":
            return Value(check_number(float(self.take().text), token.place), token.place)
        if token.kind == "text":
            return Value(check_text(self.take().text, token.place), token.place)
        if self.is_word("true", "false"):
            return Value(self.take().text == "true", token.place)
        raise self.make_error("a field, a value or a function")

    def apply_sign(self, sign: Token, found: FilterNode) -> FilterNode:
        if sign.text == "+":
            return found
        if isinstance(found, Value) and isinstance(found.value, float):
            return Value(-found.value, sign.place)
        return Call("*", (Value(-1.0, sign.place), found), sign.place)

    def is_array(self) -> bool:
        """Return whether the parenthesis here opens a list: an empty one, or one with a comma."""
        depth = 0
        for token in self.tokens[self.number :]:
            depth += (token.text == "(") - (token.text == ")") if token.kind == "sign" else 0
            if depth == 0 or token.kind == "end":
                break
            if depth == 1 and token.kind == "sign" and token.text == ",":
                return True
        return self.tokens[self.number + 1].text == ")"

    def parse_array(self) -> FilterNode:
        place = self.current.place
        self.expect("(")
        items: list[FilterNode] = []
        while not self.is_sign(")"):
            if items:
                self.expect(",")
            items.append(self.nest(self.parse_logic))
        self.take()
        return Array(tuple(items), place)

    def parse_name(self) -> FilterNode:
        name = self.current
        if starts_geometry(self.text, name.start):
            return self.parse_geometry()
        self.take()
        if not self.is_sign("("):
            return Property(name.text, name.place)
        word = name.text.lower()
        if word == "bbox":
            return self.parse_box(name)
        if word in ("date", "timestamp"):
            return self.parse_time(name)
        if word == "interval":
            return self.parse_interval(name)
        array = self.nest(self.parse_array)
        assert isinstance(array, Array), "arguments stand between parentheses"
        return Call(word, array.items, name.place)

    def parse_geometry(self) -> FilterNode:
        name = self.current
        try:
            geometry, end = read_wkt(self.text, name.start)
        except GeometryError as wrong:
            place = wrong.place if isinstance(wrong.place, int) else name.start
            raise FilterError(format_place(place), str(wrong)) from None
        while self.current.start < end and self.current.kind != "end":
            self.take()
        return GeometryLiteral(geometry, name.place)

    def parse_box(self, name: Token) -> FilterNode:
        array = self.parse_array()
        assert isinstance(array, Array), "arguments stand between parentheses"
        numbers = [item.value for item in array.items if isinstance(item, Value)]
        if len(numbers) < len(array.items) or not all(
            isinstance(number, float) for number in numbers
        ):
            raise FilterError(name.place, "a box must be numbers: west, south, east, north")
        try:
            return GeometryLiteral(make_box([float(number) for number in numbers], 0), name.place)
        except GeometryError as wrong:
            raise FilterError(name.place, str(wrong)) from None

    def parse_time(self, name: Token) -> FilterNode:
        self.expect("(")
        if self.current.kind != "text":
            raise self.make_error("a moment in single quotes")
        text = self.take().text
        self.expect(")")
        return TimeLiteral(name.text.lower(), text, name.place)

    def parse_interval(self, name: Token) -> FilterNode:
        self.expect("(")
        start = self.parse_interval_end()
        self.expect(",")
        end = self.parse_interval_end()
        self.expect(")")
        return Interval((start, end), name.place)

    def parse_interval_end(self) -> TimeLiteral | Property | None:
        token = self.current
        if token.kind == "text":
            text = self.take().text
            kind = "timestamp" if "T" in text.upper() else "date"
            return None if text == _OPEN_END else TimeLiteral(kind, text, token.place)
        if token.kind not in ("name", "quoted"):
            raise self.make_error("a day or an instant in single quotes, '..' or a field")
        found = self.parse_name() if token.kind == "name" else self.parse_operand()
        if not isinstance(found, TimeLiteral | Property):
            raise FilterError(token.place, "the ends of an interval must be dates or timestamps")
        return found


def measure_depth(node: FilterNode) -> int:
    """Count the calls that are nested on the left."""
    depth = 0
    while isinstance(node, Call) and node.args:
        depth, node = depth + 1, node.args[0]
    return depth
