"""Names and prose are plain English: one test per rule, each lists all offenders."""

from itertools import chain

from tests.house import english
from tests.source import ROOT, modules

SHIPPED = [*modules("app", "migrations", "benchmarks"), "dev.py"]


def test_private_functions_begin_with_a_verb() -> None:
    assert list(chain.from_iterable(map(english.unclear_names, SHIPPED))) == []


def test_docstrings_begin_as_their_kind_does() -> None:
    assert list(chain.from_iterable(map(english.unclear_docstrings, SHIPPED))) == []


def test_sentences_are_plain() -> None:
    offenders = map(english.unclear_sentences, [*SHIPPED, *modules("tests")])
    assert list(chain.from_iterable(offenders)) == []


def test_verbs_are_listed_once_and_in_order() -> None:
    words = (ROOT / "tests/house/verbs.txt").read_text(encoding="utf-8").split()
    assert words == sorted(set(words))
