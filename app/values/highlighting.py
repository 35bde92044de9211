"""Where a text answers a question for words: the pieces around it, marked, safe inside HTML."""

import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from app.values.tokenizer import Term, WordQuery, fold, tokens_in

BEGIN, END = "<mark>", "</mark>"
LONGEST = 240
"""Letters of a text that a snippet shows at most, without the marks."""

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class _Token:
    """A token, and the letters of the text that it stands for."""

    text: str
    start: int
    end: int


def snippet(text: str, query: WordQuery) -> str | None:
    """The part of the text with the most found words, each marked; None if none is found.

    Everything else that means something to HTML is escaped.
    """
    spans = _joined(_found(list(_tokens(text)), query))
    if not spans:
        return None
    start, end = _window(text, spans)
    marked = "".join(_marked(text, spans, start, end))
    return f"{ELLIPSIS if start else ''}{marked}{ELLIPSIS if end < len(text) else ''}"


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens that the text has for a search, each with its place in the text itself."""
    folded, places = _folded(text)
    for token, start, end in tokens_in(folded):
        yield _Token(token, places[start][0], places[end - 1][1])


def _folded(text: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """The folded text, and for each of its letters where the text has it."""
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _continues(text[end]):
            continue
        part = fold(text[start:end])
        parts.append(part)
        places += [(start, end)] * len(part)
        start = end
    return "".join(parts), places


def _continues(letter: str) -> bool:
    """Whether it changes the letter before it: a mark, or a part of a Korean syllable."""
    if letter.isascii():
        return False
    return unicodedata.category(letter)[0] == "M" or "\u1160" <= letter <= "\u11ff"


def _found(tokens: Sequence[_Token], query: WordQuery) -> Iterator[tuple[int, int]]:
    """Where the wanted terms stand."""
    wanted = [term for term in query.terms if not term.excluded]
    for term, place in product(wanted, range(len(tokens))):
        here = tokens[place : place + len(term.tokens)]
        if _is_term([token.text for token in here], term):
            yield min(token.start for token in here), max(token.end for token in here)


def _is_term(here: Sequence[str], term: Term) -> bool:
    *first, last = term.tokens
    if len(here) < len(term.tokens):
        return False
    whole = here[-1].startswith(last) if term.prefix else here[-1] == last
    return whole and list(here[:-1]) == first


def _joined(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap, made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _window(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The stretch of the text that holds the most spans, cut between words where it can be."""
    if len(text) <= LONGEST:
        return 0, len(text)
    _, first = max((_held(spans, number), -number) for number in range(len(spans)))
    begin = spans[-first][0]
    last = [end for _, end in spans if end <= begin + LONGEST]
    around = max(LONGEST - (max(last, default=begin) - begin), 0) // 2
    start = max(min(begin - around, len(text) - LONGEST), 0)
    end = min(start + LONGEST, len(text))
    blank = text.find(" ", start, begin)
    if start and blank >= 0:
        start = blank + 1
    blank = text.rfind(" ", max(last, default=begin), end)
    return start, (blank if end < len(text) and blank > 0 else end)


def _held(spans: Sequence[tuple[int, int]], number: int) -> int:
    begin = spans[number][0]
    return sum(1 for _, end in spans[number:] if end <= begin + LONGEST)


def _marked(text: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[str]:
    place = start
    for first, last in spans:
        here, there = max(first, start), min(last, end)
        if here < there:
            yield html.escape(text[place:here])
            yield f"{BEGIN}{html.escape(text[here:there])}{END}"
            place = there
    yield html.escape(text[place:end])
