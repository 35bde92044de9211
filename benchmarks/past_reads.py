"""Reads of the past: pages as of the first load, after revisions of a fifth and of all events."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from sqlalchemy import func, select

from app.db.connect import connect
from app.db.feed_positions import transaction_end
from app.models.events import past_events
from app.query.opaque_tokens import TokenSealer
from app.settings import Settings
from benchmarks.databases import REVISED, prepared
from benchmarks.in_process_client import Asker, asking
from benchmarks.query_times import best_times
from benchmarks.records import SEED
from benchmarks.timed_queries import common_countries

TIMES_NOW = 3.0
"""The longest time of a page of the past with few revisions, in times of the present."""

FILTERED_MS, UNFILTERED_MS = 10.0, 150.0
"""The longest times after a full re-release, by country and of all events."""


@dataclass(frozen=True)
class PastPage:
    """Milliseconds of database time of a page now and as of the first load (medians)."""

    revised: str
    page: str
    now_ms: float
    then_ms: float
    wanted: str
    reached: bool


def read_past(kind: str, events: int) -> list[PastPage]:
    """Measure each share of revised events."""
    found: list[PastPage] = []
    for name in REVISED:
        with prepared(kind, events, name) as database:
            found += asyncio.run(_time_pages(database.url, name))
    return found


async def _time_pages(url: str, name: str) -> list[PastPage]:
    countries, position = await _draw_countries(url)
    by_country = [f"/v1/events?country={each}" for each in countries]
    async with asking(url) as asker:
        then = TokenSealer(asker.secret).seal_position(position)
        return [
            await _compare_pages(asker, name, "country", by_country, then),
            await _compare_pages(asker, name, "all", ["/v1/events?sort=-date"], then),
        ]


async def _compare_pages(
    asker: Asker, name: str, page: str, paths: Sequence[str], then: str
) -> PastPage:
    now_ms = median(await best_times(asker, paths, "database"))
    # The clock counts what finds the position as well: one more short read.
    then_ms = median(
        await best_times(asker, [f"{each}&as_of={then}" for each in paths], "database")
    )
    if name == "a fifth":
        return PastPage(
            name, page, now_ms, then_ms, f"≤ {TIMES_NOW:g} ×", then_ms <= TIMES_NOW * now_ms
        )
    most = FILTERED_MS if page == "country" else UNFILTERED_MS
    return PastPage(name, page, now_ms, then_ms, f"≤ {most:g} ms", then_ms <= most)


async def _draw_countries(url: str) -> tuple[list[str], int]:
    """Draw some countries, and the position at the end of the first load."""
    database = connect(Settings(database_url=url))
    await database.open()
    try:
        first = select(func.min(past_events.c.until_position))
        replaced: int = await database.read(lambda read: read.scalar(first) or 0)
        names = await database.read(common_countries)
    finally:
        await database.close()
    return Random(SEED).sample(names, 20), transaction_end(replaced) - (1 << 17)
