"""One tokenizer for both databases, and the search language of `q`.

PostgreSQL and SQLite split and fold text differently, so both store a stream of tokens made here,
and a search is phrases of tokens made the same way. A token is a run of letters and digits, folded,
at most 64 characters long.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LONGEST_TOKEN = 64
MOST_TERMS = 30
_FOLDED_AT_ONCE = 1000
"""Characters: Unicode sorts the marks after a letter in quadratic time."""

LAST_POSITION = 16_383
"""The highest position that a PostgreSQL tsvector distinguishes from its neighbors."""

BEFORE_NAMES = "\ue000"
BEFORE_SUMMARY = "\ue001"
_SEGMENT_GAP = 10

_VOICING_MARKS = "\u3099\u309a"
_ZERO_WIDTH_SPACE = "\u200b"
_SPELLINGS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("ʹʻʼʽʾʿˈ’‘", "'")
    | dict.fromkeys("‐−", "-")
)

_IDEOGRAPH = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U0003fffd"
)
_RUN = rf"[^\W_{_IDEOGRAPH}]+"
_WORD = re.compile(rf"(?=\w)[{_IDEOGRAPH}]|{_RUN}(?:[-.'_]{_RUN})*")
_JOINER = re.compile(r"[-.'_]")

_QUERY = re.compile(r'(-?)(?:"([^"]*)"(\*?)|([^\s"]+))')
_CURLY_QUOTES = str.maketrans("“”„‟", '""""')


@dataclass(frozen=True, slots=True)
class EventTokens:
    """The searchable tokens of one event, by field."""

    title: tuple[str, ...]
    names: tuple[str, ...]
    summary: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """Tokens that must occur in this order; with `prefix`, the last may continue."""

    tokens: tuple[str, ...]
    prefix: bool
    excluded: bool


@dataclass(frozen=True, slots=True)
class WordQuery:
    """A text search: every term must be found, or, if excluded, must not."""

    terms: tuple[QueryTerm, ...]


def fold_text(text: str) -> str:
    """Return `text` without case, accents, width and invisible characters: Méco → meco.

    This is Unicode NFKD and full case folding (Straße → strasse) without combining marks, except
    those that make another kana. Letters that Unicode does not decompose are spelled in ASCII (Łódź
    → lodz), and apostrophes and hyphens become the ASCII ones.
    """
    if text.isascii():
        return text.lower()
    if len(text) > _FOLDED_AT_ONCE:
        return "".join(map(fold_text, _split_text(text)))
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(filter(_is_kept, unicodedata.normalize("NFKD", plain)))
    return unicodedata.normalize("NFC", kept.translate(_SPELLINGS))


def tokenize(text: str) -> list[str]:
    """Return the tokens of `text` in order; a compound gives itself joined, then its parts.

    F-16 → f16, f, 16. Each Han, hiragana and katakana character is a token.
    """
    found: list[str] = []
    for word in _WORD.findall(fold_text(text)):
        if len(word) <= LONGEST_TOKEN and word.isalnum():
            found.append(word)
        else:
            found += _split_compound(word)
    return found


def locate_tokens(folded: str) -> Iterator[tuple[str, int, int]]:
    """Yield the tokens of folded text with their start and end: a compound, then its parts."""
    for word in _WORD.finditer(folded):
        start = word.start()
        parts = list(_locate_parts(word.group()))
        if len(parts) > 1:
            whole = "".join(part for part, _ in parts)
            yield from ((piece, start, word.end()) for piece in _split_run(whole))
        for part, offset in parts:
            place = start + offset
            for piece in _split_run(part):
                yield piece, place, place + len(piece)
                place += len(piece)


def _locate_parts(word: str) -> Iterator[tuple[str, int]]:
    start = 0
    for part in _JOINER.split(word):
        yield part, start
        start += len(part) + 1


def parse_words(query: str) -> WordQuery:
    """Parse `q`: words and "quoted phrases" that must all be found, -excluded ones, prefix*.

    A word is the phrase of its tokens. Raise ValueError if nothing can be searched for, all terms
    are excluded, a quote is not closed, or there are more than 30 terms.
    """
    straight = query.translate(_CURLY_QUOTES)
    if straight.count('"') % 2:
        position = straight.rindex('"') + 1
        raise ValueError(f"the quote at character {position} is never closed")
    terms = tuple(term for term in map(_parse_term, _QUERY.finditer(straight)) if term.tokens)
    if not terms:
        raise ValueError("there is no word to search for: words have letters or digits")
    if all(term.excluded for term in terms):
        raise ValueError("every word is excluded; name at least one to search for")
    if len(terms) > MOST_TERMS:
        raise ValueError(f"{len(terms)} words and phrases are too many; the most is {MOST_TERMS}")
    return WordQuery(terms)


