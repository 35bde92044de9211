"""Counting of events by the fastest way that gives the right result: over columns, or by SQL.

Columns evaluate most queries of the present. Events that changed since the columns were made are
looked up in the same snapshot, so that counts equal those of the list right after a write. The
database counts everything else: the past, words, and other conditions without a mask.
"""

from collections.abc import Sequence

from app.aggregate.columns.column_cache import ColumnCache
from app.aggregate.columns.column_masks import can_mask
from app.aggregate.columns.column_network import count_column_network
from app.aggregate.columns.column_selection import Selected, count_selected, select_events
from app.aggregate.grouping import TOTAL, GroupCounts, Grouping
from app.aggregate.network import NetworkDocument, count_network
from app.aggregate.sql_counts import count_with_sql
from app.db.database import Database, Reads
from app.query.opaque_tokens import TokenSealer
from app.query.record_query import PlannedQuery
from app.settings import Settings

MANY_CHANGED = 100
"""Changed events looked up for one result, from which on the columns are brought up to date."""


class AggregateEngine:
    """Counts of events in groups; `start` and `stop` with the application."""

    def __init__(self, database: Database, settings: Settings, seal: TokenSealer) -> None:
        self._database = database
        self.cache = ColumnCache(database, settings, seal)

    async def start(self) -> None:
        """Begin to keep columns in the background."""
        await self.cache.start()

    async def stop(self) -> None:
        """Stop keeping columns."""
        await self.cache.stop()

    async def count_groups(
        self, query: PlannedQuery, groupings: Sequence[Grouping], reads: Reads | None = None
    ) -> list[GroupCounts]:
        """Return the counts of each grouping, all from one snapshot: `reads`, if it is given.

        Raise Invalid if there are too many groups.
        """
        selected = await self._select(query, reads)
        if selected is None:
            return await count_with_sql(reads or self._database, query, groupings)
        return await count_selected(selected, groupings)

    async def count_network(
        self, query: PlannedQuery, top: int, kinds: Sequence[str] | None = None
    ) -> NetworkDocument:
        """Return the `top` actors of the events and the edges among them, from one snapshot.

        With `kinds`, only actors of these kinds.
        """
        async with self._database.snapshot() as reads:
            selected = await self._select(query, reads)
            if selected is None:
                return await count_network(reads, query, top, kinds)
            return await count_column_network(reads, selected, top, kinds)

    async def count_records(self, query: PlannedQuery) -> int:
        """Return the number of records that match."""
        (total,) = await self.count_groups(query, [TOTAL])
        return total[()][0] or 0

    async def _select(self, query: PlannedQuery, reads: Reads | None) -> Selected | None:
        """Return the matching events in columns, or None if the database has to count them."""
        if not can_mask(query):
            return None
        selected = await select_events(self._database, reads, self.cache.columns, query)
        if selected is None or selected.looked_up >= MANY_CHANGED:
            self.cache.request_refresh()
        return selected
