"""Creating, changing, merging and deleting sources."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select

from app.db.transaction import Transaction
from app.errors import Conflict, Fault, Invalid
from app.models.claims import claims
from app.models.imports import claim_rows
from app.models.sources import sources
from app.record.document import SavedRecord
from app.record.links.propagation import ChangedRecord, propagate_change
from app.record.links.reference_record_changes import (
    ChangeRules,
    change_reference_record,
    create_reference_record,
    delete_reference_record,
    merge_reference_records,
    restore_reference_record,
)
from app.record.links.references import require_actors, require_owner, require_sources
from app.record.merged_slugs import load_current_slugs
from app.record.reference_records.save_reference_record import ReferenceRecord
from app.resources.sources.resource_type import SOURCES
from app.resources.sources.schemas import SourceContent, SourceCreate
from app.values.caller import Caller

VERIFICATION_FIELDS = ("reliability", "owner", "speaks_for")
"""The fields on which the verification rule depends."""


def create_source(write: Transaction, caller: Caller, body: SourceCreate) -> SavedRecord[str]:
    """Create a source; Conflict if the slug is taken."""
    dataset = require_owner(write, caller, body.dataset)
    content = make_source_content(body, body.slug, dataset)
    return create_reference_record(write, caller, SOURCE_RULES, content)


def change_source(
    write: Transaction,
    caller: Caller,
    slug: str,
    required: int | None,
    apply: Callable[[dict[str, Any]], SourceContent],
) -> SavedRecord[str]:
    """Change a source; events with its claims are verified again if the rule depends on it."""
    return change_reference_record(write, caller, SOURCE_RULES, slug, required, apply)


def restore_source(write: Transaction, caller: Caller, slug: str) -> SavedRecord[str]:
    """Restore a deleted source; an owner or actor merged since is replaced."""
    return restore_reference_record(write, caller, SOURCE_RULES, slug)


def merge_source(write: Transaction, caller: Caller, slug: str, into: str) -> SavedRecord[str]:
    """Merge a source into another, by whose fields the claims of both are then verified."""
    return merge_reference_records(write, caller, SOURCES, (slug, into), lambda merged, kept: kept)


def delete_source(write: Transaction, caller: Caller, slug: str, required: int | None) -> None:
    """Delete a source that nothing refers to; else Conflict."""
    delete_reference_record(write, caller, SOURCE_RULES, slug, required)


def make_source_content(body: SourceContent, slug: str, dataset: str | None) -> dict[str, Any]:
    """Return the settable fields of a source in the order of its document."""
    return {
        "slug": slug,
        **{name: getattr(body, name) for name in SourceContent.model_fields},
        "dataset": dataset,
    }


def _resolve_references(
    write: Transaction, caller: Caller, content: dict[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """Replace an owner or actor that was merged away, and check that both are there."""
    for name, kind in (("owner", "source"), ("speaks_for", "actor")):
        current = load_current_slugs(write.connection, kind, [content[name]], caller)
        content[name] = current.get(content[name], content[name])
    _check_references(write, caller, content, before)
    return content


def _check_references(
    write: Transaction, caller: Caller, content: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Raise Invalid for an absent owner or actor, unless the source had it `before`."""
    if content["owner"] == content["slug"]:
        detail = "a source cannot own itself; leave owner out"
        raise Invalid(detail, Fault(code="own-owner", detail=detail, pointer="/owner"))
    dataset = content["dataset"]
    if content["owner"] is not None:
        named, kept = {"/owner": content["owner"]}, [before.get("owner")]
        require_sources(write, caller, named, dataset, kept)
    if content["speaks_for"] is not None:
        named, kept = {"/speaks_for": content["speaks_for"]}, [before.get("speaks_for")]
        require_actors(write, caller, named, dataset, kept)


def _refuse_use(write: Transaction, slug: str) -> None:
    uses = (
        exists().where(or_(claims.c.source == slug, claims.c.origin == slug)),
        exists().where(or_(claim_rows.c.source == slug, claim_rows.c.origin == slug)),
        exists().where(sources.c.owner == slug),
    )
    if write.connection.scalar(select(or_(*uses))):
        raise Conflict(f"the source {slug!r} is in use: claims or other sources name it")


def _propagate_verification(
    write: Transaction, caller: Caller, before: Mapping[str, Any], changed: ReferenceRecord
) -> UUID | None:
    del caller
    if all(changed.document[name] == before[name] for name in VERIFICATION_FIELDS):
        return None
    return propagate_change(write, ChangedRecord("source", changed.slug, changed.owner))


SOURCE_RULES = ChangeRules(
    resource_type=SOURCES,
    make_content=make_source_content,
    before_delete=_refuse_use,
    prepare=_resolve_references,
    after_change=_propagate_verification,
)
