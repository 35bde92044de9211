"""Which of several actors has the fewest events: its are walked, the others' looked up."""

from collections.abc import Sequence

from sqlalchemy import bindparam

from app.db.database import Database
from app.models.events import participants
from app.query.remembered_counts import Numbers, counting

MOST_COUNTED = 20_000
"""Actors with more events than this are alike."""


async def rarest_first(database: Database, actors: Sequence[str]) -> list[str]:
    """The actors, those with fewer events before those with more."""
    if len(actors) < 2:
        return list(actors)
    numbers = {
        actor: await _NUMBERS.number(database, actor, _COUNT, {"actor": actor}) for actor in actors
    }
    return sorted(actors, key=lambda actor: numbers[actor])


_OF_ACTOR = participants.c.actor == bindparam("actor", type_=participants.c.actor.type)
_COUNT = counting(participants, _OF_ACTOR, MOST_COUNTED)
_NUMBERS = Numbers()
