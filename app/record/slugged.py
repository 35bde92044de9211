"""Actors, sources and datasets: records that are known by a slug and keep no past."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from app.db.writing import Write
from app.errors import Conflict, Fault, NotFound
from app.query.noun import Noun
from app.query.visibility import grants, visible
from app.record.document import decode, encode
from app.record.former import answering, current_slugs
from app.values.callers import Caller
from app.values.instants import instant_text


@dataclass(frozen=True, slots=True)
class Slugged:
    """One such record as it stands; `document` is what is served.

    `rerendering` is the job by which its change reaches its events, where these are many.
    """

    slug: str
    revision: int
    created_at: int
    document: dict[str, Any]
    rerendering: UUID | None = None

    @property
    def text(self) -> str:
        """The document as it is stored."""
        return encode(self.document)


def find_slugged(write: Write, caller: Caller, noun: Noun, slug: str) -> Slugged:
    """The record, locked against everybody who would refer to it; NotFound if it is not shown."""
    table = noun.table
    found = (
        select(table.c.revision, table.c.created_at, table.c.document)
        .where(table.c.slug == slug, *visible(table, noun.visible_by, caller))
        .with_for_update(of=table)
    )
    row = write.connection.execute(found, grants(caller)).one_or_none()
    if row is None:
        into = answering(write.connection, caller, noun.name, slug)
        if into is not None:
            raise Conflict(f"the {noun.name} {slug!r} was merged into {into!r}: change that one")
        raise NotFound(f"there is no {noun.name} {slug[:100]!r}")
    return Slugged(slug, row.revision, row.created_at, decode(row.document))


def make_slugged(
    write: Write, noun: Noun, content: Mapping[str, Any], columns: Mapping[str, Any]
) -> Slugged:
    """Store a new record; Conflict if its slug is taken.

    `content` is all that is set of it, in the document's order; `columns` are those that do not
    stand in the content as they are stored.
    """
    # That a slug is taken must be said even where its holder is hidden: slugs are the keys of one
    # table, and any other answer would be a lie that the next request finds out. The words are
    # the same for what the caller sees and what it does not.
    slug, table = content["slug"], noun.table
    taken = write.connection.scalar(select(table.c.slug).where(table.c.slug == slug))
    if taken is not None or current_slugs(write.connection, noun.name, [slug]):
        detail = f"the {noun.name} slug {slug!r} is taken"
        raise Conflict(detail, Fault(code="duplicate", detail=detail, pointer="/slug"))
    made = Slugged(slug, 1, write.at, stamped(content, 1, write.at, write.at))
    write.connection.execute(insert(table), row_of(noun, made, write.at, columns))
    return made


def change_slugged(
    write: Write,
    noun: Noun,
    stored: Slugged,
    content: Mapping[str, Any],
    columns: Mapping[str, Any],
) -> Slugged:
    """Store other content as the next revision; what is the same already makes none."""
    if {name: stored.document[name] for name in content} == content:
        return stored
    revision, table = stored.revision + 1, noun.table
    document = stamped(content, revision, stored.created_at, write.at)
    changed = Slugged(stored.slug, revision, stored.created_at, document)
    row = row_of(noun, changed, write.at, columns)
    write.connection.execute(update(table).where(table.c.slug == stored.slug).values(row))
    return changed


def delete_slugged(write: Write, noun: Noun, slug: str) -> None:
    """Remove the record; nothing may refer to it any more."""
    write.connection.execute(delete(noun.table).where(noun.table.c.slug == slug))


def stamped(
    content: Mapping[str, Any], revision: int, created_at: int, updated_at: int
) -> dict[str, Any]:
    """The whole document: what is set, then the revision and the two instants."""
    return {
        **content,
        "revision": revision,
        "created_at": instant_text(created_at),
        "updated_at": instant_text(updated_at),
    }


def row_of(
    noun: Noun, stored: Slugged, updated_at: int, columns: Mapping[str, Any]
) -> dict[str, Any]:
    """The row that holds the record."""
    names = [column.name for column in noun.table.columns]
    return {
        **{name: stored.document[name] for name in names if name in stored.document},
        **columns,
        "created_at": stored.created_at,
        "updated_at": updated_at,
        "document": stored.text,
    }
