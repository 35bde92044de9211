"""The published rule of verification, once more, claim by claim."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.values.dates import OPEN_END, parse_date, parse_day
from tests.api.questions.records import Claim, Content, Event

ACTING = {
    "host",
    "guest",
    "initiator",
    "supplier",
    "recipient",
    "signatory",
    "launcher",
    "imposer",
    "speaker",
    "side",
    "mediator",
}


@dataclass(frozen=True)
class Judgement:
    """The verdict on an event, and what its claims count."""

    status: str
    rule: str
    reason: str
    affirming: int
    denying: int
    independent: int
    first_made_day: int
    fatalities: Content | None


def made_day(claim: Claim) -> int:
    """The latest day it can have been made."""
    made_on = claim.content["made_on"]
    return OPEN_END if made_on is None else parse_date(made_on).latest_day


def judge(event: Event, claims: Sequence[Claim], sources: Mapping[str, Content]) -> Judgement:
    """By all claims, and an editor's override."""
    standing = [each for each in claims if each.content["retracted_on"] is None]
    found = _judge(event, claims, standing, sources)
    override = event.content["verification_override"]
    status, rule, reason = found.status, found.rule, found.reason
    if override is not None:
        status, rule, reason = override["status"], "overridden", override["reason"]
    counted = (found.affirming, found.denying, found.independent, found.first_made_day)
    return Judgement(status, rule, reason, *counted, event.content["fatalities"])


def judge_by(
    event: Event, claims: Sequence[Claim], sources: Mapping[str, Content], day: int
) -> Judgement:
    """By the claims made by a day, of which some are not yet taken back; no override."""
    standing = [
        each
        for each in claims
        if each.content["retracted_on"] is None or parse_day(each.content["retracted_on"]) > day
    ]
    return _judge(event, claims, standing, sources)


def _judge(
    event: Event, claims: Sequence[Claim], standing: list[Claim], sources: Mapping[str, Content]
) -> Judgement:
    counted = [each for each in standing if each.content["about"] is None]
    latest: dict[str, Claim] = {}
    for claim in sorted(counted, key=order_made):
        latest[_voice(claim, sources)] = claim
    stances = [each.content["stance"] for each in counted]
    voices = sorted(latest.values(), key=order_made)
    return Judgement(
        *_verdict(event, voices, sources),
        stances.count("affirms"),
        stances.count("denies"),
        len(latest),
        min(map(made_day, claims), default=OPEN_END),
        _stated(standing),
    )


def order_made(claim: Claim) -> tuple[int, str]:
    """An undated claim is the first of its voice; of one day, the ids decide."""
    day = made_day(claim)
    return (0 if day == OPEN_END else day, claim.id)


def _speaks_for(claim: Claim, sources: Mapping[str, Content]) -> str | None:
    content = claim.content
    found: str | None
    if content["speaker"] is None:
        found = sources[content["origin"] or content["source"]]["speaks_for"]
    else:
        found = content["speaker"]["speaks_for"] or content["speaker"]["actor"]
    return found


def _voice(claim: Claim, sources: Mapping[str, Content]) -> str:
    text_of: str = claim.content["origin"] or claim.content["source"]
    return _speaks_for(claim, sources) or sources[text_of]["owner"] or text_of


def _verdict(
    event: Event, latest: list[Claim], sources: Mapping[str, Content]
) -> tuple[str, str, str]:
    affirming = [each for each in latest if each.content["stance"] == "affirms"]
    denying = [each for each in latest if each.content["stance"] == "denies"]
    yes, no = _named(affirming, sources), _named(denying, sources)
    if not latest:
        return "unverified", "no-claim", "no claim is recorded"
    if affirming and denying:
        return "disputed", "affirmed-and-denied", f"affirmed by {yes}; denied by {no}"
    if denying:
        return "denied", "only-denied", f"denied by {no}"
    for claim in affirming:
        roles = _acts_as(event, _speaks_for(claim, sources))
        if roles:
            made_on = claim.content["made_on"]
            when = f" on {made_on}" if made_on else ""
            reason = f"acknowledged by {_voice(claim, sources)} ({' and '.join(roles)}){when}"
            return "confirmed", "acknowledged", reason
    good = [each for each in affirming if _corroborates(each, sources)]
    if len(good) >= 2:
        return "confirmed", "corroborated", f"affirmed independently by {_named(good, sources)}"
    return "alleged", "uncorroborated", f"affirmed by {yes}"


def _acts_as(event: Event, actor: str | None) -> list[str]:
    """The acting roles of an actor, or of those who act for it, in the order of the event."""
    roles = [
        each["role"]
        for each in event.content["participants"]
        if actor is not None and actor in (each["actor"], each["for"])
    ]
    return list(dict.fromkeys(role for role in roles if role in ACTING))


def _corroborates(claim: Claim, sources: Mapping[str, Content]) -> bool:
    source = sources[claim.content["origin"] or claim.content["source"]]
    return (
        source["reliability"] in {"A", "B", "C"}
        and claim.content["credibility"] not in {4, 5}
        and claim.content["basis"] != "dataset-coding"
    )


def _named(claims: Iterable[Claim], sources: Mapping[str, Content]) -> str:
    voices = [_voice(each, sources) for each in claims]
    if len(voices) > 3:
        return f"{', '.join(voices[:3])} and {len(voices) - 3} more"
    *first, last = voices or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _stated(standing: list[Claim]) -> Content | None:
    """The numbers of dead as they were last stated."""
    found: Content = dict.fromkeys(("low", "best", "high"))
    for claim in sorted(standing, key=lambda each: (made_day(each), each.id)):
        about = claim.content["about"] or ""
        if about.startswith("fatalities.") and claim.content["stance"] == "affirms":
            found[about.removeprefix("fatalities.")] = claim.content["value"]
    return found if any(value is not None for value in found.values()) else None
