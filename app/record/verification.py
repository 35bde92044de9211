"""The published verification rule: the status of an event that its claims support.

Only claims about the occurrence that are not retracted count, and only the latest of each voice.
The rules are tried in the order of `_apply_rules` (docs/guide.md, "Verification").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.record.content import ClaimContent, OverrideContent, ParticipantContent
from app.values.dates import OPEN_END, parse_date, parse_day
from app.vocab.closed_lists import get_acting_roles

CORROBORATING_RELIABILITY = frozenset("ABC")
DOUBTED_CREDIBILITY = frozenset({4, 5})
MOST_NAMED_VOICES = 3


@dataclass(frozen=True, slots=True)
class ClaimStatement:
    """A claim as the verification rule needs it.

    `voice` is the actor or source that makes the statement. `made_day` is the latest day on which
    it can have been made and `retracted_day` the day of its retraction, `OPEN_END` if unknown or
    not retracted.
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
        """True if the claim has been retracted."""
        return self.retracted_day != OPEN_END

    @property
    def corroborates(self) -> bool:
        """True if the claim is good enough to confirm an event together with another such claim."""
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


def verify_event(
    statements: Iterable[ClaimStatement],
    participants: Sequence[ParticipantContent],
    override: OverrideContent | None = None,
) -> Verdict:
    """Return the verdict on an event, given all claims about it."""
    counted = [
        statement
        for statement in statements
        if statement.about is None and not statement.is_retracted
    ]
    latest = select_latest_statements(counted)
    verdict = _apply_rules(latest, participants)
    if override is not None:
        verdict = replace(
            verdict, status=override["status"], rule="overridden", reason=override["reason"]
        )
    affirming = sum(statement.stance == "affirms" for statement in counted)
    denying = len(counted) - affirming
    # Not by `replace`, which takes longer than everything else for an event with one claim.
    return Verdict(verdict.status, verdict.rule, verdict.reason, affirming, denying, len(latest))


def select_latest_statements(statements: Iterable[ClaimStatement]) -> list[ClaimStatement]:
    """Return the latest statement of each voice; one without a day counts as the voice's first."""
    latest: dict[str, ClaimStatement] = {}
    for statement in sorted(statements, key=_make_sort_key):
        latest[statement.voice] = statement
    return sorted(latest.values(), key=_make_sort_key)


def _make_sort_key(statement: ClaimStatement) -> tuple[int, str]:
    day = statement.made_day
    return (0 if day == OPEN_END else day, statement.id)


def _apply_rules(
    latest: list[ClaimStatement], participants: Sequence[ParticipantContent]
) -> Verdict:
    affirming = [statement for statement in latest if statement.stance == "affirms"]
    denying = [statement for statement in latest if statement.stance == "denies"]
    if not latest:
        return Verdict("unverified", "no-claim", "no claim is recorded")
    if affirming and denying:
        reason = f"affirmed by {_list_voices(affirming)}; denied by {_list_voices(denying)}"
        return Verdict("disputed", "affirmed-and-denied", reason)
    if denying:
        return Verdict("denied", "only-denied", f"denied by {_list_voices(denying)}")
    roles = _group_acting_roles(participants)
    for statement in affirming:
        if statement.speaks_for in roles:
            made_on = f" on {statement.made_on}" if statement.made_on else ""
            reason = f"acknowledged by {statement.voice} ({roles[statement.speaks_for]}){made_on}"
            return Verdict("confirmed", "acknowledged", reason)
    corroborating = [statement for statement in affirming if statement.corroborates]
    if len(corroborating) > 1:
        return Verdict(
            "confirmed", "corroborated", f"affirmed independently by {_list_voices(corroborating)}"
        )
    return Verdict("alleged", "uncorroborated", f"affirmed by {_list_voices(affirming)}")


def _group_acting_roles(participants: Sequence[ParticipantContent]) -> Mapping[str | None, str]:
    acting = get_acting_roles()
    roles: dict[str | None, list[str]] = {}
    for taking in participants:
        if taking["role"] not in acting:
            continue
        for actor in {taking["actor"], taking["for"]} - {None}:
            if taking["role"] not in roles.setdefault(actor, []):
                roles[actor].append(taking["role"])
    return {actor: " and ".join(names) for actor, names in roles.items()}


def _list_voices(statements: Sequence[ClaimStatement]) -> str:
    names = [statement.voice for statement in statements]
    if len(names) > MOST_NAMED_VOICES:
        return f"{', '.join(names[:MOST_NAMED_VOICES])} and {len(names) - MOST_NAMED_VOICES} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """The properties of a source that count for its claims."""

    reliability: str
    owner: str | None
    speaks_for: str | None


def make_claim_statement(
    claim_id: str, content: ClaimContent, facts: Mapping[str, SourceProfile]
) -> ClaimStatement:
    """Return a claim as the verification rule needs it.

    The voice is the actor that the speaker speaks for, or the speaker. Without a speaker it is the
    actor that the source of the text speaks for, or the source's owner, or the source itself.
    """
    text_of = content["origin"] or content["source"]
    source = facts[text_of]
    speaker = content["speaker"] or {"actor": None, "title": None, "speaks_for": None}
    spoken_for = speaker["speaks_for"] or speaker["actor"]
    if spoken_for is None and content["speaker"] is None:
        spoken_for = source.speaks_for
    return ClaimStatement(
        id=claim_id,
        voice=spoken_for or source.owner or text_of,
        speaks_for=spoken_for,
        stance=content["stance"],
        made_day=compute_made_day(content),
        made_on=content["made_on"],
        retracted_day=(parse_day(content["retracted_on"]) if content["retracted_on"] else OPEN_END),
        reliability=source.reliability,
        credibility=content["credibility"],
        basis=content["basis"],
        source=content["source"],
        origin=content["origin"],
        about=content["about"],
        value=content["value"],
    )


def compute_made_day(content: ClaimContent) -> int:
    """Return the latest day on which the claim can have been made, `OPEN_END` if unknown."""
    return parse_date(content["made_on"]).latest_day if content["made_on"] else OPEN_END
