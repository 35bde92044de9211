"""Merging an actor or a source into another: everything that names the one names the other."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, or_, select, union

from app.db.transaction import Write
from app.models.claims import claims
from app.models.events import participants
from app.models.names import former_slugs
from app.models.sources import sources
from app.record.load import StoredEvent, load_events
from app.record.merged_events import winners_of
from app.record.merged_slugs import with_actors, with_voices
from app.record.reference_records.save_reference_record import (
    TABLES,
    Slugged,
    SluggedChange,
    save_slugged,
    select_slugged,
    stored,
    unstamped,
)
from app.record.save import ClaimChange, EventChange, save_events
from app.record.versioned_rows import Rows

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
    table, _ = TABLES[noun]
    this = select_slugged(noun).where(table.c.slug == slug)
    before = stored(write.connection.execute(this).one())
    (merged,) = save_slugged(write, noun, [SluggedChange("merged", slug, before, None)])
    _lead_on(write, noun, merged, into)
    return changed


def _lead_on(write: Write, noun: str, merged: Slugged, into: str) -> None:
    """Let the slug mean the other from now on, and with it those that meant it."""
    rows = Rows()
    led_here = former_slugs.c.noun == noun, former_slugs.c.into == merged.slug
    earlier = select(former_slugs).where(*led_here).order_by(former_slugs.c.slug)
    now = {"into": into, "from_position": merged.position}
    for row in write.connection.execute(earlier.with_for_update()).mappings():
        rows.replace(former_slugs, {**row, **now})
    of = {"noun": noun, "slug": merged.slug, "dataset": merged.document["dataset"]}
    rows.add(former_slugs, {**of, **now, "merged_at": write.at})
    rows.write(write.connection)


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
    columns = NAMED_BY[noun]
    naming = or_(*(sources.c[name] == slug for name in columns))
    held = write.connection.execute(select_slugged("source").where(naming)).all()
    changes = []
    for before in map(stored, held):
        # A source whose owner is merged into it has none: it does not own itself.
        other = None if before.slug == into and noun == "source" else into
        content = unstamped(before.document)
        named = {name: other for name in columns if content[name] == slug}
        changes.append(SluggedChange("updated", before.slug, before, {**content, **named}))
    return [source.slug for source in save_slugged(write, "source", changes)]
