"""Folding and splitting of text, the language of `q`, and the input of each database."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.values.tokenizer import (
    LAST_POSITION,
    LONGEST_TOKEN,
    EventTokens,
    QueryTerm,
    WordQuery,
    fold_text,
    list_needles,
    make_fts5_query,
    make_tsquery_text,
    make_tsvector_text,
    make_word_stream,
    parse_words,
    tokenize,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Pyongyang", "pyongyang"),
        ("Méco", "meco"),
        ("Straße", "strasse"),
        ("İSTANBUL ışık", "istanbul isik"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("ﬁssile", "fissile"),
        ("ＫＮ２３", "kn23"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("Йод", "иод"),
        ("김정은", "김정은"),
        ("ガンダム", "ガンダム"),
        ("ﾃﾎﾟﾄﾞﾝ", "テポドン"),
        ("Pyong\u00adyang", "pyongyang"),
        ("\u202bمُحَمَّد\u202c", "محمد"),
        ("don’t", "don't"),
    ],
)
def test_folding_leaves_the_letters(text: str, folded: str) -> None:
    assert fold_text(text) == folded


def test_folding_again_changes_nothing() -> None:
    last_letter = 0x33479
    once = fold_text(" ".join(f"a{chr(number)}" for number in range(last_letter + 1)))
    assert fold_text(once) == once


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("", []),
        ("Kim Jong Un", ["kim", "jong", "un"]),
        ("F-16", ["f16", "f", "16"]),
        ("F‑16", ["f16", "f", "16"]),
        ("KN-23", ["kn23", "kn", "23"]),
        ("U.S.", ["us", "u", "s"]),
        ("U.S.-led", ["us", "u", "s", "led"]),
        ("US-led", ["usled", "us", "led"]),
        ("Méco, Mexico", ["meco", "mexico"]),
        ("Sana’a", ["sanaa", "sana", "a"]),
        ("Sanaʿa", ["sanaa", "sana", "a"]),
        ("day_number", ["daynumber", "day", "number"]),
        ("and/or", ["and", "or"]),
        ("wait...what", ["wait", "what"]),
        ("-'quoted'-", ["quoted"]),
        ("北朝鮮", ["北", "朝", "鮮"]),
        ("テポドン2号", ["テ", "ポ", "ド", "ン", "2", "号"]),
        ("북한-러시아", ["북한러시아", "북한", "러시아"]),
        ("کره شمالی", ["کره", "شمالی"]),
        ("a\x00b\ue000c\ue001d", ["a", "b", "c", "d"]),
        ("🚀 launch 🎈", ["launch"]),
        ("30–50 dead", ["30", "50", "dead"]),
    ],
)
def test_text_is_split_into_tokens(text: str, split: list[str]) -> None:
    assert tokenize(text) == split


@given(st.text(st.sampled_from("aB9é北ガ"), min_size=1, max_size=300))
def test_nothing_is_dropped_from_a_long_run(text: str) -> None:
    made = tokenize(text)
    assert "".join(made) == fold_text(text)
    assert all(0 < len(token) <= LONGEST_TOKEN for token in made)


@given(st.text())
def test_a_token_has_letters_and_digits_only(text: str) -> None:
    assert all(token.isalnum() and tokenize(token) == [token] for token in tokenize(text))


def term(*words: str, prefix: bool = False, excluded: bool = False) -> QueryTerm:
    return QueryTerm(words, prefix, excluded)


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("Putin visits", [term("putin"), term("visits")]),
        ("F-16", [term("f16", "f", "16")]),
        ('"Kim Jong Un"', [term("kim", "jong", "un")]),
        ("“Kim Jong Un”", [term("kim", "jong", "un")]),
        ("kim -balloon", [term("kim"), term("balloon", excluded=True)]),
        ('kim -"hot air"', [term("kim"), term("hot", "air", excluded=True)]),
        ("missil*", [term("missil", prefix=True)]),
        ("KN-2*", [term("kn2", prefix=True)]),
        ('"launched KN-2*"', [term("launched", "kn2", prefix=True)]),
        ('"kim jo"*', [term("kim", "jo", prefix=True)]),
        ("kim -ball*", [term("kim"), term("ball", prefix=True, excluded=True)]),
        ("Kim & Putin - 🎈", [term("kim"), term("putin")]),
        ("金*", [term("金", prefix=True)]),
    ],
)
def test_a_question_is_read(query: str, terms: list[QueryTerm]) -> None:
    assert parse_words(query) == WordQuery(tuple(terms))


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "there is no word to search for"),
        (" - * & 🎈", "there is no word to search for"),
        ('""', "there is no word to search for"),
        ("-balloon", "every word is excluded"),
        ('kim "jong un', "the quote at character 5 is never closed"),
        ('a "b c" "', "the quote at character 9 is never closed"),
        ("word " * 31, "31 words and phrases are too many; the most is 30"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(query: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_words(query)


@pytest.mark.parametrize(
    ("query", "fts5", "tsquery", "needle"),
    [
        ("kim", '"kim"', "'kim'", [(" kim ", False)]),
        (
            "F-16",
            '"f16 f 16"',
            "('f16' <-> 'f' <-> '16')",
            [(" f16 f 16 ", False)],
        ),
        ("KN-23*", '"kn23" *', "'kn23':*", [(" kn23", False)]),
        (
            'kim -"hot air" -b*',
            '("kim") NOT ("hot air" OR "b" *)',
            "'kim' & !('hot' <-> 'air') & !('b':*)",
            [(" kim ", False), (" hot air ", True), (" b", True)],
        ),
        ("kim un", '"kim" AND "un"', "'kim' & 'un'", [(" kim ", False), (" un ", False)]),
    ],
)
def test_a_question_in_each_language(
    query: str, fts5: str, tsquery: str, needle: list[tuple[str, bool]]
) -> None:
    read = parse_words(query)
    assert (make_fts5_query(read), make_tsquery_text(read), list_needles(read)) == (
        fts5,
        tsquery,
        needle,
    )


def test_a_weight_confines_every_token() -> None:
    assert (
        make_tsquery_text(parse_words('"hot air" -b*'), "A") == "('hot':A <-> 'air':A) & !('b':*A)"
    )


def test_a_stream_has_one_space_around_everything() -> None:
    assert make_word_stream(EventTokens(("a", "b"), (), ("c",))) == " a b \ue000 \ue001 c "
    assert make_word_stream(EventTokens((), (), ())) == " \ue000 \ue001 "


def test_a_tsvector_keeps_segments_apart() -> None:
    assert (
        make_tsvector_text(EventTokens(("a", "b"), ("c",), ("d'\\",)))
        == "'a':1A 'b':2A 'c':13B 'd''\\\\':24C"
    )


def test_a_tsvector_stays_within_the_positions_there_are() -> None:
    lexemes = make_tsvector_text(EventTokens((), (), ("x",) * 20_000)).split()
    positions = [int(lexeme.split(":")[1].removesuffix("C")) for lexeme in lexemes]
    assert len(positions) == 20_000
    assert max(positions) == LAST_POSITION
    assert LAST_POSITION - 1 not in positions
