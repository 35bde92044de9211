"""Seeding of the vocabulary's countries and organizations as actors."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import exists, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.actors import actor_codes, actors
from app.models.changes import changes
from app.record.document import encode_document
from app.record.links.propagation import ChangedRecord, propagate_change
from app.record.links.reference_record_changes import make_create_change
from app.record.merged_slugs import find_merged_slugs
from app.record.reference_records.save_reference_record import (
    ReferenceRecordChange,
    load_last_states,
    parse_record_row,
    save_initial_records,
    save_reference_records,
    select_reference_records,
)
from app.vocab.countries import get_countries
from app.vocab.organizations import get_organizations

# Beside its codes, an actor of the vocabulary has the digest of its vocabulary entry as a code of a
# scheme that no request can read or write. A change by an editor writes the codes without it: an
# actor with this mark is as it was seeded, whatever its revision; one without it is not ours.
VOCABULARY_SCHEME = "=vocabulary"

Content = dict[str, Any]


def seed_actors(write: Transaction) -> int:
    """Create the vocabulary's actors, apply its changes, and return the number of writes.

    An actor that an editor changed, created or merged away is left alone. In a database without
    any change the actors are valid from the beginning, and make no changes in the feed.
    """
    wanted = {content["slug"]: content for content in list_vocabulary_actors()}
    marks = _load_marks(write)
    there = select(actors.c.slug).where(any_of(actors.c.slug, "slugs"))
    known = set(write.connection.scalars(there, {"slugs": sorted(wanted)}))
    known |= find_merged_slugs(write.connection, "actor", wanted)
    new = [content for slug, content in wanted.items() if slug not in known]
    other = [
        content
        for slug, content in wanted.items()
        if slug in known and slug in marks and marks[slug] != _digest_content(content)
    ]
    if new:
        _create_actors(write, new)
    if other:
        _update_actors(write, other)
    return len(new) + len(other)


def list_vocabulary_actors() -> Iterator[Content]:
    """Yield the content of every actor in the vocabulary: countries, then organizations."""
    for country in get_countries().values():
        aliases = (*country.aliases, *country.shared_names)
        shape = ("state", country.name, aliases, country.iso3)
        yield _make_content(country.iso3, shape, country.codes)
    for body in get_organizations().values():
        yield _make_content(body.slug, (body.kind, body.name, body.aliases, None), body.codes)


def _make_content(
    slug: str,
    shape: tuple[str, str, tuple[str, ...], str | None],
    codes: Mapping[str, tuple[str, ...]],
) -> Content:
    kind, name, aliases, country = shape
    return {
        "slug": slug,
        "kind": kind,
        "name": name,
        "aliases": list(dict.fromkeys(aliases)),
        "codes": {scheme: list(listed) for scheme, listed in codes.items() if listed},
        "country": country,
        "dataset": None,
    }


def _load_marks(write: Transaction) -> dict[str, str]:
    marked = select(actor_codes.c.actor, actor_codes.c.code).where(
        actor_codes.c.scheme == VOCABULARY_SCHEME
    )
    return {row.actor: row.code for row in write.connection.execute(marked)}


def _digest_content(content: Content) -> str:
    return hashlib.blake2b(encode_document(content).encode(), digest_size=12).hexdigest()


def _create_actors(write: Transaction, contents: list[Content]) -> None:
    deleted = load_last_states(write.connection, "actor", [content["slug"] for content in contents])
    created = [
        make_create_change(content, deleted.get(content["slug"]), _make_mark(content))
        for content in contents
    ]
    if write.connection.scalar(select(exists().select_from(changes))):
        save_reference_records(write, "actor", created)
    else:
        save_initial_records(write, "actor", created)


def _update_actors(write: Transaction, contents: list[Content]) -> None:
    by_slug = {content["slug"]: content for content in contents}
    statement = select_reference_records("actor").where(any_of(actors.c.slug, "slugs"))
    rows = write.connection.execute(statement, {"slugs": [*by_slug]})
    stored = [parse_record_row(row) for row in rows]
    updates = []
    for actor in stored:
        content = by_slug[actor.slug]
        mark = _make_mark(content)
        updates.append(ReferenceRecordChange("updated", actor.slug, actor, content, mark))
    save_reference_records(write, "actor", updates)
    for actor in stored:
        if actor.document["name"] != by_slug[actor.slug]["name"]:
            propagate_change(write, ChangedRecord("actor", actor.slug, None))


def _make_mark(content: Content) -> list[tuple[str, str]]:
    return [(VOCABULARY_SCHEME, _digest_content(content))]
