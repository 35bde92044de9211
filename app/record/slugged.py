"""Actors, sources and datasets: records that are known by a slug."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.db.writing import Write
from app.errors import Conflict, NotFound
from app.query.noun import Noun
from app.query.visibility import grants, visible
from app.record.former import answering
from app.record.save_slugged import (
    Slugged,
    SluggedChange,
    last_states,
    save_slugged,
    select_slugged,
    stored,
)
from app.record.sight import slug_taken, taken_slugs
from app.values.callers import Caller


def find_slugged(write: Write, caller: Caller, noun: Noun, slug: str) -> Slugged:
    """The record, locked against everybody who would refer to it; NotFound if it is not shown."""
    table = noun.table
    seen = visible(table, noun.visible_by, caller)
    found = select_slugged(noun.name).where(table.c.slug == slug, *seen)
    row = write.connection.execute(found, grants(caller)).one_or_none()
    if row is None:
        into = answering(write.connection, caller, noun.name, slug)
        if into is not None:
            raise Conflict(f"the {noun.name} {slug!r} was merged into {into!r}: change that one")
        raise NotFound(f"there is no {noun.name} {slug[:100]!r}")
    return stored(row)


def make_slugged(write: Write, caller: Caller, noun: Noun, content: Mapping[str, Any]) -> Slugged:
    """Store a new record, or bring back a deleted one with this content; Conflict if it is taken.

    `content` is all that is set of it, in the document's order.
    """
    slug, name = content["slug"], noun.name
    if taken_slugs(write.connection, caller, name, [slug]):
        raise slug_taken(name, slug, pointer="/slug")
    gone = last_states(write.connection, name, [slug])
    (made,) = save_slugged(write, name, [making(content, gone.get(slug))])
    return made


def make_all(write: Write, noun: str, contents: Sequence[Mapping[str, Any]]) -> list[Slugged]:
    """Store records under slugs that are free; one that was deleted goes on where it ended."""
    if not contents:
        return []
    gone = last_states(write.connection, noun, [each["slug"] for each in contents])
    return save_slugged(write, noun, [making(each, gone.get(each["slug"])) for each in contents])


def making(
    content: Mapping[str, Any], gone: Slugged | None, marks: Sequence[tuple[str, str]] = ()
) -> SluggedChange:
    """The change that makes a record, or brings back the one that is gone."""
    operation = "created" if gone is None else "restored"
    return SluggedChange(operation, content["slug"], gone, content, marks)


def change_slugged(
    write: Write, noun: Noun, before: Slugged, content: Mapping[str, Any]
) -> Slugged:
    """Store other content as the next revision; what is the same already makes none."""
    if {name: before.document[name] for name in content} == content:
        return before
    change = SluggedChange("updated", before.slug, before, content)
    (changed,) = save_slugged(write, noun.name, [change])
    return changed


def delete_slugged(write: Write, noun: Noun, before: Slugged) -> None:
    """Remove the record, whose past stays; nothing may refer to it any more."""
    save_slugged(write, noun.name, [SluggedChange("deleted", before.slug, before, None)])
