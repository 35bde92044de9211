"""Merges of actors and sources: every record that names the one comes to name the other."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, or_, select, union

from app.db.transaction import Transaction
from app.models.claims import claims
from app.models.events import participants
from app.models.names import former_slugs
from app.models.sources import sources
from app.record.load import StoredEvent, load_events
from app.record.merged_events import load_winners
from app.record.merged_slugs import replace_actors, replace_claim_slugs
from app.record.reference_records.save_reference_record import (
    RECORD_TABLES,
    ReferenceRecord,
    ReferenceRecordChange,
    drop_revision_fields,
    parse_record_row,
    save_reference_records,
    select_reference_records,
)
from app.record.save import ClaimChange, EventChange, save_events
from app.record.versioned_rows import VersionedRows

SOURCE_COLUMNS: Mapping[str, Sequence[str]] = {"actor": ("speaks_for",), "source": ("owner",)}
"""The columns of sources that name a record of each resource type."""


def find_referring_events(connection: Connection, noun: str, slug: str, limit: int) -> list[UUID]:
    """Return some events that name the record, directly or in a claim."""
    ways = [select(claims.c.event_id).where(_match_claims(noun, slug)).limit(limit).subquery()]
    if noun == "actor":
        takes_part = select(participants.c.event_id).where(participants.c.actor == slug)
        ways.append(takes_part.limit(limit).subquery())
    found = union(*(select(way.c.event_id) for way in ways))
    return sorted(connection.scalars(found))[:limit]


def rewrite_events(
    write: Transaction, noun: str, current_slugs: Mapping[str, str], ids: list[UUID]
) -> None:
    """Replace the slugs in these events; each gets a new revision.

    Claims of a merged event change with its winner.
    """
    winners = load_winners(write.connection, ids) if ids else {}
    stored = load_events(
        write.connection, sorted({winners.get(event_id, event_id) for event_id in ids})
    )
    save_events(
        write, [_make_rewritten_change(event, noun, current_slugs) for event in stored.values()]
    )


def finish_merge(write: Transaction, noun: str, slug: str, into: str) -> list[str]:
    """Remove the merged record, which no record names any more, and redirect its slug.

    Returns the sources that named it and now name the other; their events must be verified again.
    """
    changed = _rename_in_sources(write, noun, slug, into)
    table, _ = RECORD_TABLES[noun]
    this = select_reference_records(noun).where(table.c.slug == slug)
    before = parse_record_row(write.connection.execute(this).one())
    (merged,) = save_reference_records(
        write, noun, [ReferenceRecordChange("merged", slug, before, None)]
    )
    _redirect_slug(write, noun, merged, into)
    return changed


def _redirect_slug(write: Transaction, noun: str, merged: ReferenceRecord, into: str) -> None:
    """Redirect the slug, and the slugs that were redirected to it, to the other record."""
    rows = VersionedRows()
    led_here = former_slugs.c.noun == noun, former_slugs.c.into == merged.slug
    earlier = select(former_slugs).where(*led_here).order_by(former_slugs.c.slug)
    now = {"into": into, "from_position": merged.position}
    for row in write.connection.execute(earlier.with_for_update()).mappings():
        rows.replace(former_slugs, {**row, **now})
    of = {"noun": noun, "slug": merged.slug, "dataset": merged.document["dataset"]}
    rows.add(former_slugs, {**of, **now, "merged_at": write.at})
    rows.write(write.connection)


def _match_claims(noun: str, slug: str) -> ColumnElement[bool]:
    columns = ("speaker", "speaks_for") if noun == "actor" else ("source", "origin")
    return or_(*(claims.c[name] == slug for name in columns))


def _make_rewritten_change(
    event: StoredEvent, noun: str, current_slugs: Mapping[str, str]
) -> EventChange:
    of_actors, of_sources = (current_slugs, {}) if noun == "actor" else ({}, current_slugs)
    changes = []
    for claim in event.claims:
        content = replace_claim_slugs(claim.content, of_actors, of_sources)
        if content != claim.content:
            revision = claim.revision + 1
            changes.append(
                ClaimChange("updated", claim.id, claim, content, revision, claim.created_at)
            )
    return EventChange(
        "updated",
        event.id,
        event,
        replace_actors(event.content, of_actors),
        event.revision + 1,
        event.created_at,
        changes,
        sources_changed=True,
    )


def _rename_in_sources(write: Transaction, noun: str, slug: str, into: str) -> list[str]:
    columns = SOURCE_COLUMNS[noun]
    naming = or_(*(sources.c[name] == slug for name in columns))
    held = write.connection.execute(select_reference_records("source").where(naming)).all()
    changes = []
    for before in map(parse_record_row, held):
        # A source never owns itself: if its owner is merged into it, it has no owner.
        other = None if before.slug == into and noun == "source" else into
        content = drop_revision_fields(before.document)
        named = {name: other for name in columns if content[name] == slug}
        changes.append(ReferenceRecordChange("updated", before.slug, before, {**content, **named}))
    return [source.slug for source in save_reference_records(write, "source", changes)]
