"""Snippets: the part of a text around the words of a search, marked and safe in HTML."""

import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from app.values.tokenizer import QueryTerm, WordQuery, fold_text, locate_tokens

MARK_BEGIN, MARK_END = "<mark>", "</mark>"
LONGEST_SNIPPET = 240
"""Letters of a snippet, without the marks."""

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class _PlacedToken:
    """A token and its place in the text."""

    text: str
    start: int
    end: int


def make_snippet(text: str, query: WordQuery) -> str | None:
    """Return the part of the text with the most matches, marked; None without a match.

    Everything else that has a meaning in HTML is escaped.
    """
    spans = _join_spans(_locate_terms(list(_locate_tokens(text)), query))
    if not spans:
        return None
    start, end = _choose_window(text, spans)
    marked = "".join(_mark_spans(text, spans, start, end))
    return f"{ELLIPSIS if start else ''}{marked}{ELLIPSIS if end < len(text) else ''}"


def _locate_tokens(text: str) -> Iterator[_PlacedToken]:
    """Yield the searchable tokens of a text, each with its place in the text."""
    folded, places = _fold_with_places(text)
    for token, start, end in locate_tokens(folded):
        yield _PlacedToken(token, places[start][0], places[end - 1][1])


def _fold_with_places(text: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """Return the folded text, and the place in the text of each of its letters."""
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _is_continuation(text[end]):
            continue
        part = fold_text(text[start:end])
        parts.append(part)
        places += [(start, end)] * len(part)
        start = end
    return "".join(parts), places


def _is_continuation(letter: str) -> bool:
    """Return whether a letter modifies the one before: a mark, or part of a Korean syllable."""
    if letter.isascii():
        return False
    return unicodedata.category(letter)[0] == "M" or "\u1160" <= letter <= "\u11ff"


def _locate_terms(tokens: Sequence[_PlacedToken], query: WordQuery) -> Iterator[tuple[int, int]]:
    """Yield the places of the wanted terms."""
    wanted = [term for term in query.terms if not term.excluded]
    for term, place in product(wanted, range(len(tokens))):
        here = tokens[place : place + len(term.tokens)]
        if _is_term([token.text for token in here], term):
            yield min(token.start for token in here), max(token.end for token in here)


def _is_term(here: Sequence[str], term: QueryTerm) -> bool:
    *first, last = term.tokens
    if len(here) < len(term.tokens):
        return False
    whole = here[-1].startswith(last) if term.prefix else here[-1] == last
    return whole and list(here[:-1]) == first


def _join_spans(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge spans that overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _choose_window(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the part of the text with the most spans, cut between words if possible."""
    if len(text) <= LONGEST_SNIPPET:
        return 0, len(text)
    _, first = max((_count_spans(spans, number), -number) for number in range(len(spans)))
    begin = spans[-first][0]
    last = [end for _, end in spans if end <= begin + LONGEST_SNIPPET]
    around = max(LONGEST_SNIPPET - (max(last, default=begin) - begin), 0) // 2
    start = max(min(begin - around, len(text) - LONGEST_SNIPPET), 0)
    end = min(start + LONGEST_SNIPPET, len(text))
    blank = text.find(" ", start, begin)
    if start and blank >= 0:
        start = blank + 1
    blank = text.rfind(" ", max(last, default=begin), end)
    return start, (blank if end < len(text) and blank > 0 else end)


def _count_spans(spans: Sequence[tuple[int, int]], number: int) -> int:
    begin = spans[number][0]
    return sum(1 for _, end in spans[number:] if end <= begin + LONGEST_SNIPPET)


def _mark_spans(text: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[str]:
    place = start
    for first, last in spans:
        here, there = max(first, start), min(last, end)
        if here < there:
            yield html.escape(text[place:here])
            yield f"{MARK_BEGIN}{html.escape(text[here:there])}{MARK_END}"
            place = there
    yield html.escape(text[place:end])
