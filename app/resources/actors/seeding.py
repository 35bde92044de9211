"""The countries and organisations of the vocabulary, as actors from the first start on."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, bindparam, insert, select, update

from app.db.functions import any_of
from app.db.writing import Write
from app.models.actors import actor_codes, actors
from app.record.document import decode, encode
from app.record.rerendering import Subject, follow_change
from app.record.slugged import Slugged, row_of, stamped
from app.resources.actors.noun import ACTORS
from app.resources.actors.service import add_names_and_codes, remove_names_and_codes
from app.vocab.countries import countries
from app.vocab.organisations import organisations

# Beside the codes of an actor made here stands, in a scheme that nobody can ask for or write, the
# digest of what the vocabulary said. An editor's change writes the codes anew, without it: so an
# actor with this mark is as it was made here, whatever its revision, and one without is not ours.
MADE_FROM = "=vocabulary"

Content = dict[str, Any]


def seed_actors(write: Write) -> int:
    """Make the vocabulary's actors and follow its changes, and return how many were written.

    What an editor has changed, or made under the same slug, is left alone.
    """
    wanted = {content["slug"]: content for content in vocabulary_actors()}
    marks = _marks(write)
    there = select(actors.c.slug).where(any_of(actors.c.slug, "slugs"))
    known = set(write.connection.scalars(there, {"slugs": sorted(wanted)}))
    new = [content for slug, content in wanted.items() if slug not in known]
    other = [
        content
        for slug, content in wanted.items()
        if slug in known and slug in marks and marks[slug] != _digest(content)
    ]
    if new:
        _make(write, new)
    if other:
        _change(write, other)
    return len(new) + len(other)


def vocabulary_actors() -> Iterator[Content]:
    """The content of every actor that the vocabulary knows: countries, then organisations."""
    for country in countries().values():
        aliases = (*country.aliases, *country.shared_names)
        shape = ("state", country.name, aliases, country.iso3)
        yield _content(country.iso3, shape, country.codes)
    for each in organisations().values():
        yield _content(each.slug, (each.kind, each.name, each.aliases, None), each.codes)


def _content(
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


def _marks(write: Write) -> dict[str, str]:
    marked = select(actor_codes.c.actor, actor_codes.c.code).where(
        actor_codes.c.scheme == MADE_FROM
    )
    return {row.actor: row.code for row in write.connection.execute(marked)}


def _digest(content: Content) -> str:
    return hashlib.blake2b(encode(content).encode(), digest_size=12).hexdigest()


def _make(write: Write, contents: list[Content]) -> None:
    made = [
        Slugged(each["slug"], 1, write.at, stamped(each, 1, write.at, write.at))
        for each in contents
    ]
    write.connection.execute(insert(actors), [row_of(ACTORS, each, write.at, {}) for each in made])
    _index(write, contents)


def _change(write: Write, contents: list[Content]) -> None:
    by_slug = {each["slug"]: each for each in contents}
    held = (
        select(actors.c.slug, actors.c.revision, actors.c.created_at, actors.c.document)
        .where(any_of(actors.c.slug, "slugs"))
        .order_by(actors.c.slug)
        .with_for_update(of=actors)
    )
    rows, renamed = [], []
    for slug, revision, created_at, text in write.connection.execute(held, {"slugs": [*by_slug]}):
        document = stamped(by_slug[slug], revision + 1, created_at, write.at)
        changed = Slugged(slug, revision + 1, created_at, document)
        row = row_of(ACTORS, changed, write.at, {})
        rows.append({f"new_{name}": row[name] for name in _WRITTEN} | {"of": slug})
        if decode(text)["name"] != document["name"]:
            renamed.append(slug)
    write.connection.execute(_CHANGING, rows)
    remove_names_and_codes(write, [*by_slug])
    _index(write, contents)
    for slug in renamed:
        follow_change(write, Subject("actor", slug, None))


def _index(write: Write, contents: list[Content]) -> None:
    add_names_and_codes(write, contents)
    marks = [
        {"scheme": MADE_FROM, "code": _digest(each), "actor": each["slug"]} for each in contents
    ]
    write.connection.execute(insert(actor_codes), marks)


_WRITTEN = {
    "kind": Text,
    "name": Text,
    "country": Text,
    "revision": Integer,
    "updated_at": BigInteger,
    "document": Text,
}
_CHANGING = (
    update(actors)
    .where(actors.c.slug == bindparam("of", type_=Text))
    .values({name: bindparam(f"new_{name}", type_=kind) for name, kind in _WRITTEN.items()})
)
