"""Creating, changing, merging and deleting actors."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select

from app.db.transaction import Transaction
from app.errors import Conflict
from app.models.claims import claims
from app.models.events import participants
from app.models.sources import sources
from app.record.document import SavedRecord
from app.record.links.propagation import ChangedRecord, propagate_change
from app.record.links.reference_record_changes import (
    ChangeRules,
    change_reference_record,
    create_reference_record,
    delete_reference_record,
    merge_reference_records,
    restore_reference_record,
    save_changed_record,
)
from app.record.links.references import require_owner
from app.record.reference_records.save_reference_record import ReferenceRecord
from app.resources.actors.resource_type import ACTORS
from app.resources.actors.schemas import MOST_NAMES, ActorContent, ActorCreate
from app.values.caller import Caller
from app.vocab.countries import get_countries
from app.vocab.organizations import get_organizations


def create_actor(write: Transaction, caller: Caller, body: ActorCreate) -> SavedRecord[str]:
    """Create an actor; Conflict if the slug is taken."""
    owner = require_owner(write, caller, body.dataset)
    content = make_actor_content(body, body.slug, owner)
    return create_reference_record(write, caller, ACTOR_RULES, content)


def change_actor(
    write: Transaction,
    caller: Caller,
    slug: str,
    required: int | None,
    apply: Callable[[dict[str, Any]], ActorContent],
) -> SavedRecord[str]:
    """Change an actor; a new name is written into the events in which it takes part."""
    return change_reference_record(write, caller, ACTOR_RULES, slug, required, apply)


def restore_actor(write: Transaction, caller: Caller, slug: str) -> SavedRecord[str]:
    """Restore a deleted actor as it was."""
    return restore_reference_record(write, caller, ACTOR_RULES, slug)


def merge_actor(write: Transaction, caller: Caller, slug: str, into: str) -> SavedRecord[str]:
    """Merge an actor into another, which takes over its names and codes and is returned."""
    if slug in get_countries() or slug in get_organizations():
        raise Conflict(f"{slug!r} is part of the vocabulary: merge the other one into it")

    def transfer(merged: ReferenceRecord, kept: ReferenceRecord) -> ReferenceRecord:
        content = _combine_content(kept.document, merged.document)
        return save_changed_record(write, ACTORS, kept, content)

    return merge_reference_records(write, caller, ACTORS, (slug, into), transfer)


def delete_actor(write: Transaction, caller: Caller, slug: str, required: int | None) -> None:
    """Delete an actor that nothing refers to; else Conflict."""
    delete_reference_record(write, caller, ACTOR_RULES, slug, required)


def make_actor_content(body: ActorContent, slug: str, dataset: str | None) -> dict[str, Any]:
    """Return the settable fields of an actor in the order of its document."""
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


def _combine_content(kept: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of the kept actor with the names and codes of the merged one added."""
    names = [*kept["aliases"], merged["name"], *merged["aliases"]]
    aliases = [name for name in dict.fromkeys(names) if name != kept["name"]]
    codes = {scheme: list(listed) for scheme, listed in kept["codes"].items()}
    for scheme, listed in merged["codes"].items():
        codes[scheme] = list(dict.fromkeys([*codes.get(scheme, ()), *listed]))
    unchanged = {name: kept[name] for name in ("slug", "kind", "name")}
    return {
        **unchanged,
        "aliases": aliases[:MOST_NAMES],
        "codes": codes,
        "country": kept["country"] or merged["country"],
        "dataset": kept["dataset"],
    }


def _refuse_use(write: Transaction, slug: str) -> None:
    uses = (
        exists().where(participants.c.actor == slug),
        exists().where(or_(claims.c.speaker == slug, claims.c.speaks_for == slug)),
        exists().where(sources.c.speaks_for == slug),
    )
    if write.connection.scalar(select(or_(*uses))):
        raise Conflict(f"the actor {slug!r} is in use: events, claims or sources name it")


def _propagate_name(
    write: Transaction, caller: Caller, before: Mapping[str, Any], changed: ReferenceRecord
) -> UUID | None:
    del caller
    if changed.document["name"] == before["name"]:
        return None
    return propagate_change(write, ChangedRecord("actor", changed.slug, changed.owner))


ACTOR_RULES = ChangeRules(
    resource_type=ACTORS,
    make_content=make_actor_content,
    before_delete=_refuse_use,
    after_change=_propagate_name,
)
