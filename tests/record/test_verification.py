"""The verification rule: tables of claims, and the verdict that they support."""

from typing import Any

import pytest

from app.record.content import ClaimContent
from app.record.verification import select_latest_statements, verify_event
from app.values.dates import OPEN_END, parse_day
from tests.record.contents import claim, participant, speaker, statements

PARTICIPANTS = [
    participant("PRK", "host"),
    participant("vladimir-putin", "guest", acts_for="RUS"),
    participant("KOR", "target"),
]

RULES: list[tuple[list[ClaimContent], str, str, str]] = [
    ([], "unverified", "no-claim", "no claim is recorded"),
    ([claim("wire")], "alleged", "uncorroborated", "affirmed by wire"),
    (
        [claim("wire"), claim("paper")],
        "confirmed",
        "corroborated",
        "affirmed independently by paper and wire",
    ),
    (
        [claim("wire"), claim("tabloid")],
        "alleged",
        "uncorroborated",
        "affirmed by tabloid and wire",
    ),
    ([claim("daily"), claim("weekly")], "alleged", "uncorroborated", "affirmed by group"),
    (
        [claim("wire"), claim("paper", credibility=4)],
        "alleged",
        "uncorroborated",
        "affirmed by paper and wire",
    ),
    (
        [claim("wire"), claim("paper", basis="dataset-coding")],
        "alleged",
        "uncorroborated",
        "affirmed by paper and wire",
    ),
    ([claim("wire", stance="denies")], "denied", "only-denied", "denied by wire"),
    (
        [claim("wire"), claim("paper", stance="denies")],
        "disputed",
        "affirmed-and-denied",
        "affirmed by wire; denied by paper",
    ),
    (
        [claim("state-media")],
        "confirmed",
        "acknowledged",
        "acknowledged by PRK (host) on 2024-06-20",
    ),
    (
        [claim("wire", speaker=speaker("dmitry-peskov", "RUS"), made_on=None)],
        "confirmed",
        "acknowledged",
        "acknowledged by RUS (guest)",
    ),
    ([claim("wire", speaker=speaker("KOR"))], "alleged", "uncorroborated", "affirmed by KOR"),
    ([claim("wire", retracted_on="2024-07-01")], "unverified", "no-claim", "no claim is recorded"),
    ([claim("wire", about="title", value="x")], "unverified", "no-claim", "no claim is recorded"),
]


@pytest.mark.parametrize(("claims", "status", "rule", "reason"), RULES)
def test_the_rules_in_their_order(
    claims: list[ClaimContent], status: str, rule: str, reason: str
) -> None:
    verdict = verify_event(sorted_by_source(claims), PARTICIPANTS)
    assert (verdict.status, verdict.rule, verdict.reason) == (status, rule, reason)


def sorted_by_source(claims: list[ClaimContent]) -> Any:
    """Return the statements in an order that the ids, and so the reasons, follow."""
    return statements(*sorted(claims, key=lambda content: content["source"]))


def test_counts_are_of_claims_and_of_voices() -> None:
    claims = [claim("daily"), claim("weekly"), claim("wire", stance="denies")]
    verdict = verify_event(statements(*claims), PARTICIPANTS)
    assert (verdict.affirming, verdict.denying, verdict.independent) == (2, 1, 2)


def test_an_override_replaces_the_status_but_no_count() -> None:
    override = {"status": "refuted", "reason": "an old photograph"}
    verdict = verify_event(statements(claim("wire")), PARTICIPANTS, override)  # type: ignore[arg-type]
    assert (verdict.status, verdict.rule, verdict.reason, verdict.affirming) == (
        "refuted",
        "overridden",
        "an old photograph",
        1,
    )


def test_more_than_three_voices_are_counted_in_the_reason() -> None:
    claims = [claim("tabloid", speaker=speaker(f"actor-{number}")) for number in range(5)]
    verdict = verify_event(statements(*claims), [])
    assert verdict.reason == "affirmed by actor-0, actor-1, actor-2 and 2 more"


LATEST: list[tuple[list[ClaimContent], list[str]]] = [
    ([claim(made_on="2024-06-21"), claim(made_on="2024-06-20", stance="denies")], ["affirms"]),
    ([claim(made_on="2024-06-20"), claim(made_on="2024-06-20", stance="denies")], ["denies"]),
    ([claim(made_on="2024-06-20"), claim(made_on=None, stance="denies")], ["affirms"]),
    ([claim(made_on="2024-06"), claim(made_on="2024-06-29", stance="denies")], ["affirms"]),
    ([claim("wire"), claim("paper", stance="denies")], ["affirms", "denies"]),
]


@pytest.mark.parametrize(("claims", "stances"), LATEST)
def test_the_latest_statement_of_each_voice_counts(
    claims: list[ClaimContent], stances: list[str]
) -> None:
    latest = select_latest_statements(statements(*claims))
    assert [statement.stance for statement in latest] == stances


VOICES: list[tuple[ClaimContent, str, str | None]] = [
    (claim("wire"), "wire", None),
    (claim("daily"), "group", None),
    (claim("state-media"), "PRK", "PRK"),
    (claim("wire", origin="state-media"), "PRK", "PRK"),
    (claim("wire", speaker=speaker("kim-jong-un")), "kim-jong-un", "kim-jong-un"),
    (claim("wire", speaker=speaker("kim-jong-un", "PRK")), "PRK", "PRK"),
    (claim("state-media", speaker=speaker(title="a witness")), "state-media", None),
]


@pytest.mark.parametrize(("content", "voice", "speaks_for"), VOICES)
def test_the_voice_of_a_claim(content: ClaimContent, voice: str, speaks_for: str | None) -> None:
    (statement,) = statements(content)
    assert (statement.voice, statement.speaks_for) == (voice, speaks_for)


def test_unknown_days_are_open() -> None:
    (undated,) = statements(claim(made_on=None))
    assert (undated.made_day, undated.retracted_day) == (OPEN_END, OPEN_END)
    (dated,) = statements(claim(made_on="2024-06", retracted_on="2024-07-02"))
    assert (dated.made_day, dated.retracted_day) == (
        parse_day("2024-06-30"),
        parse_day("2024-07-02"),
    )
