"""Snippets: matches are marked, and everything else is escaped."""

from random import Random

import pytest

from app.values.highlighting import LONGEST_SNIPPET, make_snippet
from app.values.tokenizer import fold_text, locate_tokens, parse_words, tokenize
from tests.api.questions import material


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        (
            "Putin visits Pyongyang",
            "visit* pyongyang",
            "Putin <mark>visits</mark> <mark>Pyongyang</mark>",
        ),
        ("A space launch, a launch", '"space launch"', "A <mark>space launch</mark>, a launch"),
        ("F-16 and f16", "f-16", "<mark>F-16</mark> and f16"),
        ("F-16 and f16", "f16", "<mark>F-16</mark> and <mark>f16</mark>"),
        ("Łódź, Me\u0301co", "lodz meco", "<mark>Łódź</mark>, <mark>Me\u0301co</mark>"),
        ("平壌で会談", "会談", "平壌で<mark>会談</mark>"),
        ("a visit", "visit -talks", "a <mark>visit</mark>"),
        (
            "<b>rocket</b> & 'x'",
            "rocket",
            "&lt;b&gt;<mark>rocket</mark>&lt;/b&gt; &amp; &#x27;x&#x27;",
        ),
        ("one two three", '"one two" "two three"', "<mark>one two three</mark>"),
    ],
)
def test_the_words_are_marked(text: str, words: str, shown: str) -> None:
    assert make_snippet(text, parse_words(words)) == shown


def test_without_its_words_a_text_has_no_snippet() -> None:
    assert make_snippet("a meeting", parse_words("rocket -visit")) is None


def test_of_a_long_text_the_piece_with_the_most_words_is_shown() -> None:
    text = "rocket " + "a " * 400 + "the rocket launch of the rocket" + " b" * 400
    found = make_snippet(text, parse_words("rocket launch*"))
    assert found is not None
    assert found.count("<mark>") == 3
    assert found.startswith("…a ")
    assert found.endswith(" b…")
    assert len(found.replace("<mark>", "").replace("</mark>", "")) <= LONGEST_SNIPPET + 2


def test_the_places_of_tokens_are_those_of_the_search() -> None:
    random = Random(1)
    letters = "".join(material.TITLE_PARTS) + "-.'_ \u0301\u200bßﬃ½최가\u1112\u1161\u11abİΣς"
    for _ in range(3000):
        text = "".join(random.choice(letters) for _ in range(random.randint(0, 14)))
        assert [token for token, _, _ in locate_tokens(fold_text(text))] == tokenize(text), text
        for token in tokenize(text):
            assert "<mark>" in (make_snippet(text, parse_words(f'"{token}"')) or ""), (text, token)
