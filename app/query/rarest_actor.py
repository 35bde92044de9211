"""Which of several actors has the fewest events: its are walked, the others' looked up."""

from collections.abc import Sequence

from sqlalchemy import bindparam

from app.db.database import Database
from app.db.statements import Statement
from app.models.events import participants
from app.query.remembered_counts import CountCache, build_capped_count

MAX_ACTOR_COUNT = 20_000
"""Actors with more events than this are alike."""


async def order_rarest_first(database: Database, actors: Sequence[str]) -> list[str]:
    """The actors, those with fewer events before those with more."""
    if len(actors) < 2:
        return list(actors)
    numbers = {
        actor: await _ACTOR_COUNTS.number(database, actor, _ACTOR_STATEMENT, {"actor": actor})
        for actor in actors
    }
    return sorted(actors, key=lambda actor: numbers[actor])


_IS_ACTOR = participants.c.actor == bindparam("actor", type_=participants.c.actor.type)
_ACTOR_STATEMENT = Statement(build_capped_count(participants, _IS_ACTOR, MAX_ACTOR_COUNT))
_ACTOR_COUNTS = CountCache()
