"""An event as the claims made by a day support it, derived from what was stored for that day."""

from typing import Any

from app.db.statements import Row
from app.models.events import NO_FATALITIES
from app.query.compile import KNOWN_FIELDS
from app.record.document import decode_document
from app.values.dates import format_day, parse_day

DERIVED_FIELDS = (
    "lifecycle",
    "verification",
    "verification_rule",
    "verification_reason",
    "fatalities",
    "claims",
)


def make_known_document(row: Row, day: int) -> dict[str, Any]:
    """The document of a page's row, with what was known by `day` in place of what is known now."""
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
