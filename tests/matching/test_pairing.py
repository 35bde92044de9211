"""Pairing: each event is paired once, with the most similar one."""

from app.matching.pairing import EventPair, select_pairs


def pairs(*given: tuple[str, str, float]) -> list[EventPair]:
    """Return pairs without explanations."""
    return [EventPair(one, other, score, {}) for one, other, score in given]


def test_the_best_pair_is_taken_first() -> None:
    found = select_pairs(pairs(("a", "x", 0.8), ("a", "y", 0.9), ("b", "y", 0.85), ("b", "z", 0.5)))
    assert [(each.pair.one, each.pair.other, each.lead) for each in found] == [
        ("a", "y", 0.05),
        ("b", "z", -0.35),
    ]


def test_a_pair_with_a_rival_is_in_doubt() -> None:
    found = select_pairs(pairs(("a", "x", 0.9), ("a", "y", 0.9), ("b", "z", 0.7), ("c", "z", 0.6)))
    assert [(each.pair.other, each.lead, each.is_clear) for each in found] == [
        ("x", 0.0, False),
        ("z", 0.1, True),
    ]


def test_the_order_of_the_pairs_does_not_matter() -> None:
    given = pairs(("a", "x", 0.9), ("a", "y", 0.9), ("b", "x", 0.9), ("b", "y", 0.9))
    assert select_pairs(given) == select_pairs(reversed(given))
