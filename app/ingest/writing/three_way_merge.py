"""The three-way merge of an import: the former row, the new row, and the record as it is.

An untouched field follows the provider. A field that an editor changed stays; where the
provider changed it too, to something else, that is a conflict.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.claims import past_claims
from app.record.content import ClaimContent
from app.record.load import StoredClaim, StoredEvent
from app.record.save import ClaimChange

MERGED_BY_KEY = frozenset({"codes", "details"})
"""Fields merged key by key; any other field, such as a location, is one value."""

NEVER_MERGED = frozenset({"dataset", "external_id"})
_ABSENT: Any = object()


@dataclass(slots=True)
class FieldMerge:
    """The merged content, and (field, the provider's value) of each conflict."""

    content: dict[str, Any] = field(default_factory=dict)
    conflicts: list[tuple[str, Any]] = field(default_factory=list)


def merge_fields(
    base: Mapping[str, Any], new: Mapping[str, Any], held: Mapping[str, Any]
) -> FieldMerge:
    """Merge all fields; `base` is the record that the provider's former row became."""
    merged = FieldMerge()
    for name, ours in held.items():
        if name in NEVER_MERGED:
            merged.content[name] = ours
        elif name in MERGED_BY_KEY:
            merged.content[name] = _merge_by_key(name, (base.get(name), new[name], ours), merged)
        else:
            merged.content[name] = _merge_value(name, (base.get(name), new[name], ours), merged)
    return merged


def _merge_value(name: str, sides: tuple[Any, Any, Any], merged: FieldMerge) -> Any:
    before, now, ours = sides
    if now in (before, ours):
        return ours
    if ours == before:
        return now
    merged.conflicts.append((name, None if now is _ABSENT else now))
    return ours


def _merge_by_key(name: str, sides: tuple[Any, Any, Any], merged: FieldMerge) -> Any:
    before, now, ours = sides
    if now in (before, ours):
        return ours
    parts = [side or {} for side in sides]
    found: dict[str, Any] = {}
    for key in dict.fromkeys(key for part in reversed(parts) for key in part):
        values = [part.get(key, _ABSENT) for part in parts]
        value = _merge_value(f"{name}.{key}", (values[0], values[1], values[2]), merged)
        if value is not _ABSENT:
            found[key] = value
    return found if found or ours is not None else None


ClaimsById = Mapping[UUID, ClaimContent]
DeletedClaims = Mapping[UUID, tuple[int, int]]
"""The last revision of deleted claims, and their time of creation."""

STAYS_DELETED = "deleted by an editor: it stays deleted"


@dataclass(slots=True)
class ClaimMerge:
    """The merged claims of an event: changes and conflicts.

    A conflict is (field, the provider's value). `deleted` has the claims that an editor deleted and
    the provider has changed since.
    """

    changes: list[ClaimChange] = field(default_factory=list)
    conflicts: list[tuple[str, Any]] = field(default_factory=list)
    deleted: list[ClaimContent] = field(default_factory=list)

    @property
    def outcomes(self) -> dict[UUID, str]:
        """The outcome ("created" or "updated") of each changed claim, by its id."""
        return {
            change.id: "created" if change.before is None else "updated" for change in self.changes
        }


def merge_claims(
    base: ClaimsById, new: ClaimsById, stored: StoredEvent, gone: DeletedClaims, at: int
) -> ClaimMerge:
    """Merge the claims of an event."""
    found = ClaimMerge()
    held = {claim.id: claim for claim in stored.claims}
    for claim_id, content in new.items():
        before = base.get(claim_id)
        if before == content:
            continue
        if claim_id in held:
            _merge_claim(held[claim_id], before or {}, content, found)
        elif before is None:
            found.changes.append(make_claim_change(claim_id, content, gone, at))
        else:
            found.deleted.append(content)
    for claim_id, before in base.items():
        if claim_id in held and claim_id not in new:
            _withdraw_claim(held[claim_id], before, found)
    return found


def make_claim_change(
    claim_id: UUID, content: ClaimContent, gone: DeletedClaims, at: int
) -> ClaimChange:
    """Return the change that creates a claim, or restores a withdrawn one."""
    past = gone.get(claim_id)
    if past is None:
        return ClaimChange("created", claim_id, None, content, 1, at)
    revision, created_at = past
    return ClaimChange("restored", claim_id, None, content, revision + 2, created_at)


def load_deleted_claims(write: Transaction, event_ids: list[UUID]) -> DeletedClaims:
    """Load the deleted claims of these events."""
    if not event_ids:
        return {}
    rows = write.connection.execute(_DELETED_CLAIMS, {"ids": event_ids})
    return {claim_id: (revision, created_at) for claim_id, revision, created_at in rows}


def _merge_claim(
    claim: StoredClaim, base: Mapping[str, Any], new: ClaimContent, found: ClaimMerge
) -> None:
    merged = merge_fields(base, new, claim.content)
    found.conflicts += [(f"claims.{name}", value) for name, value in merged.conflicts]
    if merged.content != claim.content:
        content: ClaimContent = merged.content  # type: ignore[assignment]
        revision = claim.revision + 1
        change = ClaimChange("updated", claim.id, claim, content, revision, claim.created_at)
        found.changes.append(change)


def _withdraw_claim(claim: StoredClaim, before: ClaimContent, found: ClaimMerge) -> None:
    """Delete a claim that the provider has withdrawn, unless an editor has changed it."""
    if claim.content != before:
        found.conflicts.append((f"claims.{claim.content['external_id']}", None))
        return
    revision = claim.revision + 1
    change = ClaimChange("deleted", claim.id, claim, None, revision, claim.created_at)
    found.changes.append(change)


_DELETED_CLAIMS = (
    select(past_claims.c.id, func.max(past_claims.c.revision), func.min(past_claims.c.created_at))
    .where(any_of(past_claims.c.event_id, "ids"))
    .group_by(past_claims.c.id)
)
