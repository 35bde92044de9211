"""Who is the same as whom, where each event of one dataset is at most one of the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CLEAR_LEAD = 0.1
"""How much more alike than with anybody else two events must be, to be paired beyond doubt."""


@dataclass(frozen=True, slots=True)
class EventPair:
    """An event of each dataset, and how alike they are; `explanation` is kept as it came."""

    one: str
    other: str
    score: float
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SelectedPair:
    """A pair that was taken, and its lead over the best other pair that either event is in."""

    pair: EventPair
    lead: float

    @property
    def is_clear(self) -> bool:
        """Whether no other pair comes near."""
        return self.lead >= CLEAR_LEAD


def select_pairs(pairs: Iterable[EventPair]) -> list[SelectedPair]:
    """The pairs of which neither event is in a more alike one, the best first.

    Greedy: the most alike pair is taken, and what else either is in is no longer looked at.
    """
    ordered = sorted(pairs, key=lambda each: (-each.score, each.one, each.other))
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
