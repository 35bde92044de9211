"""The nearest known word, and the scheme before a code."""

import pytest

from app.values.suggestions import did_you_mean, split_scheme, suggest_words

TYPES = ["summit", "meeting", "visit", "missile-test", "military-aid", "economic-aid", "strike"]
PARAMETERS = ["type", "category", "country", "since", "until", "fatalities_min", "sort"]


@pytest.mark.parametrize(
    ("word", "known", "best"),
    [
        ("sumit", TYPES, "summit"),
        ("SUMMIT", TYPES, "summit"),
        ("missile test", TYPES, "missile-test"),
        ("missile", TYPES, "missile-test"),
        ("meetings", TYPES, "meeting"),
        ("event_type", PARAMETERS, "type"),
        ("countries", PARAMETERS, "country"),
        ("min_fatalities", PARAMETERS, "fatalities_min"),
        ("PKR", ["USA", "PRK", "CHN"], "PRK"),
    ],
)
def test_the_nearest_word_comes_first(word: str, known: list[str], best: str) -> None:
    assert suggest_words(word, known)[0] == best


@pytest.mark.parametrize("word", ["zzz", "", "x", "offset"])
def test_nothing_near_is_nothing(word: str) -> None:
    assert suggest_words(word, PARAMETERS) == []
    assert did_you_mean(word, PARAMETERS) == ""


def test_no_more_than_the_limit_in_an_order_that_does_not_change() -> None:
    assert suggest_words("aid", set(TYPES)) == ["economic-aid", "military-aid"]
    assert suggest_words("aid", TYPES, limit=1) == ["economic-aid"]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("summitt", "; did you mean 'summit'?"),
        ("aid", "; did you mean 'economic-aid' or 'military-aid'?"),
    ],
)
def test_the_sentence_names_what_is_near(word: str, sentence: str) -> None:
    assert did_you_mean(word, TYPES) == sentence


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("fips:KN", ("fips", "KN")),
        ("GW:731", ("gw", "731")),
        ("plover:CONSULT/visit", ("plover", "CONSULT/visit")),
        ("cameo:042:x", ("cameo", "042:x")),
        ("PRK", (None, "PRK")),
        (":KN", (None, ":KN")),
        ("", (None, "")),
    ],
)
def test_a_code_may_name_its_scheme(text: str, parts: tuple[str | None, str]) -> None:
    assert split_scheme(text) == parts
