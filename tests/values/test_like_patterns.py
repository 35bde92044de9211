"""Patterns and folding in the form that both databases receive."""

import pytest

from app.db.sql.text_sql import translate_text
from app.values.like_patterns import LikePattern, fold_letters, list_replacements, parse_pattern

CASE, ACCENT = frozenset({"casei"}), frozenset({"accenti"})


@pytest.mark.parametrize(
    ("text", "like", "glob"),
    [
        ("a%b_c", "a%b_c", "a*b?c"),
        (r"50\%", r"50\%", "50%"),
        (r"a\_b", r"a\_b", "a_b"),
        (r"a\\b", r"a\\b", r"a\b"),
        ("a\\b\\", r"a\\b\\", "a\\b\\"),
        ("%%%", "%", "*"),
        ("[a]*?", "[a]*?", "[[]a][*][?]"),
    ],
)
def test_a_pattern_in_both_languages(text: str, like: str, glob: str) -> None:
    pattern = parse_pattern(text)
    assert (pattern.to_like(), pattern.to_glob()) == (like, glob)


@pytest.mark.parametrize(
    ("text", "folding", "folded"),
    [
        ("ÄRGER", CASE, "ärger"),
        ("Straße", CASE, "straße"),
        ("ΟΔΟΣ", CASE, "οδοσ"),
        ("débárquér", ACCENT, "debarquer"),
        ("e\u0301", ACCENT, "e"),
        ("Łódź", CASE | ACCENT, "lodz"),
    ],
)
def test_letters_fold_one_by_one(text: str, folding: frozenset[str], folded: str) -> None:
    assert fold_letters(text, folding) == folded
    letters, others = list_replacements(folded, folding)
    assert translate_text(text, letters, others) == folded


def test_a_folded_pattern_loses_its_marks() -> None:
    assert parse_pattern("E\u0301%").fold_letters(CASE | ACCENT) == LikePattern(("e", 2))
