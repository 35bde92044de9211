"""The settable parts of records; everything else in a document is derived from them."""

from typing import Any, TypedDict


class LocationContent(TypedDict):
    """The place of an event; coordinates in degrees, WGS 84."""

    name: str | None
    country: str | None
    admin1: str | None
    longitude: float | None
    latitude: float | None
    precision: str


ParticipantContent = TypedDict("ParticipantContent", {"actor": str, "for": str | None, "role": str})
"""An actor in an event; `for` is the state or organisation that it acts for."""


class FatalitiesContent(TypedDict):
    """The number of dead: `best` is the estimate, between `low` and `high`."""

    low: int | None
    best: int | None
    high: int | None


class OverrideContent(TypedDict):
    """An editor's verification, which takes precedence over the rule."""

    status: str
    reason: str


class EventContent(TypedDict):
    """The settable part of an event."""

    dataset: str
    external_id: str | None
    type: str
    title: str
    summary: str | None
    date: str
    lifecycle: str
    location: LocationContent | None
    participants: list[ParticipantContent]
    details: dict[str, Any] | None
    fatalities: FatalitiesContent | None
    codes: dict[str, str]
    tags: list[str]
    verification_override: OverrideContent | None


class SpeakerContent(TypedDict):
    """The speaker in a source: a person or body, its office, and the actor that it speaks for."""

    actor: str | None
    title: str | None
    speaks_for: str | None


class ClaimContent(TypedDict):
    """The settable part of a claim."""

    external_id: str | None
    stance: str
    source: str
    speaker: SpeakerContent | None
    origin: str | None
    made_on: str | None
    paraphrase: str
    url: str | None
    language: str | None
    basis: str
    credibility: int
    retracted_on: str | None
    about: str | None
    value: Any


RelationContent = TypedDict(
    "RelationContent", {"from": str, "to": str, "type": str, "note": str | None}
)
"""The settable part of a relation; `from` and `to` are event ids."""

EVENT_KEYS = tuple(EventContent.__annotations__)
CLAIM_KEYS = tuple(ClaimContent.__annotations__)


def extract_event_content(document: dict[str, Any]) -> EventContent:
    """Return the settable part of an event's document."""
    content = {key: document[key] for key in EVENT_KEYS}
    content["participants"] = [
        {"actor": taking["actor"], "for": taking["for"], "role": taking["role"]}
        for taking in document["participants"]
    ]
    return content  # type: ignore[return-value]


def extract_claim_content(document: dict[str, Any]) -> ClaimContent:
    """Return the settable part of a claim's document."""
    return {key: document[key] for key in CLAIM_KEYS}  # type: ignore[return-value]
