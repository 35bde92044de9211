"""Several rows that are one claim: what it says does not depend on the order they came in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.record.content import ClaimContent
from app.record.verification import compute_made_day


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """What one row says in a claim, and how confident the provider is of it."""

    claim_id: UUID
    claim: ClaimContent
    confidence: int = 0


def fold_claims(parts: Iterable[ClaimPart]) -> dict[UUID, ClaimContent]:
    """Each claim with the words of its most confident row and the earliest date of all."""
    by_claim: dict[UUID, list[ClaimPart]] = {}
    for part in parts:
        by_claim.setdefault(part.claim_id, []).append(part)
    return {claim_id: _fold_parts(same) for claim_id, same in by_claim.items()}


def make_claim_parts(claims: Mapping[UUID, ClaimContent]) -> list[ClaimPart]:
    """The claims that an event's own row makes, about which no confidence is told."""
    return [ClaimPart(claim_id, claim) for claim_id, claim in claims.items()]


def _fold_parts(parts: list[ClaimPart]) -> ClaimContent:
    if len(parts) == 1:
        return parts[0].claim
    best = max(parts, key=_compute_weight)
    earliest = min(
        parts, key=lambda part: (compute_made_day(part.claim), part.claim["made_on"] or "")
    )
    return {**best.claim, "made_on": earliest.claim["made_on"]}


def _compute_weight(part: ClaimPart) -> tuple[int, int, bytes]:
    return part.confidence, -compute_made_day(part.claim), orjson.dumps(part.claim)
