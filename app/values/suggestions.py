"""Suggestions of known words for a misspelled one, and codes that name their scheme."""

import re
from collections.abc import Iterable
from typing import Any

from rapidfuzz import fuzz, process

_LEAST_SCORE = 60
_SAME_PARTS = 0.9
_LONGEST = 200
"""Characters; no known word is similar to a longer one."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(.*)", re.DOTALL)
_SEPARATORS = re.compile(r"[-_\s]+")


def suggest_words(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return the known words most similar to `word`, best first, ignoring case."""
    if len(word) > _LONGEST:
        return []
    found = process.extract(
        word,
        sorted(known),
        scorer=_score_words,
        processor=_split_word_parts,
        score_cutoff=_LEAST_SCORE,
        limit=limit,
    )
    return [name for name, _, _ in found]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of an error's sentence, "; did you mean 'summit'?", or ""."""
    *others, last = [repr(name) for name in suggest_words(word, known)] or [""]
    if not last:
        return ""
    return f"; did you mean {', '.join(others)} or {last}?" if others else f"; did you mean {last}?"


def split_scheme(text: str) -> tuple[str | None, str]:
    """Return the lower-case scheme and the code of `fips:KN`; (None, text) without a scheme."""
    found = _SCHEME.fullmatch(text)
    return (found[1].lower(), found[2]) if found else (None, text)


def _split_word_parts(word: str) -> str:
    return _SEPARATORS.sub(" ", word.casefold()).strip()


def _score_words(one: str, other: str, **options: Any) -> float:
    """Return 0 to 100, the similarity of two words or, a little less, of their parts."""
    return max(fuzz.ratio(one, other), _SAME_PARTS * fuzz.token_set_ratio(one, other))
