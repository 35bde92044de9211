"""Which of several actors has the fewest events: its are walked, the others' looked up.

SQLite does not plan by value, and PostgreSQL's prepared statements forget to after a while. The
order changes how long an answer takes, never what it says, so that a number may be out of date.
"""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, func, literal, select

from app.db.database import Database
from app.db.statements import Statement
from app.models.events import participants

MOST_COUNTED = 20_000
"""Actors with more events than this are alike."""

USES = 200
"""So often a number is used before the actor is counted anew."""

MOST_REMEMBERED = 20_000


async def rarest_first(database: Database, actors: Sequence[str]) -> list[str]:
    """The actors, those with fewer events before those with more."""
    if len(actors) < 2:
        return list(actors)
    numbers = {actor: await _number(database, actor) for actor in actors}
    return sorted(actors, key=lambda actor: numbers[actor])


async def _number(database: Database, actor: str) -> int:
    remembered = _REMEMBERED.setdefault(database, {})
    number, uses = remembered.get(actor, (0, 0))
    if uses == 0:
        ((number,),) = await database.fetch(_COUNT, {"actor": actor})
        uses = USES
        if len(remembered) >= MOST_REMEMBERED:
            remembered.clear()
    remembered[actor] = (number, uses - 1)
    return number


def _count() -> Statement:
    of_actor = participants.c.actor == bindparam("actor", type_=participants.c.actor.type)
    some = select(literal(1).label("one")).where(of_actor).limit(MOST_COUNTED)
    return Statement(select(func.count().label("number")).select_from(some.subquery()))


_COUNT = _count()
_REMEMBERED: WeakKeyDictionary[Database, dict[str, tuple[int, int]]] = WeakKeyDictionary()
