"""The data that is measured: always the same, valid, and shaped as the README says."""

from statistics import mean

import pytest

from app.resources.claims.schemas import ClaimCreate
from app.resources.events.schemas import EventCreate
from app.resources.events.service import make_event_content
from benchmarks.records import contents

SOME = list(contents(range(1_000)))


@pytest.mark.parametrize("first", [0, 1, 500])
def test_an_event_depends_on_its_number_alone(first: int) -> None:
    assert list(contents(range(first, first + 3))) == SOME[first : first + 3]


def test_every_event_is_one_that_could_be_posted() -> None:
    for content, _ in SOME[:200]:
        assert make_event_content(EventCreate.model_validate(content)) == content


def test_every_claim_is_one_that_could_be_posted() -> None:
    claims = [claim for _, claim in SOME if claim is not None]
    for claim in claims:
        ClaimCreate.model_validate(claim)
    assert 0.25 < len(claims) / len(SOME) < 0.35


def test_participants_are_as_many_as_said() -> None:
    assert 1.9 < mean(len(content["participants"]) for content, _ in SOME) < 2.2
