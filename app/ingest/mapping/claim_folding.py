"""The folding of several rows into one claim, independent of the order of the rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.record.content import ClaimContent
from app.record.verification import compute_made_day


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """The content of a claim in one row, and the provider's confidence in it."""

    claim_id: UUID
    claim: ClaimContent
    confidence: int = 0


def fold_claims(parts: Iterable[ClaimPart]) -> dict[UUID, ClaimContent]:
    """Return each claim with the text of its most confident row and the earliest of all dates."""
    by_claim: dict[UUID, list[ClaimPart]] = {}
    for part in parts:
        by_claim.setdefault(part.claim_id, []).append(part)
    return {claim_id: _fold_parts(same) for claim_id, same in by_claim.items()}


def make_claim_parts(claims: Mapping[UUID, ClaimContent]) -> list[ClaimPart]:
    """Return the claims of an event's own row as parts, which have no stated confidence."""
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
