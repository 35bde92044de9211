"""Filling of a database with the measured data as an import does: rendered ahead, then loaded."""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from time import monotonic
from typing import Any

from sqlalchemy import Connection, select

from app.db.connect import connect
from app.db.database import Database
from app.db.migrations import migrate
from app.db.transaction import Transaction
from app.models.actors import actors
from app.models.sources import sources
from app.record.bulk_save import insert_new_events
from app.record.prefetch import load_actor_names, load_source_profiles
from app.record.verification import SourceProfile
from app.settings import Settings
from benchmarks import records

BATCH = 2_000
AHEAD = 2
"""Batches that are rendered while others are written."""


def fill(url: str, events: int) -> None:
    """Migrate and fill a database."""
    migrate(url)
    asyncio.run(_fill(url, events))


def revise(url: str, events: int, step: int) -> None:
    """Revise every nth event once."""
    batches = (
        partial(records.revise, numbers=range(first, min(first + BATCH * step, events), step))
        for first in range(0, events, BATCH * step)
    )
    asyncio.run(_write_all(url, batches, -(-events // step)))


async def _fill(url: str, events: int) -> None:
    await _write_all(url, [records.seed], 1)
    database = connect(Settings(database_url=url))
    await database.open()
    known = await database.read(_load_names)
    await database.close()
    rendering = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    with rendering:
        await _write_all(url, _render_events(rendering, events, database.driver, known), events)


def _load_names(connection: Connection) -> tuple[dict[str, str], dict[str, SourceProfile]]:
    """Load the actor names and source facts that the events depend on."""
    slugs = list(connection.scalars(select(actors.c.slug)))
    named = list(connection.scalars(select(sources.c.slug)))
    return load_actor_names(connection, slugs), load_source_profiles(connection, named)


def _render_events(
    rendering: ProcessPoolExecutor, events: int, driver: str, known: tuple[Any, Any]
) -> Iterator[Callable[[Transaction], None]]:
    waiting: deque[Any] = deque()
    for first in range(0, events, BATCH):
        numbers = range(first, min(first + BATCH, events))
        waiting.append(rendering.submit(records.rendered, numbers, driver, *known))
        if len(waiting) > AHEAD:
            yield partial(_load, *waiting.popleft().result())
    while waiting:
        yield partial(_load, *waiting.popleft().result())


def _load(parcels: dict[str, bytes], changes: int, write: Transaction) -> None:
    insert_new_events(write, parcels, changes, set())


async def _write_all(url: str, batches: Iterable[Callable[[Transaction], None]], rows: int) -> None:
    database: Database = connect(Settings(database_url=url))
    await database.open()
    try:
        began = monotonic()
        for number, batch in enumerate(batches, 1):
            await database.write(batch)
            done = min(number * BATCH, rows)
            rate = done / (monotonic() - began)
            print(f"\rfilling: {done:,} of {rows:,}, {rate:,.0f} a second ", end="", flush=True)
        print()
    finally:
        await database.close()
