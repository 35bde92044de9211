"""Changes of actors, sources and datasets, the reference records, which are known by a slug.

Every type of them changes by one sequence of steps; `ChangeRules` holds the steps that differ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.auth.permissions import require_right
from app.db.transaction import Transaction
from app.errors import Conflict, Fault, Gone, Invalid, NotFound
from app.query.resource_type import ResourceType
from app.query.visibility import bind_grants, build_visibility
from app.record.document import SavedRecord
from app.record.links.propagation import (
    ChangedRecord,
    is_merging,
    propagate_change,
    propagate_merge,
)
from app.record.merged_slugs import find_merged_slugs
from app.record.not_found import RecordTable, find_absence, make_missing_error
from app.record.reference_records.save_reference_record import (
    ReferenceRecord,
    ReferenceRecordChange,
    drop_revision_fields,
    load_last_states,
    parse_record_row,
    save_reference_records,
    select_reference_records,
)
from app.record.reference_records.visible_slugs import find_taken_slugs, make_slug_taken_error
from app.record.revision_checks import check_revision
from app.values.caller import Caller

Content = dict[str, Any]
"""The settable fields of a record, with its slug, in the order of its document."""

MergeTransfer = Callable[[ReferenceRecord, ReferenceRecord], ReferenceRecord]
"""Copies to the second record what it takes over from the first, and returns its new state."""


def _keep_content(
    write: Transaction, caller: Caller, content: Content, before: Mapping[str, Any]
) -> Content:
    del write, caller, before
    return content


def _do_nothing(
    write: Transaction, caller: Caller, before: Mapping[str, Any], changed: ReferenceRecord
) -> None:
    del write, caller, before, changed


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """The steps by which one resource type differs when its records are changed.

    `make_content` makes the content from a validated body, the slug and the private dataset that
    the record belongs to. `prepare` checks the content, and resolves the slugs in it, before it is
    saved over the document `before`. `after_change` returns the propagation job, if it started
    one. `before_delete` raises Conflict where a record cannot be deleted.
    """

    resource_type: ResourceType
    make_content: Callable[[Any, str, str | None], Content]
    before_delete: Callable[[Transaction, str], None]
    prepare: Callable[[Transaction, Caller, Content, Mapping[str, Any]], Content] = _keep_content
    after_change: Callable[
        [Transaction, Caller, Mapping[str, Any], ReferenceRecord], UUID | None
    ] = _do_nothing
    can_merge: bool = True


def create_reference_record(
    write: Transaction, caller: Caller, rules: ChangeRules, content: Content
) -> SavedRecord[str]:
    """Create a record, or restore a deleted one with this content; Conflict if it is taken.

    Raise NotGranted if the caller may not change the deleted one.
    """
    content = rules.prepare(write, caller, content, {})
    resource_type = rules.resource_type
    slug, name = content["slug"], resource_type.name
    if find_taken_slugs(write.connection, caller, name, [slug]):
        raise make_slug_taken_error(name, slug, pointer="/slug")
    deleted = load_last_states(write.connection, name, [slug]).get(slug)
    if deleted is not None:
        _require_changeable(caller, resource_type, deleted)
    (created,) = _save_created(write, name, [make_create_change(content, deleted)])
    return created.get_saved()


def change_reference_record(
    write: Transaction,
    caller: Caller,
    rules: ChangeRules,
    slug: str,
    required: int | None,
    apply: Callable[[dict[str, Any]], Any],
) -> SavedRecord[str]:
    """Save the content that `apply` makes from the stored document as the next revision.

    Content that is the same makes no revision. Raise NotFound, Gone, NotGranted or Conflict where
    the record cannot be changed, and Stale unless it is at the revision `required`.
    """
    stored = _find_for_change(write, caller, rules, slug, required)
    before = stored.document
    content = rules.make_content(apply(before), slug, before.get("dataset"))
    content = rules.prepare(write, caller, content, before)
    changed = save_changed_record(write, rules.resource_type, stored, content)
    job = rules.after_change(write, caller, before, changed)
    return replace(changed, propagation=job).get_saved()


def delete_reference_record(
    write: Transaction, caller: Caller, rules: ChangeRules, slug: str, required: int | None
) -> None:
    """Delete a record that nothing refers to; its past stays. Raise Conflict if it is in use."""
    stored = _find_for_change(write, caller, rules, slug, required)
    rules.before_delete(write, slug)
    deletion = ReferenceRecordChange("deleted", slug, stored, None)
    save_reference_records(write, rules.resource_type.name, [deletion])


def restore_reference_record(
    write: Transaction, caller: Caller, rules: ChangeRules, slug: str
) -> SavedRecord[str]:
    """Restore a deleted record as it was; slugs in it that were merged since are replaced."""
    deleted = _find_deleted_record(write, caller, rules.resource_type, slug)
    content = drop_revision_fields(deleted.document)
    content = rules.prepare(write, caller, content, content)
    change = make_create_change(content, deleted)
    (restored,) = _save_created(write, rules.resource_type.name, [change])
    return restored.get_saved()


def merge_reference_records(
    write: Transaction,
    caller: Caller,
    resource_type: ResourceType,
    pair: tuple[str, str],
    transfer: MergeTransfer,
) -> SavedRecord[str]:
    """Merge the first of a pair of slugs into the second, and return the second.

    A merge shows nothing that a dataset keeps private: from a record that is hidden from some who
    see the other, nothing is taken over; only the references to it change.
    """
    slug, into = pair
    if slug == into:
        detail = f"the {resource_type.name} {slug!r} cannot be merged into itself"
        raise Invalid(detail, Fault(code="same-record", detail=detail, pointer="/into"))
    # Locked in one order, so that two opposite merges do not wait for each other.
    locked = {
        name: _find_mergeable(write, caller, resource_type, name, name == into)
        for name in sorted(pair)
    }
    merged, kept = locked[slug], locked[into]
    owner, keeper = merged.document["dataset"], kept.document["dataset"]
    if keeper is not None and owner != keeper:
        detail = f"{into!r} belongs to a private dataset and {slug!r} does not: merge the other way"
        raise Invalid(detail, Fault(code="private", detail=detail, pointer="/into"))
    if owner == keeper:
        kept = transfer(merged, kept)
    job = propagate_merge(write, ChangedRecord(resource_type.name, slug, owner), into)
    return replace(kept, propagation=job).get_saved()


def save_changed_record(
    write: Transaction, resource_type: ResourceType, before: ReferenceRecord, content: Content
) -> ReferenceRecord:
    """Save the content as the next revision, unless it is the same already."""
    if {name: before.document[name] for name in content} == content:
        return before
    change = ReferenceRecordChange("updated", before.slug, before, content)
    (changed,) = save_reference_records(write, resource_type.name, [change])
    return changed


def create_reference_records(
    write: Transaction, kind: str, contents: Sequence[Mapping[str, Any]]
) -> None:
    """Create records under slugs that are free; a deleted one continues its past."""
    if contents:
        slugs = [content["slug"] for content in contents]
        deleted = load_last_states(write.connection, kind, slugs)
        created = [
            make_create_change(content, deleted.get(content["slug"])) for content in contents
        ]
        _save_created(write, kind, created)


def make_create_change(
    content: Mapping[str, Any],
    deleted: ReferenceRecord | None,
    marks: Sequence[tuple[str, str]] = (),
) -> ReferenceRecordChange:
    """Return the change that creates a record, or that restores the deleted one."""
    operation = "created" if deleted is None else "restored"
    return ReferenceRecordChange(operation, content["slug"], deleted, content, marks)


def _find_for_change(
    write: Transaction, caller: Caller, rules: ChangeRules, slug: str, required: int | None
) -> ReferenceRecord:
    stored = _find_reference_record(write, caller, rules.resource_type, slug)
    check_revision(required, stored.revision)
    if rules.can_merge:
        _refuse_while_merging(write, rules.resource_type, slug)
    return stored


def _find_reference_record(
    write: Transaction, caller: Caller, resource_type: ResourceType, slug: str
) -> ReferenceRecord:
    """Return the record, locked against writers who would refer to it.

    Raise NotFound or Gone if it is absent, and NotGranted if the caller may not change it.
    """
    table = resource_type.table
    visibility = build_visibility(table, resource_type.visible_by, caller)
    found = select_reference_records(resource_type.name).where(table.c.slug == slug, *visibility)
    row = write.connection.execute(found, bind_grants(caller)).one_or_none()
    if row is not None:
        return _require_changeable(caller, resource_type, parse_record_row(row))
    name = resource_type.name
    records = RecordTable(name, resource_type.past_table, "slug", resource_type.visible_by)
    absence = find_absence(write.connection, caller, records, slug)
    if absence.merged_into is not None:
        into = absence.merged_into
        raise Conflict(f"the {name} {slug!r} was merged into {into!r}: change that one")
    raise absence.make_error(name, slug)


def _find_deleted_record(
    write: Transaction, caller: Caller, resource_type: ResourceType, slug: str
) -> ReferenceRecord:
    """Return the last state of a deleted record; Conflict if it is not deleted."""
    table, name = resource_type.table, resource_type.name
    visibility = build_visibility(table, resource_type.visible_by, caller)
    present = select(table.c.slug).where(table.c.slug == slug, *visibility)
    if write.connection.scalar(present, bind_grants(caller)) is not None:
        raise Conflict(f"the {name} {slug!r} is not deleted")
    deleted = load_last_states(write.connection, name, [slug], caller).get(slug)
    if deleted is not None and find_merged_slugs(write.connection, name, [slug]):
        raise Conflict(f"the {name} {slug!r} was merged into another, and is not deleted")
    if deleted is None or find_taken_slugs(write.connection, caller, name, [slug]):
        raise make_missing_error(name, slug, deleted=False)
    return _require_changeable(caller, resource_type, deleted)


def _find_mergeable(
    write: Transaction, caller: Caller, resource_type: ResourceType, slug: str, is_into: bool
) -> ReferenceRecord:
    try:
        found = _find_reference_record(write, caller, resource_type, slug)
    except (Conflict, Gone, NotFound) as absent:
        raise (_make_body_error(resource_type, absent) if is_into else absent) from None
    _refuse_while_merging(write, resource_type, slug)
    return found


def _refuse_while_merging(write: Transaction, resource_type: ResourceType, slug: str) -> None:
    if is_merging(write.connection, resource_type.name, slug):
        raise Conflict(f"the {resource_type.name} {slug!r} is being merged into another")


def _make_body_error(resource_type: ResourceType, absent: Conflict | Gone | NotFound) -> Invalid:
    """Return the error of a body that names an absent record, which is a mistake in the body."""
    code = "merged" if isinstance(absent, Conflict) else f"unknown-{resource_type.name}"
    return Invalid(absent.detail, Fault(code=code, detail=absent.detail, pointer="/into"))


def _require_changeable(
    caller: Caller, resource_type: ResourceType, found: ReferenceRecord
) -> ReferenceRecord:
    (held_by,) = resource_type.visible_by
    require_right(caller, found.document[held_by])
    return found


def _save_created(
    write: Transaction, kind: str, changes: Sequence[ReferenceRecordChange]
) -> list[ReferenceRecord]:
    """Save new and restored records; events restored before one may have kept its slug."""
    saved = save_reference_records(write, kind, changes)
    return [
        replace(
            record,
            propagation=propagate_change(write, ChangedRecord(kind, record.slug, record.owner)),
        )
        if change.before is not None and kind != "dataset"
        else record
        for change, record in zip(changes, saved, strict=True)
    ]
