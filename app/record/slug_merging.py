"""Merging an actor or a source into another: everything that names the one names the other."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, union, update

from app.db.writing import Write
from app.models.actors import actor_codes, actor_names
from app.models.claims import claims
from app.models.events import participants
from app.models.lookup import former_slugs
from app.models.sources import sources
from app.query.former import TABLES
from app.record.document import decode, encode
from app.record.former import with_actors, with_voices
from app.record.lookup import forget_keys
from app.record.merged import winners_of
from app.record.save import ClaimChange, EventChange, save_events
from app.record.stored import StoredEvent, load_events
from app.values.instants import instant_text

NAMED_BY: Mapping[str, Sequence[str]] = {"actor": ("speaks_for",), "source": ("owner",)}
"""In which columns of sources a record of each noun stands."""


def events_naming(connection: Connection, noun: str, slug: str, limit: int) -> list[UUID]:
    """Some of the events that name it, in themselves or in a claim."""
    ways = [select(claims.c.event_id).where(_in_claims(noun, slug)).limit(limit).subquery()]
    if noun == "actor":
        takes_part = select(participants.c.event_id).where(participants.c.actor == slug)
        ways.append(takes_part.limit(limit).subquery())
    found = union(*(select(way.c.event_id) for way in ways))
    return sorted(connection.scalars(found))[:limit]


def rewrite_events(write: Write, noun: str, meant: Mapping[str, str], ids: list[UUID]) -> None:
    """Let these events name the one instead of the other; each gets a new revision.

    Claims of an event that was merged away change with the event that stands for it.
    """
    winners = winners_of(write.connection, ids) if ids else {}
    stored = load_events(write.connection, sorted({winners.get(each, each) for each in ids}))
    save_events(write, [_rewritten(event, noun, meant) for event in stored.values()])


def end_merge(write: Write, noun: str, slug: str, into: str) -> list[str]:
    """Remove what nothing names any more, and remember what it is now.

    Returns the sources that named it and now name the other: what they say is to be judged anew.
    """
    changed = _rename_in_sources(write, noun, slug, into)
    table = TABLES[noun]
    dataset = write.connection.scalar(select(table.c.dataset).where(table.c.slug == slug))
    if noun == "actor":
        for names in (actor_names, actor_codes):
            write.connection.execute(delete(names).where(names.c.actor == slug))
    forget_keys(write, noun, [slug])
    write.connection.execute(delete(table).where(table.c.slug == slug))
    earlier = (former_slugs.c.noun == noun) & (former_slugs.c.into == slug)
    write.connection.execute(update(former_slugs).where(earlier).values(into=into))
    row = {"noun": noun, "slug": slug, "into": into, "dataset": dataset, "merged_at": write.at}
    write.connection.execute(insert(former_slugs), row)
    return changed


def _in_claims(noun: str, slug: str) -> ColumnElement[bool]:
    columns = ("speaker", "speaks_for") if noun == "actor" else ("source", "origin")
    return or_(*(claims.c[name] == slug for name in columns))


def _rewritten(event: StoredEvent, noun: str, meant: Mapping[str, str]) -> EventChange:
    of_actors, of_sources = (meant, {}) if noun == "actor" else ({}, meant)
    changes = []
    for claim in event.claims:
        content = with_voices(claim.content, of_actors, of_sources)
        if content != claim.content:
            revision = claim.revision + 1
            changes.append(
                ClaimChange("updated", claim.id, claim, content, revision, claim.created_at)
            )
    return EventChange(
        "updated",
        event.id,
        event,
        with_actors(event.content, of_actors),
        event.revision + 1,
        event.created_at,
        changes,
        facts_changed=True,
    )


def _rename_in_sources(write: Write, noun: str, slug: str, into: str) -> list[str]:
    changed = []
    for name in NAMED_BY[noun]:
        held = select(sources).where(sources.c[name] == slug).order_by(sources.c.slug)
        for row in write.connection.execute(held.with_for_update()).all():
            value = None if row.slug == into and noun == "source" else into
            document: dict[str, Any] = {
                **decode(row.document),
                name: value,
                "revision": row.revision + 1,
                "updated_at": instant_text(write.at),
            }
            columns = {
                name: value,
                "revision": row.revision + 1,
                "updated_at": write.at,
                "document": encode(document),
            }
            this = sources.c.slug == row.slug
            write.connection.execute(update(sources).where(this).values(columns))
            changed.append(str(row.slug))
    return changed
