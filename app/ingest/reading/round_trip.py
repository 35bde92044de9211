"""Where a row of our own export comes from: the record with its ids and instants, as it was there.

A record that is made from it here has the same; the feed and `as_of` tell when it came in.
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
    """The ids of an event, of its claims by their keys and of its relations.

    `stamps` are the states that records were in, by id, as far as the row tells. `unsaid` are
    the fields of the event that the row has not, and `claims` if it has not all of them: a record
    that is there already keeps what it has of these.
    """

    id: UUID
    claim_ids: Mapping[str, UUID] = field(default_factory=dict)
    relations: Sequence[tuple[UUID, RelationContent]] = ()
    stamps: Mapping[UUID, RevisionInfo] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()


def fill_unsaid_fields(
    event: EventContent, held: Mapping[str, Any], origin: ExportOrigin | None
) -> EventContent:
    """What a row says of an event that is there: the fields that it has, the rest as it is held."""
    unsaid = origin.unsaid if origin else ()
    kept = {name: value for name, value in held.items() if name in unsaid}
    return {**event, **kept}  # type: ignore[typeddict-item]


def apply_origin(change: EventChange, origin: ExportOrigin | None) -> EventChange:
    """The making of an event, with the revisions and instants that it and its claims had."""
    if origin is None:
        return change
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
