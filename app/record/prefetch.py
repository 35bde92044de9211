"""Prefetched names, source profiles, and taken order keys: one statement saves round trips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, cast, literal, null, select, union_all

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.actors import actors, past_actors
from app.models.events import events
from app.models.sources import past_sources, sources
from app.record.merged_slugs import add_row_lock
from app.record.verification import SourceProfile


@dataclass
class Prefetched:
    """Names of actors, profiles of sources, and taken order keys."""

    names: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, SourceProfile] = field(default_factory=dict)
    taken_keys: set[int] = field(default_factory=set)


def load_prefetched(
    connection: Connection, named: Iterable[str], cited: Iterable[str], keys: Iterable[int]
) -> Prefetched:
    """Load names of actors, profiles of sources, and the taken ones of the order keys."""
    prefetched = Prefetched()
    wanted: dict[str, Any] = {
        "named": sorted(set(named)),
        "cited": sorted(set(cited)),
        "keys": sorted(set(keys)),
    }
    if not any(wanted.values()):
        return prefetched
    for key, slug, text, owner, speaks_for in fetch(connection, _PREFETCH, wanted):
        if slug is None:
            prefetched.taken_keys.add(key)
        elif key is None:
            prefetched.names[slug] = text
        else:
            prefetched.profiles[slug] = SourceProfile(text, owner, speaks_for)
    prefetched.names |= load_last_names(connection, wanted["named"], prefetched.names)
    prefetched.profiles |= load_last_profiles(connection, wanted["cited"], prefetched.profiles)
    return prefetched


_NULL_TEXT = cast(null(), Text)
_PREFETCH = Statement(
    union_all(
        select(
            cast(null(), BigInteger).label("key"),
            actors.c.slug,
            actors.c.name,
            _NULL_TEXT.label("owner"),
            _NULL_TEXT.label("speaks_for"),
        ).where(any_of(actors.c.slug, "named")),
        select(
            literal(0, BigInteger),
            sources.c.slug,
            sources.c.reliability,
            sources.c.owner,
            sources.c.speaks_for,
        ).where(any_of(sources.c.slug, "cited")),
        select(events.c.order_key, _NULL_TEXT, _NULL_TEXT, _NULL_TEXT, _NULL_TEXT).where(
            any_of(events.c.order_key, "keys")
        ),
    )
)


def load_actor_names(
    connection: Connection, slugs: Iterable[str], *, hold: bool = False
) -> dict[str, str]:
    """Return the name of each existing actor by slug.

    With `hold` nobody renames, merges or deletes it until the transaction ends.
    """
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    return dict(fetch(connection, _LOCKED_NAMES if hold else _NAMES, {"slugs": wanted}))


def load_last_names(
    connection: Connection, slugs: Iterable[str], names: Mapping[str, str]
) -> dict[str, str]:
    """Return the last names of deleted actors missing from `names`, for restored records."""
    deleted = [slug for slug in slugs if slug not in names]
    return dict(fetch(connection, _LAST_NAMES, {"slugs": deleted})) if deleted else {}


_CURRENT_NAMES = select(actors.c.slug, actors.c.name).where(any_of(actors.c.slug, "slugs"))
_NAMES = Statement(_CURRENT_NAMES)
_LOCKED_NAMES = Statement(add_row_lock(_CURRENT_NAMES, actors))
# In the order of the past, so that the last state is the one that is kept.
_LAST_NAMES = Statement(
    select(past_actors.c.slug, past_actors.c.name)
    .where(any_of(past_actors.c.slug, "slugs"))
    .order_by(past_actors.c.until_position)
)


def load_source_profiles(
    connection: Connection, slugs: Iterable[str], *, hold: bool = False
) -> dict[str, SourceProfile]:
    """Return the profiles of the existing sources; with `hold` nobody changes one meanwhile."""
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    statement = _LOCKED_FACTS if hold else _SOURCE_FACTS
    return {
        slug: SourceProfile(*facts)
        for slug, *facts in fetch(connection, statement, {"slugs": wanted})
    }


def load_last_profiles(
    connection: Connection, slugs: Iterable[str], facts: Mapping[str, SourceProfile]
) -> dict[str, SourceProfile]:
    """Return the last profiles of deleted sources missing from `facts`, for restored claims."""
    deleted = [slug for slug in slugs if slug not in facts]
    rows = fetch(connection, _LAST_FACTS, {"slugs": deleted}) if deleted else []
    return {slug: SourceProfile(*last) for slug, *last in rows}


_FACTS = ("slug", "reliability", "owner", "speaks_for")
_CURRENT_FACTS = select(*(sources.c[name] for name in _FACTS)).where(
    any_of(sources.c.slug, "slugs")
)
_SOURCE_FACTS = Statement(_CURRENT_FACTS)
_LOCKED_FACTS = Statement(add_row_lock(_CURRENT_FACTS, sources))
# In the order of the past, so that the last state is the one that is kept.
_LAST_FACTS = Statement(
    select(*(past_sources.c[name] for name in _FACTS))
    .where(any_of(past_sources.c.slug, "slugs"))
    .order_by(past_sources.c.until_position)
)
