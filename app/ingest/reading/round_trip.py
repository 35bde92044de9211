"""The origin of a row of this project's own export: ids and timestamps of the exported record.

A record created from the row keeps them; the feed and `as_of` use the time of the import.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.record.content import EventContent, RelationContent
from app.record.document import RevisionInfo
from app.record.save import ClaimChange, EventChange


@dataclass(frozen=True, slots=True)
class ExportOrigin:
    """The ids of an event, of its claims by their keys, and of its relations.

    `stamps` has the revision info of records by id, as far as the row includes it. `unsaid` lists
    the fields that the row lacks, and `claims` if it lacks some: an existing record keeps them.
    """

    id: UUID
    claim_ids: Mapping[str, UUID] = field(default_factory=dict)
    relations: Sequence[tuple[UUID, RelationContent]] = ()
    stamps: Mapping[UUID, RevisionInfo] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()


def fill_unsaid_fields(
    event: EventContent, held: Mapping[str, Any], origin: ExportOrigin
) -> EventContent:
    """Return the event in the row, with the fields that it lacks taken from the stored event."""
    kept = {name: value for name, value in held.items() if name in origin.unsaid}
    return {**event, **kept}  # type: ignore[typeddict-item]


def apply_origin(change: EventChange, origin: ExportOrigin) -> EventChange:
    """Return the creation of an event with the revisions and timestamps of its origin."""
    claims = [_apply_claim_stamp(claim, origin.stamps.get(claim.id)) for claim in change.claims]
    stamp = origin.stamps.get(change.id)
    if stamp is None:
        return replace(change, claims=claims)
    return replace(
        change,
        claims=claims,
        revision=stamp.revision,
        created_at=stamp.created_at,
        updated_at=stamp.updated_at,
    )


def _apply_claim_stamp(claim: ClaimChange, stamp: RevisionInfo | None) -> ClaimChange:
    if stamp is None:
        return claim
    return replace(
        claim,
        revision=stamp.revision,
        created_at=stamp.created_at,
        updated_at=stamp.updated_at,
    )
