"""The same search in Python, FTS5, `instr` on the stream, and tsvector, with the same result."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.values.tokenizer import (
    EventTokens,
    QueryTerm,
    WordQuery,
    list_needles,
    make_fts5_query,
    make_tsquery_text,
    make_tsvector_text,
    make_word_stream,
    parse_words,
    tokenize,
)

VOCABULARY = [
    *("a", "b", "ab", "F-16", "f16", "f 16", "U.S.", "us", "u", "KN-23", "KN-2", "23", "2", "Méco"),
    *(
        "meco",
        "Straße",
        "İ",
        "Ærø",
        "don’t",
        "don",
        "t",
        "北",
        "北朝鮮",
        "朝",
        "テポドン",
        "김정은",
    ),
    *("김", "محمد", "שלום", "हिन्दी", "ไทย", "🎈", "🚀a", "\ue000", "\x00", ",", "…", "\\", "'"),
    *("x" * 130, "x" * 64),
]
SEPARATORS = st.sampled_from([" ", " ", "-", ".", "", "/", "\n"])
TEXTS = st.lists(st.tuples(st.sampled_from(VOCABULARY), SEPARATORS), max_size=6).map(
    lambda parts: "".join(word + separator for word, separator in parts)
)


@st.composite
def questions(draw: st.DrawFn, texts: list[str]) -> WordQuery | None:
    """A question of one to three terms, most of them cut out of the texts."""
    asked = []
    for _ in range(draw(st.integers(1, 3))):
        words = draw(st.sampled_from([*texts, *texts, draw(TEXTS)])).split()
        start = draw(st.integers(0, len(words)))
        phrase = " ".join(words[start : start + draw(st.integers(1, 3))])
        minus = draw(st.sampled_from(["", "", "", "-"]))
        star = draw(st.sampled_from(["", "", "*"]))
        asked.append(f'{minus}"{phrase}"{star}' if draw(st.booleans()) else minus + phrase + star)
    try:
        return parse_words(" ".join(asked))
    except ValueError:
        return None


@st.composite
def cases(draw: st.DrawFn) -> tuple[EventTokens, WordQuery]:
    texts = [draw(TEXTS) for _ in range(3)]
    question = draw(questions(texts).filter(bool))
    assert question is not None
    title, names, summary = (tuple(tokenize(text)) for text in texts)
    return EventTokens(title, names, summary), question


def holds(segment: tuple[str, ...], asked: QueryTerm) -> bool:
    *whole, last = asked.tokens
    size = len(asked.tokens)
    windows = (segment[start : start + size] for start in range(len(segment) - size + 1))
    return any(
        list(window[:-1]) == whole
        and (window[-1].startswith(last) if asked.prefix else window[-1] == last)
        for window in windows
    )


def holds_true(words: EventTokens, question: WordQuery) -> bool:
    segments = (words.title, words.names, words.summary)
    return all(
        any(holds(segment, asked) for segment in segments) is not asked.excluded
        for asked in question.terms
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    for name, tokenizer in (("unicode61", "unicode61 remove_diacritics 0"), ("ascii", "ascii")):
        opened.execute(
            f"CREATE VIRTUAL TABLE {name}"
            f' USING fts5(words, event_id UNINDEXED, tokenize="{tokenizer}")'
        )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ask_postgresql(postgres_url: str) -> Iterator[Callable[[EventTokens, WordQuery], bool]]:
    with asyncio.Runner() as runner:
        opened = runner.run(asyncpg.connect(postgres_url))

        def ask(words: EventTokens, question: WordQuery) -> bool:
            matching = "SELECT $1::text::tsvector @@ $2::text::tsquery"
            texts = make_tsvector_text(words), make_tsquery_text(question)
            return bool(runner.run(opened.fetchval(matching, *texts)))

        yield ask
        runner.run(opened.close())


many = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("table", ["unicode61", "ascii"])
@many
@given(case=cases())
def test_fts5_answers_as_the_tokens_do(
    connection: sqlite3.Connection, table: str, case: tuple[EventTokens, WordQuery]
) -> None:
    words, question = case
    connection.execute(f"DELETE FROM {table}")
    connection.execute(f"INSERT INTO {table} VALUES (?, 'e')", (make_word_stream(words),))
    matching = f"SELECT count(*) FROM {table} WHERE {table} MATCH ?"
    [found] = connection.execute(matching, (make_fts5_query(question),)).fetchone()
    assert bool(found) == holds_true(words, question)


@many
@given(case=cases())
def test_needles_answer_as_the_tokens_do(
    connection: sqlite3.Connection, case: tuple[EventTokens, WordQuery]
) -> None:
    words, question = case
    sought = [
        (make_word_stream(words), needle, excluded) for needle, excluded in list_needles(question)
    ]
    found = [connection.execute("SELECT (instr(?, ?) > 0) <> ?", row).fetchone() for row in sought]
    assert all(answer for (answer,) in found) == holds_true(words, question)


@many
@given(case=cases())
def test_postgresql_answers_as_the_tokens_do(
    ask_postgresql: Callable[[EventTokens, WordQuery], bool], case: tuple[EventTokens, WordQuery]
) -> None:
    words, question = case
    assert ask_postgresql(words, question) == holds_true(words, question)
