"""Purges of deleted actors and sources: removal of their past for good."""

from sqlalchemy import Connection, delete, insert, select

from app.db.transaction import Transaction
from app.errors import Conflict, Gone, NotFound
from app.maintenance.check.check_reference_records import REFERENCE_COLUMNS
from app.models.actors import past_actor_codes, past_actor_names, past_actors
from app.models.changes import changes
from app.models.sources import past_sources
from app.record.not_found import PURGED, is_purged
from app.record.reference_records.save_reference_record import (
    RECORD_TABLES,
    ReferenceRecord,
    load_last_states,
)
from app.values.caller import OPERATOR
from app.values.ids import make_slug_id
from app.vocab.countries import get_countries
from app.vocab.organizations import get_organizations

PAST_COLUMNS = {
    "actor": (past_actors.c.slug, past_actor_names.c.actor, past_actor_codes.c.actor),
    "source": (past_sources.c.slug,),
}


def find_purgeable(connection: Connection, noun: str, slug: str) -> ReferenceRecord:
    """Return the last state; raise Conflict if the record exists or is named, Gone if purged."""
    present, _ = RECORD_TABLES[noun]
    if connection.scalar(select(present.c.slug).where(present.c.slug == slug)) is not None:
        raise Conflict(f"the {noun} {slug!r} exists: delete it first")
    if noun == "actor" and (slug in get_countries() or slug in get_organizations()):
        raise Conflict(f"{slug!r} is in the vocabulary: `annals migrate` creates it again")
    deleted = load_last_states(connection, noun, [slug]).get(slug)
    if deleted is None:
        if is_purged(connection, OPERATOR, make_slug_id(noun, slug)):
            raise Gone(f"the {noun} {slug!r} was purged already")
        raise NotFound(f"the {noun} {slug!r} never existed")
    for column, named in REFERENCE_COLUMNS:
        found = select(column).where(column == slug).limit(1)
        if named == noun and connection.scalar(found) is not None:
            raise Conflict(f"the {noun} {slug!r} is still named in {column.table.name}")
    return deleted


def purge_reference_record(write: Transaction, noun: str, slug: str) -> None:
    """Remove all states of the record; the past of events names it until those are purged."""
    deleted = find_purgeable(write.connection, noun, slug)
    write.require_after(deleted.position)
    id = make_slug_id(noun, slug)
    for column in PAST_COLUMNS[noun]:
        write.connection.execute(delete(column.table).where(column == slug))
    write.connection.execute(delete(changes).where(changes.c.id == id))
    tombstone = {
        "event_id": id,
        "position": write.take_position(),
        "id": id,
        "at": write.at,
        "revision": deleted.revision + 1,
        "kind": noun,
        "operation": PURGED,
        "slug": slug,
        "dataset": deleted.owner,
    }
    write.connection.execute(insert(changes), tombstone)
