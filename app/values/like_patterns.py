"""Patterns with wildcards, and folding of single letters without case or accents.

Both databases are given the replacements letter by letter, so that both fold alike. Only single
letters are folded: `ß` has no other case here, and `æ` is not `ae`.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal

PatternPart = str | Literal[1, 2]
ONE_LETTER: Literal[1] = 1
ANY_LETTERS: Literal[2] = 2
Folding = frozenset[str]
"""`casei`, `accenti`, both or neither."""

_ESCAPE = "\\"
_UNICODE_BLOCKS = (
    range(0x41, 0x5B),
    range(0x80, 0x2E00),
    range(0xA640, 0xABC0),
    range(0xFF21, 0xFF5B),
    range(0x10400, 0x10600),
    range(0x10C80, 0x10D70),
    range(0x118A0, 0x118E0),
    range(0x16E40, 0x16EA0),
    range(0x1E900, 0x1E944),
)
"""Blocks with letters that have another case or accents."""

_PLAIN = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D"}
_PLAIN |= {"ħ": "h", "Ħ": "H", "ı": "i"}


@dataclass(frozen=True, slots=True)
class LikePattern:
    """Letters, with `ONE_LETTER` for any letter and `ANY_LETTERS` for any letters or none."""

    parts: tuple[PatternPart, ...]

    def to_like(self) -> str:
        """Return the pattern for LIKE, with the backslash as escape."""
        written = {ONE_LETTER: "_", ANY_LETTERS: "%", "_": r"\_", "%": r"\%", _ESCAPE: r"\\"}
        return "".join(str(written.get(part, part)) for part in self.parts)

    def to_glob(self) -> str:
        """Return the pattern for GLOB."""
        written = {ONE_LETTER: "?", ANY_LETTERS: "*", "?": "[?]", "*": "[*]", "[": "[[]"}
        return "".join(str(written.get(part, part)) for part in self.parts)

    def list_letters(self) -> str:
        """Return the letters without the wildcards."""
        return "".join(part for part in self.parts if isinstance(part, str))

    def fold_letters(self, folding: Folding) -> "LikePattern":
        """Return the pattern with its letters folded."""
        parts = (
            (fold_letters(part, folding) if isinstance(part, str) else part) for part in self.parts
        )
        return LikePattern(tuple(part for part in parts if part))


def parse_pattern(text: str) -> LikePattern:
    r"""Parse a pattern: `%` any letters, `_` one; `\` before one of these makes it a letter."""
    parts: list[PatternPart] = []
    escaped = False
    for letter in text:
        if letter == _ESCAPE and not escaped:
            escaped = True
            continue
        wild: PatternPart | None = {"%": ANY_LETTERS, "_": ONE_LETTER}.get(letter)  # type: ignore[assignment]  # 1 or 2
        if escaped and wild is None and letter != _ESCAPE:
            parts.append(_ESCAPE)
        if not escaped and wild == ANY_LETTERS and parts and parts[-1] == ANY_LETTERS:
            continue
        parts.append(letter if escaped or wild is None else wild)
        escaped = False
    return LikePattern((*parts, _ESCAPE) if escaped else tuple(parts))


def fold_letters(text: str, folding: Folding) -> str:
    """Return the text with each letter folded."""
    return text.translate(_make_table(folding)) if folding else text


def list_replacements(letters: Iterable[str], folding: Folding) -> tuple[str, str]:
    """Return the letters to replace, and their replacements, in text compared with these letters.

    The text must have been folded likewise. The second string is shorter if some letters are
    removed.
    """
    sources = _list_sources(folding)
    pairs = [
        (source, letter) for letter in sorted(set(letters)) for source in sources.get(letter, ())
    ]
    gone = "".join(map(chr, _list_marks())) if "accenti" in folding else ""
    return "".join(source for source, _ in pairs) + gone, "".join(letter for _, letter in pairs)


@cache
def _list_marks() -> tuple[int, ...]:
    return tuple(range(0x300, 0x370))


@cache
def _make_table(folding: Folding) -> Mapping[int, str | None]:
    table: dict[int, str | None] = {}
    for code in chain(*_UNICODE_BLOCKS):
        letter = chr(code)
        found = _strip_accent(letter) if "accenti" in folding else letter
        found = _strip_case(found) if "casei" in folding else found
        if found != letter:
            table[code] = found
    if "accenti" in folding:
        table |= dict.fromkeys(_list_marks())
    return table


@cache
def _list_sources(folding: Folding) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, letter in _make_table(folding).items():
        if letter:
            found[letter] = (*found.get(letter, ()), chr(code))
    return found


def _strip_accent(letter: str) -> str:
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if marks and all(ord(mark) in _list_marks() for mark in marks):
        return base
    return _PLAIN.get(letter, letter)


def _strip_case(letter: str) -> str:
    for found in (letter.casefold(), letter.lower()):
        if len(found) == 1:
            return found
    return letter
