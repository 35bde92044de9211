"""The countries and organisations of the vocabulary, as actors from the first start on."""

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

# Beside the codes of an actor made here stands, in a scheme that nobody can ask for or write, the
# digest of what the vocabulary said. An editor's change writes the codes anew, without it: so an
# actor with this mark is as it was made here, whatever its revision, and one without is not ours.
VOCABULARY_SCHEME = "=vocabulary"

Content = dict[str, Any]


def seed_actors(write: Transaction) -> int:
    """Make the vocabulary's actors and follow its changes, and return how many were written.

    What an editor has changed, made or merged away under the same slug, is left alone. In a
    database in which nothing has happened yet they have stood always, and are no changes.
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
    """The content of every actor that the vocabulary knows: countries, then organisations."""
    for country in get_countries().values():
        aliases = (*country.aliases, *country.shared_names)
        shape = ("state", country.name, aliases, country.iso3)
        yield _make_content(country.iso3, shape, country.codes)
    for each in get_organizations().values():
        yield _make_content(each.slug, (each.kind, each.name, each.aliases, None), each.codes)


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
    gone = load_last_states(write.connection, "actor", [each["slug"] for each in contents])
    made = [make_create_change(each, gone.get(each["slug"]), _make_mark(each)) for each in contents]
    if write.connection.scalar(select(exists().select_from(changes))):
        save_reference_records(write, "actor", made)
    else:
        save_initial_records(write, "actor", made)


def _update_actors(write: Transaction, contents: list[Content]) -> None:
    by_slug = {each["slug"]: each for each in contents}
    named = select_reference_records("actor").where(any_of(actors.c.slug, "slugs"))
    held = [parse_record_row(row) for row in write.connection.execute(named, {"slugs": [*by_slug]})]
    save_reference_records(
        write,
        "actor",
        [
            ReferenceRecordChange("updated", each.slug, each, content, _make_mark(content))
            for each in held
            for content in (by_slug[each.slug],)
        ],
    )
    for each in held:
        if each.document["name"] != by_slug[each.slug]["name"]:
            propagate_change(write, ChangedRecord("actor", each.slug, None))


def _make_mark(content: Content) -> list[tuple[str, str]]:
    return [(VOCABULARY_SCHEME, _digest_content(content))]
