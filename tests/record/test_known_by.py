"""Knowledge by day: the statuses that follow each other as claims are made and retracted."""

import pytest

from app.record.content import ClaimContent
from app.record.known_by import (
    compute_first_made_day,
    compute_stated_fatalities,
    derive_known_statuses,
)
from app.values.dates import OPEN_END, format_day
from tests.record.contents import claim, participant, statements

PARTICIPANTS = [participant("PRK", "host")]

HISTORIES: list[tuple[list[ClaimContent], list[tuple[str, str | None, str]]]] = [
    ([], []),
    ([claim(made_on=None)], []),
    ([claim(made_on="2024-06-20")], [("2024-06-20", None, "alleged")]),
    (
        [claim("wire", made_on="2024-06-20"), claim("paper", made_on="2024-06-22")],
        [("2024-06-20", "2024-06-22", "alleged"), ("2024-06-22", None, "confirmed")],
    ),
    (
        [
            claim("daily", made_on="2024-06-20"),
            claim("daily", made_on="2024-06-22", stance="denies"),
        ],
        [("2024-06-20", "2024-06-22", "alleged"), ("2024-06-22", None, "denied")],
    ),
    (
        [claim(made_on="2024-06-20", retracted_on="2024-06-25")],
        [("2024-06-20", "2024-06-25", "alleged"), ("2024-06-25", None, "unverified")],
    ),
    (
        [claim(made_on="2024-06-20", about="title", value="x")],
        [("2024-06-20", None, "unverified")],
    ),
]


@pytest.mark.parametrize(("claims", "expected"), HISTORIES)
def test_statuses_follow_each_other_without_a_gap(
    claims: list[ClaimContent], expected: list[tuple[str, str | None, str]]
) -> None:
    known = derive_known_statuses(statements(*claims), PARTICIPANTS)
    assert [
        (format_day(status.from_day), format_day(status.until_day), status.verdict.status)
        for status in known
    ] == expected


def test_a_claim_that_changes_nothing_begins_no_status() -> None:
    claims = [claim(made_on="2024-06-20"), claim("tabloid", made_on="2024-06-21", about="title")]
    assert len(derive_known_statuses(statements(*claims), PARTICIPANTS)) == 1


def test_the_first_day_is_that_of_the_earliest_dated_claim() -> None:
    claims = [claim(made_on=None), claim(made_on="2024-06-21"), claim(made_on="2024-06-20")]
    assert format_day(compute_first_made_day(statements(*claims))) == "2024-06-20"
    assert compute_first_made_day([]) == OPEN_END


def number(field: str, value: int, made_on: str, **changes: str) -> ClaimContent:
    """Return a claim of a number of dead."""
    return claim(about=f"fatalities.{field}", value=value, made_on=made_on, **changes)


FATALITIES: list[tuple[list[ClaimContent], tuple[int | None, int | None, int | None] | None]] = [
    ([claim()], None),
    ([number("best", 3, "2024-06-20")], (None, 3, None)),
    ([number("best", 3, "2024-06-21"), number("best", 5, "2024-06-20")], (None, 3, None)),
    ([number("low", 1, "2024-06-20"), number("high", 9, "2024-06-20")], (1, None, 9)),
    ([number("best", 3, "2024-06-20", stance="denies")], None),
    ([number("best", 3, "2024-06-20", retracted_on="2024-06-21")], None),
]


@pytest.mark.parametrize(("claims", "expected"), FATALITIES)
def test_the_last_stated_numbers_of_dead(
    claims: list[ClaimContent], expected: tuple[int | None, int | None, int | None] | None
) -> None:
    stated = compute_stated_fatalities(statements(*claims))
    assert (stated and (stated["low"], stated["best"], stated["high"])) == expected
