"""The published rule: what the claims about an event make of it.

Only claims about the occurrence that are not retracted count, and of each voice only the
latest. The rules are tried in the order of `RULES` below (README, "Verification").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.record.content import Override, Participant
from app.values.dates import OPEN_END
from app.vocab.closed_lists import acting_roles

CORROBORATING_RELIABILITY = frozenset("ABC")
DOUBTED_CREDIBILITY = frozenset({4, 5})
NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Statement:
    """What the judge needs of one claim.

    `voice` is whose statement it is; `made_day` the latest day it can have been made and
    `retracted_day` when it was taken back, both `OPEN_END` when that is not known or not so.
    """

    id: str
    voice: str
    speaks_for: str | None
    stance: str
    made_day: int
    made_on: str | None
    retracted_day: int
    reliability: str
    credibility: int
    basis: str
    source: str
    origin: str | None
    about: str | None
    value: Any

    @property
    def is_retracted(self) -> bool:
        """Whether it has been taken back."""
        return self.retracted_day != OPEN_END

    @property
    def corroborates(self) -> bool:
        """Whether it is good enough to confirm beside another of its kind."""
        return (
            self.reliability in CORROBORATING_RELIABILITY
            and self.credibility not in DOUBTED_CREDIBILITY
            and self.basis != "dataset-coding"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verification status with the rule that gave it, and the claims counted for it."""

    status: str
    rule: str
    reason: str
    affirming: int = 0
    denying: int = 0
    independent: int = 0


def judge(
    statements: Iterable[Statement],
    participants: Sequence[Participant],
    override: Override | None = None,
) -> Verdict:
    """The status of an event, given all statements made about it."""
    counted = [each for each in statements if each.about is None and not each.is_retracted]
    latest = latest_of_each_voice(counted)
    verdict = _apply_rules(latest, participants)
    if override is not None:
        verdict = replace(
            verdict, status=override["status"], rule="overridden", reason=override["reason"]
        )
    affirming = sum(each.stance == "affirms" for each in counted)
    denying = len(counted) - affirming
    # Not by `replace`, which takes longer than all the rest where there is one claim.
    return Verdict(verdict.status, verdict.rule, verdict.reason, affirming, denying, len(latest))


def latest_of_each_voice(statements: Iterable[Statement]) -> list[Statement]:
    """Of each voice the statement it made last; one of unknown day counts as its first."""
    latest: dict[str, Statement] = {}
    for each in sorted(statements, key=_order_made):
        latest[each.voice] = each
    return sorted(latest.values(), key=_order_made)


def _order_made(statement: Statement) -> tuple[int, str]:
    day = statement.made_day
    return (0 if day == OPEN_END else day, statement.id)


def _apply_rules(latest: list[Statement], participants: Sequence[Participant]) -> Verdict:
    affirming = [each for each in latest if each.stance == "affirms"]
    denying = [each for each in latest if each.stance == "denies"]
    if not latest:
        return Verdict("unverified", "no-claim", "no claim is recorded")
    if affirming and denying:
        reason = f"affirmed by {_voices(affirming)}; denied by {_voices(denying)}"
        return Verdict("disputed", "affirmed-and-denied", reason)
    if denying:
        return Verdict("denied", "only-denied", f"denied by {_voices(denying)}")
    roles = _acting_roles_by_actor(participants)
    for each in affirming:
        if each.speaks_for in roles:
            made_on = f" on {each.made_on}" if each.made_on else ""
            reason = f"acknowledged by {each.voice} ({roles[each.speaks_for]}){made_on}"
            return Verdict("confirmed", "acknowledged", reason)
    corroborating = [each for each in affirming if each.corroborates]
    if len(corroborating) > 1:
        return Verdict(
            "confirmed", "corroborated", f"affirmed independently by {_voices(corroborating)}"
        )
    return Verdict("alleged", "uncorroborated", f"affirmed by {_voices(affirming)}")


def _acting_roles_by_actor(participants: Sequence[Participant]) -> Mapping[str | None, str]:
    acting = acting_roles()
    roles: dict[str | None, list[str]] = {}
    for taking in participants:
        if taking["role"] not in acting:
            continue
        for actor in {taking["actor"], taking["for"]} - {None}:
            if taking["role"] not in roles.setdefault(actor, []):
                roles[actor].append(taking["role"])
    return {actor: " and ".join(names) for actor, names in roles.items()}


def _voices(statements: Sequence[Statement]) -> str:
    names = [each.voice for each in statements]
    if len(names) > NAMED_AT_MOST:
        return f"{', '.join(names[:NAMED_AT_MOST])} and {len(names) - NAMED_AT_MOST} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
