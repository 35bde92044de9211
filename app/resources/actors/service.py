"""Making, changing and deleting actors."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import exists, or_, select

from app.db.transaction import Transaction
from app.errors import Conflict
from app.models.claims import claims
from app.models.events import participants
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
from app.record.links.references import require_owner
from app.record.links.slug_merge_schemas import merge_reference_records, refuse_while_merging
from app.record.preconditions import check_revision
from app.record.reference_records.save_reference_record import ReferenceRecord
from app.record.saved_record import SavedRecord
from app.resources.actors.resource_type import ACTORS
from app.resources.actors.schemas import MOST_NAMES, ActorContent, ActorCreate
from app.values.caller import Caller
from app.vocab.countries import get_countries
from app.vocab.organizations import get_organizations


def create_actor(write: Transaction, caller: Caller, body: ActorCreate) -> SavedRecord[str]:
    """Make an actor; Conflict if the slug is taken."""
    owner = require_owner(write, caller, body.dataset)
    return create_reference_record(
        write, caller, ACTORS, make_actor_content(body, body.slug, owner)
    ).get_saved()


def change_actor(
    write: Transaction,
    caller: Caller,
    slug: str,
    required: int | None,
    revise: Callable[[dict[str, Any]], ActorContent],
) -> SavedRecord[str]:
    """Give an actor other content; a new name is written into the events it takes part in."""
    stored = find_reference_record(write, caller, ACTORS, slug)
    check_revision(required, stored.revision)
    refuse_while_merging(write, ACTORS, slug)
    content = make_actor_content(revise(stored.document), slug, stored.document["dataset"])
    changed = change_reference_record(write, ACTORS, stored, content)
    if changed.document["name"] == stored.document["name"]:
        return changed.get_saved()
    subject = ChangedRecord("actor", slug, changed.document["dataset"])
    return replace(changed, rerendering=propagate_change(write, subject)).get_saved()


def restore_actor(write: Transaction, caller: Caller, slug: str) -> SavedRecord[str]:
    """Bring back a deleted actor as it was."""
    return restore_reference_record(
        write, ACTORS, find_deleted_record(write, caller, ACTORS, slug)
    ).get_saved()


def merge_actor(write: Transaction, caller: Caller, slug: str, into: str) -> SavedRecord[str]:
    """Merge an actor into another, which takes over its names and codes and is returned."""
    if slug in get_countries() or slug in get_organizations():
        raise Conflict(f"{slug!r} is of the vocabulary and stays: merge the other one into it")

    def take(merged: ReferenceRecord, stands: ReferenceRecord) -> ReferenceRecord:
        content = _combine_content(stands.document, merged.document)
        return change_reference_record(write, ACTORS, stands, content)

    return merge_reference_records(write, caller, ACTORS, (slug, into), take).get_saved()


def _combine_content(stands: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, Any]:
    """What is set of an actor once it has the names and codes of another as well."""
    names = [*stands["aliases"], merged["name"], *merged["aliases"]]
    aliases = [name for name in dict.fromkeys(names) if name != stands["name"]]
    codes = {scheme: list(listed) for scheme, listed in stands["codes"].items()}
    for scheme, listed in merged["codes"].items():
        codes[scheme] = list(dict.fromkeys([*codes.get(scheme, ()), *listed]))
    kept = {name: stands[name] for name in ("slug", "kind", "name")}
    return {
        **kept,
        "aliases": aliases[:MOST_NAMES],
        "codes": codes,
        "country": stands["country"] or merged["country"],
        "dataset": stands["dataset"],
    }


def delete_actor(write: Transaction, caller: Caller, slug: str, required: int | None) -> None:
    """Delete an actor that nothing refers to; else Conflict."""
    stored = find_reference_record(write, caller, ACTORS, slug)
    check_revision(required, stored.revision)
    refuse_while_merging(write, ACTORS, slug)
    uses = (
        exists().where(participants.c.actor == slug),
        exists().where(or_(claims.c.speaker == slug, claims.c.speaks_for == slug)),
        exists().where(sources.c.speaks_for == slug),
    )
    if write.connection.scalar(select(or_(*uses))):
        raise Conflict(f"the actor {slug!r} is in use: events, claims or sources name it")
    delete_reference_record(write, ACTORS, stored)


def make_actor_content(body: ActorContent, slug: str, dataset: str | None) -> dict[str, Any]:
    """What is set of an actor, in the order of its document."""
    return {
        "slug": slug,
        "kind": body.kind,
        "name": body.name,
        "aliases": list(dict.fromkeys(body.aliases)),
        "codes": {
            scheme: [codes] if isinstance(codes, str) else list(dict.fromkeys(codes))
            for scheme, codes in body.codes.items()
        },
        "country": body.country,
        "dataset": dataset,
    }
