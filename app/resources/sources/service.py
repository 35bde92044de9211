"""Making, changing and deleting sources."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import exists, or_, select

from app.db.transaction import Transaction
from app.errors import Conflict, Fault, Invalid
from app.models.claims import claims
from app.models.imports import claim_rows
from app.models.sources import sources
from app.record.links.propagation import ChangedRecord, propagate_change
from app.record.links.reference_record_changes import (
    change_reference_record,
    create_reference_record,
    delete_reference_record,
    find_deleted_record,
    find_reference_record,
    restore_reference_record,
)
from app.record.links.references import require_actors, require_owner, require_sources
from app.record.links.slug_merge_schemas import merge_reference_records, refuse_while_merging
from app.record.merged_slugs import load_current_slugs
from app.record.preconditions import check_revision
from app.record.reference_records.save_reference_record import drop_revision_fields
from app.record.saved_record import SavedRecord
from app.resources.sources.resource_type import SOURCES
from app.resources.sources.schemas import SourceContent, SourceCreate
from app.values.caller import Caller

VERIFICATION_FIELDS = ("reliability", "owner", "speaks_for")
"""The fields that the rule of verification weighs."""


def create_source(write: Transaction, caller: Caller, body: SourceCreate) -> SavedRecord[str]:
    """Make a source; Conflict if the slug is taken."""
    holder = require_owner(write, caller, body.dataset)
    content = _find_current_slugs(write, caller, make_source_content(body, body.slug, holder))
    _check_references(write, caller, content, {})
    return create_reference_record(write, caller, SOURCES, content).get_saved()


def change_source(
    write: Transaction,
    caller: Caller,
    slug: str,
    required: int | None,
    revise: Callable[[dict[str, Any]], SourceContent],
) -> SavedRecord[str]:
    """Give a source other content; what its claims support is judged anew where that matters."""
    stored = find_reference_record(write, caller, SOURCES, slug)
    check_revision(required, stored.revision)
    refuse_while_merging(write, SOURCES, slug)
    before = stored.document
    content = _find_current_slugs(
        write, caller, make_source_content(revise(before), slug, before["dataset"])
    )
    _check_references(write, caller, content, before)
    changed = change_reference_record(write, SOURCES, stored, content)
    if all(content[name] == before[name] for name in VERIFICATION_FIELDS):
        return changed.get_saved()
    subject = ChangedRecord("source", slug, before["dataset"])
    return replace(changed, rerendering=propagate_change(write, subject)).get_saved()


def restore_source(write: Transaction, caller: Caller, slug: str) -> SavedRecord[str]:
    """Bring back a deleted source as it was, with whom its owner and its actor are by now."""
    gone = find_deleted_record(write, caller, SOURCES, slug)
    content = _find_current_slugs(write, caller, drop_revision_fields(gone.document))
    _check_references(write, caller, content, content)
    return restore_reference_record(write, SOURCES, gone, content).get_saved()


def merge_source(write: Transaction, caller: Caller, slug: str, into: str) -> SavedRecord[str]:
    """Merge a source into another; what both say is judged by what the other one is."""
    return merge_reference_records(
        write, caller, SOURCES, (slug, into), lambda merged, stands: stands
    ).get_saved()


def delete_source(write: Transaction, caller: Caller, slug: str, required: int | None) -> None:
    """Delete a source that nothing refers to; else Conflict."""
    stored = find_reference_record(write, caller, SOURCES, slug)
    check_revision(required, stored.revision)
    refuse_while_merging(write, SOURCES, slug)
    uses = (
        exists().where(or_(claims.c.source == slug, claims.c.origin == slug)),
        exists().where(or_(claim_rows.c.source == slug, claim_rows.c.origin == slug)),
        exists().where(sources.c.owner == slug),
    )
    if write.connection.scalar(select(or_(*uses))):
        raise Conflict(f"the source {slug!r} is in use: claims or other sources name it")
    delete_reference_record(write, SOURCES, stored)


def make_source_content(body: SourceContent, slug: str, dataset: str | None) -> dict[str, Any]:
    """What is set of a source, in the order of its document."""
    return {
        "slug": slug,
        **{name: getattr(body, name) for name in SourceContent.model_fields},
        "dataset": dataset,
    }


def _find_current_slugs(
    write: Transaction, caller: Caller, content: dict[str, Any]
) -> dict[str, Any]:
    """The content with a former owner or actor as the one that it is now."""
    for name, noun in (("owner", "source"), ("speaks_for", "actor")):
        meant = load_current_slugs(write.connection, noun, [content[name]], caller)
        content[name] = meant.get(content[name], content[name])
    return content


def _check_references(
    write: Transaction, caller: Caller, content: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Refuse an owner or an actor that is not there, unless the source had it `before`."""
    if content["owner"] == content["slug"]:
        detail = "a source does not own itself; leave owner out"
        raise Invalid(detail, Fault(code="own-owner", detail=detail, pointer="/owner"))
    dataset = content["dataset"]
    if content["owner"] is not None:
        named, kept = {"/owner": content["owner"]}, [before.get("owner")]
        require_sources(write, caller, named, dataset, kept)
    if content["speaks_for"] is not None:
        named, kept = {"/speaks_for": content["speaks_for"]}, [before.get("speaks_for")]
        require_actors(write, caller, named, dataset, kept)
