"""Several rows that are one claim: what it says does not depend on the order they came in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.record.claim_statements import compute_made_day
from app.record.content import ClaimContent


@dataclass(frozen=True, slots=True)
class Part:
    """What one row says in a claim, and how confident the provider is of it."""

    claim_id: UUID
    claim: ClaimContent
    confidence: int = 0


def fold(parts: Iterable[Part]) -> dict[UUID, ClaimContent]:
    """Each claim with the words of its most confident row and the earliest date of all."""
    by_claim: dict[UUID, list[Part]] = {}
    for part in parts:
        by_claim.setdefault(part.claim_id, []).append(part)
    return {claim_id: _folded(same) for claim_id, same in by_claim.items()}


def parts_of(claims: Mapping[UUID, ClaimContent]) -> list[Part]:
    """The claims that an event's own row makes, about which no confidence is told."""
    return [Part(claim_id, claim) for claim_id, claim in claims.items()]


def _folded(parts: list[Part]) -> ClaimContent:
    if len(parts) == 1:
        return parts[0].claim
    best = max(parts, key=_weight)
    earliest = min(
        parts, key=lambda part: (compute_made_day(part.claim), part.claim["made_on"] or "")
    )
    return {**best.claim, "made_on": earliest.claim["made_on"]}


def _weight(part: Part) -> tuple[int, int, bytes]:
    return part.confidence, -compute_made_day(part.claim), orjson.dumps(part.claim)
