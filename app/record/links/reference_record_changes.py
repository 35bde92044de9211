"""Actors, sources and datasets: records that are known by a slug."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.auth.permissions import require_right
from app.db.transaction import Write
from app.errors import Conflict
from app.query.resource_type import ResourceType
from app.query.visibility import bind_grants, build_visibility
from app.record.links.propagation import Subject, follow_change
from app.record.merged_slugs import answering, former_among
from app.record.reference_records.save_reference_record import (
    Slugged,
    SluggedChange,
    last_states,
    save_slugged,
    select_slugged,
    stored,
    unstamped,
)
from app.record.reference_records.visible_slugs import slug_taken, taken_slugs
from app.record.require import missing
from app.record.tombstones import is_purged
from app.values.caller import Caller
from app.values.ids import slug_id


def find_slugged(write: Write, caller: Caller, noun: ResourceType, slug: str) -> Slugged:
    """The record, locked against everybody who would refer to it, for who may change it.

    NotFound or Gone without it, NotGranted if it is not the caller's to change.
    """
    table = noun.table
    seen = build_visibility(table, noun.visible_by, caller)
    found = select_slugged(noun.name).where(table.c.slug == slug, *seen)
    row = write.connection.execute(found, bind_grants(caller)).one_or_none()
    if row is None:
        into = answering(write.connection, caller, noun.name, slug)
        if into is not None:
            raise Conflict(f"the {noun.name} {slug!r} was merged into {into!r}: change that one")
        gone = last_states(write.connection, noun.name, [slug], caller)
        purged = is_purged(write.connection, caller, slug_id(noun.name, slug))
        raise missing(noun.name, slug, deleted=bool(gone), purged=purged)
    return _changeable(caller, noun, stored(row))


def make_slugged(
    write: Write, caller: Caller, noun: ResourceType, content: Mapping[str, Any]
) -> Slugged:
    """Store a new record, or bring back a deleted one with this content; Conflict if it is taken.

    NotGranted if what was deleted is not the caller's to change. `content` is all that is set of
    it, in the document's order.
    """
    slug, name = content["slug"], noun.name
    if taken_slugs(write.connection, caller, name, [slug]):
        raise slug_taken(name, slug, pointer="/slug")
    gone = last_states(write.connection, name, [slug]).get(slug)
    if gone is not None:
        _changeable(caller, noun, gone)
    (made,) = _make(write, name, [making(content, gone)])
    return made


def make_all(write: Write, noun: str, contents: Sequence[Mapping[str, Any]]) -> None:
    """Store records under slugs that are free; one that was deleted goes on where it ended."""
    if contents:
        gone = last_states(write.connection, noun, [each["slug"] for each in contents])
        _make(write, noun, [making(each, gone.get(each["slug"])) for each in contents])


def find_deleted_slugged(write: Write, caller: Caller, noun: ResourceType, slug: str) -> Slugged:
    """The deleted record as it was last, for who may change it; Conflict if it is not deleted."""
    table, seen = noun.table, build_visibility(noun.table, noun.visible_by, caller)
    stands = select(table.c.slug).where(table.c.slug == slug, *seen)
    if write.connection.scalar(stands, bind_grants(caller)) is not None:
        raise Conflict(f"the {noun.name} {slug!r} is not deleted")
    gone = last_states(write.connection, noun.name, [slug], caller).get(slug)
    if gone is not None and former_among(write.connection, noun.name, [slug]):
        raise Conflict(f"the {noun.name} {slug!r} was merged into another, and is not deleted")
    if gone is None or taken_slugs(write.connection, caller, noun.name, [slug]):
        raise missing(noun.name, slug, deleted=False)
    return _changeable(caller, noun, gone)


def _changeable(caller: Caller, noun: ResourceType, found: Slugged) -> Slugged:
    (held_by,) = noun.visible_by
    require_right(caller, found.document[held_by])
    return found


def restore_slugged(
    write: Write, noun: ResourceType, gone: Slugged, content: Mapping[str, Any] | None = None
) -> Slugged:
    """Bring back a deleted record as it was, or with this content."""
    (restored,) = _make(write, noun.name, [making(content or unstamped(gone.document), gone)])
    return restored


def making(
    content: Mapping[str, Any], gone: Slugged | None, marks: Sequence[tuple[str, str]] = ()
) -> SluggedChange:
    """The change that makes a record, or brings back the one that is gone."""
    operation = "created" if gone is None else "restored"
    return SluggedChange(operation, content["slug"], gone, content, marks)


def change_slugged(
    write: Write, noun: ResourceType, before: Slugged, content: Mapping[str, Any]
) -> Slugged:
    """Store other content as the next revision; what is the same already makes none."""
    if {name: before.document[name] for name in content} == content:
        return before
    change = SluggedChange("updated", before.slug, before, content)
    (changed,) = save_slugged(write, noun.name, [change])
    return changed


def delete_slugged(write: Write, noun: ResourceType, before: Slugged) -> None:
    """Remove the record, whose past stays; nothing may refer to it any more."""
    save_slugged(write, noun.name, [SluggedChange("deleted", before.slug, before, None)])


def _make(write: Write, noun: str, changes: Sequence[SluggedChange]) -> list[Slugged]:
    """Save what is made; events that were brought back before it may have named it all along."""
    made = save_slugged(write, noun, changes)
    return [
        replace(now, rerendering=follow_change(write, Subject(noun, now.slug, now.owner)))
        if change.before is not None and noun != "dataset"
        else now
        for change, now in zip(changes, made, strict=True)
    ]