def make_fts5_query(query: WordQuery) -> str:
    """Return the search as an FTS5 MATCH expression over a `word_stream` column."""
    wanted = " AND ".join(_make_fts5_phrase(term) for term in query.terms if not term.excluded)
    excluded = " OR ".join(_make_fts5_phrase(term) for term in query.terms if term.excluded)
    return f"({wanted}) NOT ({excluded})" if excluded else wanted


def make_tsquery_text(query: WordQuery, weight: str | None = None) -> str:
    """Return the search as PostgreSQL tsquery input, limited to a `weight` such as A or AB."""
    return " & ".join(_make_tsquery_phrase(term, weight or "") for term in query.terms)


def list_needles(query: WordQuery) -> list[tuple[str, bool]]:
    """Return the search as (needle, excluded): texts that a `word_stream` must contain or not."""
    return [
        (f" {' '.join(term.tokens)}{'' if term.prefix else ' '}", term.excluded)
        for term in query.terms
    ]


def make_word_stream(words: EventTokens) -> str:
    """Return the tokens as one text, with a space around every token and separator.

    Title, U+E000, names, U+E001, summary: the separators are tokens to SQLite, so that no phrase
    runs from one segment into the next, and they never occur in a text's own tokens.
    """
    stream = [*words.title, BEFORE_NAMES, *words.names, BEFORE_SUMMARY, *words.summary]
    return f" {' '.join(stream)} "


def make_tsvector_text(words: EventTokens) -> str:
    """Return the tokens as PostgreSQL tsvector input, weights A (title), B (names), C (summary).

    Tokens after the last position are still found, but in no phrase: PostgreSQL gives them one
    position together, and the position before it stays empty.
    """
    lexemes: list[str] = []
    first = 1
    for weight, segment in (("A", words.title), ("B", words.names), ("C", words.summary)):
        lexemes += [
            f"{_quote_lexeme(token)}:{at if at < LAST_POSITION - 1 else LAST_POSITION}{weight}"
            for at, token in enumerate(segment, first)
        ]
        first += len(segment) + _SEGMENT_GAP
    return " ".join(lexemes)


def _split_text(text: str) -> Iterator[str]:
    """Yield parts of a text that fold as the whole does: each begins with a base letter."""
    start = 0
    while len(text) - start > _FOLDED_AT_ONCE:
        end = start + _FOLDED_AT_ONCE // 2
        while end < start + _FOLDED_AT_ONCE and _is_continuation(text[end]):
            end += 1
        yield text[start:end]
        start = end
    yield text[start:]


def _is_continuation(character: str) -> bool:
    """Return whether a character may combine with the one before it."""
    first = unicodedata.normalize("NFKD", character)[0]
    is_part = unicodedata.combining(first) > 0 or "\u1160" <= first <= "\u11ff"
    return is_part or not _is_kept(first)


@lru_cache(maxsize=4096)
def _is_kept(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cf":
        return character == _ZERO_WIDTH_SPACE
    return category[0] != "M" or character in _VOICING_MARKS


def _split_compound(word: str) -> list[str]:
    parts = _JOINER.split(word)
    whole = parts if len(parts) == 1 else ["".join(parts), *parts]
    return [piece for part in whole for piece in _split_run(part)]


def _split_run(run: str) -> list[str]:
    return [run[start : start + LONGEST_TOKEN] for start in range(0, len(run), LONGEST_TOKEN)]


def _parse_term(found: re.Match[str]) -> QueryTerm:
    minus, phrase, star, word = found.groups()
    text = word if phrase is None else phrase + star
    stem = text.rstrip("*")
    prefix = stem != text
    return QueryTerm(
        _tokenize_prefix(stem) if prefix else tuple(tokenize(stem)), prefix, minus == "-"
    )


def _tokenize_prefix(stem: str) -> tuple[str, ...]:
    """Return the tokens of `stem`, its last compound only joined, so that KN-2* finds KN-23."""
    *words, last = _WORD.findall(fold_text(stem)) or [""]
    before = [token for word in words for token in _split_compound(word)]
    return *before, *_split_run(_JOINER.sub("", last))


def _make_fts5_phrase(term: QueryTerm) -> str:
    return f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}'


def _make_tsquery_phrase(term: QueryTerm, weight: str) -> str:
    labels = [f":{weight}" if weight else ""] * len(term.tokens)
    if term.prefix:
        labels[-1] = f":*{weight}"
    pairs = zip(term.tokens, labels, strict=True)
    phrase = " <-> ".join(f"{_quote_lexeme(token)}{label}" for token, label in pairs)
    return f"!({phrase})" if term.excluded else f"({phrase})" if len(term.tokens) > 1 else phrase


def _quote_lexeme(token: str) -> str:
    if "'" in token or "\\" in token:
        token = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{token}'"
