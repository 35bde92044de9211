"""Numbers of events that say which way to an answer is the fastest, remembered for some uses.

Neither database knows them when it plans: SQLite does not plan by value, and PostgreSQL's prepared
statements forget to after a while. A number changes how long an answer takes, never what it
says, so that it may be out of date.
"""

from collections.abc import Hashable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, Table, func, literal, select

from app.db.database import Database
from app.db.statements import Statement

USES_PER_COUNT = 200
"""So often a number is used before it is counted anew."""

MAX_CACHED_COUNTS = 20_000


class CountCache:
    """The numbers of one kind, by what was counted."""

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[Database, dict[Hashable, tuple[int, int]]] = (
            WeakKeyDictionary()
        )

    async def number(
        self, database: Database, key: Hashable, statement: Statement, values: Mapping[str, Any]
    ) -> int:
        """What the statement counts for these values, now or lately."""
        remembered = self._counts.setdefault(database, {})
        number, uses = remembered.get(key, (0, 0))
        if uses == 0:
            ((number,),) = await database.fetch(statement, values)
            uses = USES_PER_COUNT
            if len(remembered) >= MAX_CACHED_COUNTS:
                remembered.clear()
        remembered[key] = (number, uses - 1)
        return number


def build_capped_count(table: Table, condition: ColumnElement[bool], most: int) -> Select[int]:
    """Select how many rows meet a condition, counting no further than `most`."""
    some = select(literal(1).label("one")).select_from(table).where(condition).limit(most)
    return select(func.count().label("number")).select_from(some.subquery())
