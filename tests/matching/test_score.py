"""The similarity of two events, component by component."""

from typing import Any

import pytest

from app.matching.score import WEIGHTS, MatchWindow, compare_events

AT = {"country": "SYR", "longitude": 37.0, "latitude": 36.0, "precision": "city"}
ELSEWHERE = {"country": "IRQ", "precision": "country"}
SIDES = [
    {"actor": "SYR", "name": "Syria", "for": None, "role": "side"},
    {"actor": "free-army", "name": "Free Syrian Army", "for": None, "role": "side"},
]


def an_event(**changed: Any) -> dict[str, Any]:
    """Return the compared fields of an event."""
    event = {"date": "2014-01-22", "location": AT, "type": "armed-clash", "participants": SIDES}
    return {**event, **changed}


def one_actor(slug: str, name: str, acts_for: str | None = None) -> list[dict[str, Any]]:
    """Return a single participant."""
    return [{"actor": slug, "name": name, "for": acts_for, "role": "side"}]


@pytest.mark.parametrize(
    ("changed", "name", "value", "reason"),
    [
        ({}, "time", 1.0, "the same day"),
        ({"date": "2014-01-24"}, "time", 0.5, "2 days apart"),
        ({"date": "2014-01-21"}, "time", 0.75, "one day apart"),
        ({"date": "2014-02-22"}, "time", 0.0, "31 days apart"),
        (
            {"date": "2014-01-20/2014-01-27"},
            "time",
            0.5,
            "dates that overlap, the longer of 8 days",
        ),
        ({"date": "2014-01-23/2014-01-30"}, "time", 0.375, "one day apart"),
        ({"date": "2014-01-22/.."}, "time", None, "one date is open"),
        ({}, "place", 1.0, "0.0 km apart"),
        ({"location": {**AT, "latitude": 36.225}}, "place", 0.5, "25.0 km apart"),
        ({"location": {**AT, "latitude": 36.675, "precision": "admin1"}}, "place", 0.5, "75.1 km"),
        ({"location": {**AT, "latitude": 40.0}}, "place", 0.0, "444.8 km apart"),
        ({"location": {**AT, "precision": "country"}}, "place", 0.4, "both somewhere in SYR"),
        (
            {"location": {"country": "IRQ", "precision": "country"}},
            "place",
            0.0,
            "in SYR and in IRQ",
        ),
        ({"location": None}, "place", None, "no place to compare"),
        ({}, "type", 1.0, "both armed-clash"),
        ({"type": "shelling"}, "type", 0.8, "armed-clash and shelling, of one class"),
        ({"type": "coup"}, "type", 0.0, "armed-clash and coup"),
        ({}, "actors", 1.0, "2 of 2 actors in common (SYR, free-army)"),
        ({"participants": SIDES[:1]}, "actors", 1.0, "1 of 1 actors in common (SYR)"),
        ({"participants": one_actor("colonel", "A colonel", "SYR")}, "actors", 1.0, "1 of 1"),
        ({"participants": one_actor("fsa", "free syrian Army")}, "actors", 1.0, "1 of 1"),
        ({"participants": one_actor("IRQ", "Iraq")}, "actors", 0.0, "0 of 1 actors in common"),
        ({"participants": []}, "actors", None, "nobody named in one of them"),
    ],
)
def test_each_component(
    changed: dict[str, Any], name: str, value: float | None, reason: str
) -> None:
    forth = compare_events(an_event(), an_event(**changed), MatchWindow())
    back = compare_events(an_event(**changed), an_event(), MatchWindow())
    (found,) = [each for each in forth.components if each.name == name]
    assert found.value == pytest.approx(value, abs=0.01)
    assert found.reason.startswith(reason)
    assert forth.score == back.score
    assert sum(each.value == 1 for each in forth.components) >= 3


def test_the_weights_are_a_whole_and_the_sentence_has_every_part() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    same = compare_events(an_event(), an_event(), MatchWindow())
    assert same.score == 1
    assert same.reason == (
        "the same day; 0.0 km apart; both armed-clash; 2 of 2 actors in common (SYR, free-army)"
    )


def test_what_is_unknown_counts_a_quarter() -> None:
    found = compare_events(an_event(), an_event(location=None, participants=[]), MatchWindow())
    assert found.score == pytest.approx(0.3 + 0.25 * 0.3 + 0.2 + 0.25 * 0.2)


def test_a_wider_window_is_more_lenient() -> None:
    later = an_event(date="2014-01-25", location={**AT, "latitude": 36.4})
    scores = [
        compare_events(an_event(), later, MatchWindow(days, km)).score
        for days, km in ((3, 50), (9, 200))
    ]
    assert scores == [
        pytest.approx(0.3 * 0.25 + 0.3 * 0.11 + 0.4, abs=0.01),
        pytest.approx(0.84, abs=0.02),
    ]
