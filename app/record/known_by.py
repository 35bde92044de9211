"""What was known when: the judge's verdict over the statements made by each day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.record.content import Fatalities, Participant
from app.record.verification import Statement, Verdict, judge
from app.values.dates import OPEN_END

FATALITY_VALUES = ("fatalities.low", "fatalities.best", "fatalities.high")


@dataclass(frozen=True, slots=True)
class Known:
    """What held from one day up to, not including, another."""

    from_day: int
    until_day: int
    verdict: Verdict
    fatalities: Fatalities | None


def knowledge(statements: Sequence[Statement], participants: Sequence[Participant]) -> list[Known]:
    """One entry for each change of what the statements made by a day support.

    It begins on the day of the first statement; an editor's override has no day and plays no
    part. A statement that was retracted counts until the day of its retraction.
    """
    dated = sorted(
        (each for each in statements if each.made_day != OPEN_END), key=lambda each: each.made_day
    )
    days = {each.made_day for each in dated} | {
        each.retracted_day for each in dated if each.is_retracted
    }
    entries: list[Known] = []
    for day in sorted(days):
        if dated and day < dated[0].made_day:
            continue
        known = _known_on(day, dated, participants)
        if entries and _same(entries[-1], known):
            continue
        if entries:
            entries[-1] = replace(entries[-1], until_day=day)
        entries.append(known)
    return entries


def first_made_day(statements: Sequence[Statement]) -> int:
    """The day by which the first statement had been made, `OPEN_END` if none is dated."""
    return min((each.made_day for each in statements), default=OPEN_END)


def stated_fatalities(statements: Sequence[Statement]) -> Fatalities | None:
    """The numbers of dead as last stated, null where nobody stated one."""
    values: dict[str, int | None] = dict.fromkeys(("low", "best", "high"))
    for each in sorted(statements, key=lambda each: (each.made_day, each.id)):
        if each.about in FATALITY_VALUES and each.stance == "affirms" and not each.is_retracted:
            values[each.about.removeprefix("fatalities.")] = each.value
    if all(value is None for value in values.values()):
        return None
    return {"low": values["low"], "best": values["best"], "high": values["high"]}


def _known_on(day: int, dated: Sequence[Statement], participants: Sequence[Participant]) -> Known:
    made = [
        each if each.retracted_day <= day else replace(each, retracted_day=OPEN_END)
        for each in dated
        if each.made_day <= day
    ]
    return Known(day, OPEN_END, judge(made, participants), stated_fatalities(made))


def _same(one: Known, other: Known) -> bool:
    return one.verdict == other.verdict and one.fatalities == other.fatalities
