"""Pairing of the events of two datasets, each with at most one of the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CLEAR_LEAD = 0.1
"""The lead in similarity over all other pairs from which a pair is beyond doubt."""


@dataclass(frozen=True, slots=True)
class EventPair:
    """An event of each dataset and their similarity; `explanation` is passed through."""

    one: str
    other: str
    score: float
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SelectedPair:
    """A selected pair, and its lead over the best other pair with either event."""

    pair: EventPair
    lead: float

    @property
    def is_clear(self) -> bool:
        """True if no other pair comes near."""
        return self.lead >= CLEAR_LEAD


def select_pairs(pairs: Iterable[EventPair]) -> list[SelectedPair]:
    """Return the pairs in which each event has its most similar counterpart, best pair first.

    Greedy: the most similar pair is taken, and all other pairs with either event are dropped.
    """
    ordered = sorted(pairs, key=lambda pair: (-pair.score, pair.one, pair.other))
    scores: dict[str, list[float]] = {}
    for pair in ordered:
        for end in (pair.one, pair.other):
            scores.setdefault(end, []).append(pair.score)
    taken: set[str] = set()
    chosen = []
    for pair in ordered:
        if taken.isdisjoint((pair.one, pair.other)):
            taken.update((pair.one, pair.other))
            chosen.append(SelectedPair(pair, _compute_lead(pair, scores)))
    return chosen


def _compute_lead(pair: EventPair, scores: Mapping[str, Sequence[float]]) -> float:
    rivals = [0.0]
    for end in (pair.one, pair.other):
        others = list(scores[end])
        others.remove(pair.score)
        rivals += others[:1]
    return round(pair.score - max(rivals), 3)
