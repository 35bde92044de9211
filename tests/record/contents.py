"""Contents of events and claims for tests of pure functions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.record.content import ClaimContent, EventContent, ParticipantContent
from app.record.verification import ClaimStatement, SourceProfile, make_claim_statement

EVENT_ID = UUID(int=1)

PROFILES: Mapping[str, SourceProfile] = {
    "wire": SourceProfile("A", None, None),
    "paper": SourceProfile("B", None, None),
    "tabloid": SourceProfile("D", None, None),
    "daily": SourceProfile("B", "group", None),
    "weekly": SourceProfile("B", "group", None),
    "state-media": SourceProfile("D", None, "PRK"),
}


def event(**changes: Any) -> EventContent:
    """Return the content of a meeting with one participant, and these changes."""
    content: EventContent = {
        "dataset": "desk",
        "external_id": None,
        "type": "summit",
        "title": "A meeting",
        "summary": None,
        "date": "2024-06-18/2024-06-19",
        "lifecycle": "occurred",
        "location": None,
        "participants": [participant("PRK", "host")],
        "details": None,
        "fatalities": None,
        "codes": {},
        "tags": [],
        "verification_override": None,
    }
    return {**content, **changes}  # type: ignore[typeddict-item]


def participant(actor: str, role: str, acts_for: str | None = None) -> ParticipantContent:
    """Return a participant."""
    return {"actor": actor, "for": acts_for, "role": role}


def claim(source: str = "wire", **changes: Any) -> ClaimContent:
    """Return the content of a claim that affirms an event, and these changes."""
    content: ClaimContent = {
        "external_id": None,
        "stance": "affirms",
        "source": source,
        "speaker": None,
        "origin": None,
        "made_on": "2024-06-20",
        "paraphrase": "They met",
        "url": None,
        "language": None,
        "basis": "reported",
        "credibility": 2,
        "retracted_on": None,
        "about": None,
        "value": None,
    }
    return {**content, **changes}  # type: ignore[typeddict-item]


def statements(*claims: ClaimContent) -> list[ClaimStatement]:
    """Return the claims as the verification rule needs them, with ids in their order."""
    return [
        make_claim_statement(f"{number:032x}", content, PROFILES)
        for number, content in enumerate(claims)
    ]


def speaker(
    actor: str | None = None, speaks_for: str | None = None, title: str | None = None
) -> dict[str, str | None]:
    """Return the speaker of a claim."""
    return {"actor": actor, "title": title, "speaks_for": speaks_for}
