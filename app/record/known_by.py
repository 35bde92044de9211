"""Knowledge by day: the verification that the claims made by each day support."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.db.statements import Row
from app.models.events import NO_FATALITIES
from app.query.compile import KNOWN_FIELDS
from app.record.content import FatalitiesContent, ParticipantContent
from app.record.document import decode_document
from app.record.verification import ClaimStatement, Verdict, verify_event
from app.values.dates import OPEN_END, format_day, parse_day

FATALITY_VALUES = ("fatalities.low", "fatalities.best", "fatalities.high")


@dataclass(frozen=True, slots=True)
class KnownStatus:
    """The knowledge that held from one day up to, not including, another."""

    from_day: int
    until_day: int
    verdict: Verdict
    fatalities: FatalitiesContent | None


def derive_known_statuses(
    statements: Sequence[ClaimStatement], participants: Sequence[ParticipantContent]
) -> list[KnownStatus]:
    """Derive one status for each change of what the claims made by a day support.

    The first one begins on the day of the first claim. An editor's override has no day and plays no
    part. A retracted claim counts until the day of its retraction.
    """
    dated = sorted(
        (statement for statement in statements if statement.made_day != OPEN_END),
        key=lambda statement: statement.made_day,
    )
    days = {statement.made_day for statement in dated} | {
        statement.retracted_day for statement in dated if statement.is_retracted
    }
    entries: list[KnownStatus] = []
    for day in sorted(days):
        if dated and day < dated[0].made_day:
            continue
        known = _derive_status(day, dated, participants)
        if entries and _is_same_status(entries[-1], known):
            continue
        if entries:
            entries[-1] = replace(entries[-1], until_day=day)
        entries.append(known)
    return entries


def compute_first_made_day(statements: Sequence[ClaimStatement]) -> int:
    """Return the day by which the first claim had been made, `OPEN_END` if no claim is dated."""
    return min((statement.made_day for statement in statements), default=OPEN_END)


def compute_stated_fatalities(statements: Sequence[ClaimStatement]) -> FatalitiesContent | None:
    """Return the last stated numbers of dead, each null if no claim states it."""
    values: dict[str, int | None] = dict.fromkeys(("low", "best", "high"))
    for statement in sorted(statements, key=lambda statement: (statement.made_day, statement.id)):
        if (
            statement.about in FATALITY_VALUES
            and statement.stance == "affirms"
            and not statement.is_retracted
        ):
            values[statement.about.removeprefix("fatalities.")] = statement.value
    if all(value is None for value in values.values()):
        return None
    return {"low": values["low"], "best": values["best"], "high": values["high"]}


def _derive_status(
    day: int, dated: Sequence[ClaimStatement], participants: Sequence[ParticipantContent]
) -> KnownStatus:
    made = [
        statement if statement.retracted_day <= day else replace(statement, retracted_day=OPEN_END)
        for statement in dated
        if statement.made_day <= day
    ]
    return KnownStatus(
        day, OPEN_END, verify_event(made, participants), compute_stated_fatalities(made)
    )


def _is_same_status(one: KnownStatus, other: KnownStatus) -> bool:
    return one.verdict == other.verdict and one.fatalities == other.fatalities


DERIVED_FIELDS = (
    "lifecycle",
    "verification",
    "verification_rule",
    "verification_reason",
    "fatalities",
    "claims",
)


def make_known_document(row: Row, day: int) -> dict[str, Any]:
    """Return the document of a page's row as it was known by `day`."""
    document = decode_document(row[0])
    known = dict(zip(KNOWN_FIELDS, row[1 : 1 + len(KNOWN_FIELDS)], strict=True))
    document["lifecycle"] = _derive_lifecycle(document, day)
    document["verification"] = known["verification"]
    document["verification_rule"] = known["rule"]
    document["verification_reason"] = known["reason"]
    document["fatalities"] = _make_fatalities(known)
    for name in ("affirming", "denying", "independent"):
        document["claims"][name] = known[name]
    document["known_by"] = {"day": format_day(day), "derived": list(DERIVED_FIELDS)}
    return document


def _derive_lifecycle(document: dict[str, Any], day: int) -> str:
    begins = document["earliest_on"]
    if document["lifecycle"] != "cancelled" and begins and parse_day(begins) > day:
        return "planned"
    return str(document["lifecycle"])


def _make_fatalities(known: dict[str, Any]) -> dict[str, int | None] | None:
    best = known["fatalities_best"]
    stated = {
        "low": known["fatalities_low"],
        "best": None if best == NO_FATALITIES else best,
        "high": known["fatalities_high"],
    }
    return stated if any(value is not None for value in stated.values()) else None
