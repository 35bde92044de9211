"""What saving events rests on beside themselves, read in one statement: a round trip costs more."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, cast, literal, null, select, union_all

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.actors import actors
from app.models.events import events
from app.models.sources import sources
from app.record.claim_statements import SourceProfile, load_last_profiles
from app.record.document_names import load_last_names


@dataclass
class Prefetched:
    """Names of actors, facts of sources, and which order keys are taken."""

    names: dict[str, str] = field(default_factory=dict)
    facts: dict[str, SourceProfile] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)


def load_prefetched(
    connection: Connection, named: Iterable[str], cited: Iterable[str], keys: Iterable[int]
) -> Prefetched:
    """Of the actors `named`, the sources `cited` and the order keys that are wanted."""
    ground = Prefetched()
    wanted: dict[str, Any] = {
        "named": sorted(set(named)),
        "cited": sorted(set(cited)),
        "keys": sorted(set(keys)),
    }
    if not any(wanted.values()):
        return ground
    for key, slug, text, owner, speaks_for in fetch(connection, _PREFETCH, wanted):
        if slug is None:
            ground.taken.add(key)
        elif key is None:
            ground.names[slug] = text
        else:
            ground.facts[slug] = SourceProfile(text, owner, speaks_for)
    ground.names |= load_last_names(connection, wanted["named"], ground.names)
    ground.facts |= load_last_profiles(connection, wanted["cited"], ground.facts)
    return ground


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
