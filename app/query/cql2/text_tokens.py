"""The tokens of CQL2 text, each with its kind and its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.query.cql2.ast import FilterError, quote_word

KEYWORDS = frozenset(
    ("and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div")
)

_START = "A-Za-z_:\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1ffe\u200c-\u200d"
_START += "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_PART = rf"{_START}.0-9\u0300-\u036f\u203f-\u2040"
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n\f\v\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+)"
    rf"|(?P<name>[{_START}][{_PART}]*)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<text>'(?:[^'\\]|''|\\'|\\)*+')"
    rf'|(?P<quoted>"[{_START}][{_PART}]*")'
    r"|(?P<sign><>|<=|>=|[=<>()+\-*/%^,])"
)
_ESCAPED = re.compile(r"''|\\'")


@dataclass(frozen=True, slots=True)
class Token:
    """A `name`, a `keyword` in lower case, a `quoted` name, a `number`, a `text` or a `sign`."""

    kind: str
    text: str
    start: int

    @property
    def place(self) -> str:
        """The place of the token in error messages."""
        return format_place(self.start)


def format_place(start: int) -> str:
    """Return a place in the text, counted from one."""
    return f"character {start + 1}"


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens, and at the end one of the kind `end`."""
    start = 0
    while start < len(text):
        found = _TOKEN.match(text, start)
        if found is None:
            raise FilterError(format_place(start), _describe_unread(text[start:]))
        token = _make_token(str(found.lastgroup), found.group(), start)
        if token is not None:
            yield token
        start = found.end()
    yield Token("end", "", len(text))


def replace_texts(text: str, others: Mapping[str, str]) -> str:
    """Return the text with other values at some places."""

    def exchanged(found: re.Match[str]) -> str:
        other = others.get(format_place(found.start())) if found.lastgroup == "text" else None
        return found.group() if other is None else "'" + other.replace("'", "''") + "'"

    return _TOKEN.sub(exchanged, text)


def _make_token(kind: str, written: str, start: int) -> Token | None:
    if kind == "blank":
        return None
    if kind == "name" and written.lower() in KEYWORDS:
        return Token("keyword", written.lower(), start)
    if kind == "text":
        return Token(kind, _ESCAPED.sub("'", written[1:-1]), start)
    return Token(kind, written[1:-1] if kind == "quoted" else written, start)


def _describe_unread(rest: str) -> str:
    if rest[0] == "'":
        return "the quote that opens here is never closed"
    if rest[0] == '"':
        return "double quotes are for the name of a field; texts are in single quotes"
    return f"{quote_word(rest[0])} has no meaning here"
