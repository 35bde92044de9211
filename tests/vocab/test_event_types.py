"""The event types of the product, each with a category and details that exist."""

import re

import pytest

from app.vocab.closed_lists import CATEGORIES
from app.vocab.details.detail_types import DETAILS
from app.vocab.event_types import (
    EVENT_TYPES,
    EventTypeDefinition,
    get_categories,
    get_event_types,
    list_types_of_category,
)

OF_THE_PRODUCT = [
    "summit", "meeting", "visit", "negotiation", "mediation", "message", "statement", "appeal",
    "agreement", "recognition", "expulsion", "break-in-relations", "arms-transfer",
    "technology-transfer", "military-aid", "economic-aid", "humanitarian-aid", "exercise",
    "deployment", "mobilisation", "missile-test", "nuclear-test", "space-launch",
    "balloon-launch", "propaganda-broadcast", "airspace-violation", "border-incident",
    "drone-incursion", "cyberattack", "seizure", "sanction", "sanction-relief", "embargo",
    "trade-agreement", "threat", "accusation", "rejection", "demand", "concession",
    "withdrawal", "cooperation", "armed-clash", "air-strike", "shelling", "attack-on-civilians",
    "assassination", "bombing", "coup", "arrest", "repression", "protest", "riot", "strike",
    "election", "other",
]  # fmt: skip


@pytest.mark.parametrize("event_type", OF_THE_PRODUCT)
def test_every_type_of_the_product_is_there(event_type: str) -> None:
    assert event_type in EVENT_TYPES


@pytest.mark.parametrize("event_type", get_event_types().values(), ids=lambda each: each.type)
def test_a_type_has_a_category_and_a_label(event_type: EventTypeDefinition) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", event_type.type)
    assert event_type.category in CATEGORIES
    assert event_type.label
    assert event_type.details in (None, *DETAILS)


@pytest.mark.parametrize(
    ("event_type", "details"),
    [
        ("summit", "summit"),
        ("arms-transfer", "arms-transfer"),
        ("balloon-launch", "provocation"),
        ("missile-test", "missile-test"),
        ("sanction-relief", "sanction"),
        ("message", "statement"),
        ("armed-clash", "conflict"),
        ("election", None),
    ],
)
def test_which_types_have_which_details(event_type: str, details: str | None) -> None:
    assert get_event_types()[event_type].details == details


def test_every_kind_of_details_and_every_category_has_a_type() -> None:
    assert {each.details for each in get_event_types().values()} == {None, *DETAILS}
    assert all(list_types_of_category(term.value) for term in get_categories())
