"""Actors, sources and datasets: records that are known by a slug."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.auth.permissions import require_right
from app.db.transaction import Transaction
from app.errors import Conflict
from app.query.resource_type import ResourceType
from app.query.visibility import bind_grants, build_visibility
from app.record.absence import RecordTable, find_absence, make_missing_error
from app.record.links.propagation import ChangedRecord, propagate_change
from app.record.merged_slugs import find_merged_slugs
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
from app.values.caller import Caller


def find_reference_record(
    write: Transaction, caller: Caller, noun: ResourceType, slug: str
) -> ReferenceRecord:
    """The record, locked against everybody who would refer to it, for who may change it.

    NotFound or Gone without it, NotGranted if it is not the caller's to change.
    """
    table = noun.table
    seen = build_visibility(table, noun.visible_by, caller)
    found = select_reference_records(noun.name).where(table.c.slug == slug, *seen)
    row = write.connection.execute(found, bind_grants(caller)).one_or_none()
    if row is None:
        records = RecordTable(noun.name, noun.past_table, "slug", noun.visible_by)
        absence = find_absence(write.connection, caller, records, slug)
        if absence.merged_into is not None:
            into = absence.merged_into
            raise Conflict(f"the {noun.name} {slug!r} was merged into {into!r}: change that one")
        raise absence.make_error(noun.name, slug)
    return _require_changeable(caller, noun, parse_record_row(row))


def create_reference_record(
    write: Transaction, caller: Caller, noun: ResourceType, content: Mapping[str, Any]
) -> ReferenceRecord:
    """Store a new record, or bring back a deleted one with this content; Conflict if it is taken.

    NotGranted if what was deleted is not the caller's to change. `content` is all that is set of
    it, in the document's order.
    """
    slug, name = content["slug"], noun.name
    if find_taken_slugs(write.connection, caller, name, [slug]):
        raise make_slug_taken_error(name, slug, pointer="/slug")
    gone = load_last_states(write.connection, name, [slug]).get(slug)
    if gone is not None:
        _require_changeable(caller, noun, gone)
    (made,) = _save_created(write, name, [make_create_change(content, gone)])
    return made


def create_reference_records(
    write: Transaction, noun: str, contents: Sequence[Mapping[str, Any]]
) -> None:
    """Store records under slugs that are free; one that was deleted goes on where it ended."""
    if contents:
        gone = load_last_states(write.connection, noun, [each["slug"] for each in contents])
        _save_created(
            write, noun, [make_create_change(each, gone.get(each["slug"])) for each in contents]
        )


def find_deleted_record(
    write: Transaction, caller: Caller, noun: ResourceType, slug: str
) -> ReferenceRecord:
    """The deleted record as it was last, for who may change it; Conflict if it is not deleted."""
    table, seen = noun.table, build_visibility(noun.table, noun.visible_by, caller)
    stands = select(table.c.slug).where(table.c.slug == slug, *seen)
    if write.connection.scalar(stands, bind_grants(caller)) is not None:
        raise Conflict(f"the {noun.name} {slug!r} is not deleted")
    gone = load_last_states(write.connection, noun.name, [slug], caller).get(slug)
    if gone is not None and find_merged_slugs(write.connection, noun.name, [slug]):
        raise Conflict(f"the {noun.name} {slug!r} was merged into another, and is not deleted")
    if gone is None or find_taken_slugs(write.connection, caller, noun.name, [slug]):
        raise make_missing_error(noun.name, slug, deleted=False)
    return _require_changeable(caller, noun, gone)


def _require_changeable(
    caller: Caller, noun: ResourceType, found: ReferenceRecord
) -> ReferenceRecord:
    (held_by,) = noun.visible_by
    require_right(caller, found.document[held_by])
    return found


def restore_reference_record(
    write: Transaction,
    noun: ResourceType,
    gone: ReferenceRecord,
    content: Mapping[str, Any] | None = None,
) -> ReferenceRecord:
    """Bring back a deleted record as it was, or with this content."""
    (restored,) = _save_created(
        write, noun.name, [make_create_change(content or drop_revision_fields(gone.document), gone)]
    )
    return restored


def make_create_change(
    content: Mapping[str, Any], gone: ReferenceRecord | None, marks: Sequence[tuple[str, str]] = ()
) -> ReferenceRecordChange:
    """The change that makes a record, or brings back the one that is gone."""
    operation = "created" if gone is None else "restored"
    return ReferenceRecordChange(operation, content["slug"], gone, content, marks)


def change_reference_record(
    write: Transaction, noun: ResourceType, before: ReferenceRecord, content: Mapping[str, Any]
) -> ReferenceRecord:
    """Store other content as the next revision; what is the same already makes none."""
    if {name: before.document[name] for name in content} == content:
        return before
    change = ReferenceRecordChange("updated", before.slug, before, content)
    (changed,) = save_reference_records(write, noun.name, [change])
    return changed


def delete_reference_record(
    write: Transaction, noun: ResourceType, before: ReferenceRecord
) -> None:
    """Remove the record, whose past stays; nothing may refer to it any more."""
    save_reference_records(
        write, noun.name, [ReferenceRecordChange("deleted", before.slug, before, None)]
    )


def _save_created(
    write: Transaction, noun: str, changes: Sequence[ReferenceRecordChange]
) -> list[ReferenceRecord]:
    """Save what is made; events that were brought back before it may have named it all along."""
    made = save_reference_records(write, noun, changes)
    return [
        replace(now, rerendering=propagate_change(write, ChangedRecord(noun, now.slug, now.owner)))
        if change.before is not None and noun != "dataset"
        else now
        for change, now in zip(changes, made, strict=True)
    ]
