"""Times of single queries: each asked alone, in this process, several times."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from app.db.connect import connect
from app.settings import Settings
from benchmarks.databases import Prepared
from benchmarks.in_process_client import Answer, Asker, asking
from benchmarks.timed_queries import Asked, draw_questions

REPEATS = 5
DEEP, STRIDE = 20_000, 10_000


@dataclass(frozen=True)
class Taken:
    """Milliseconds of one kind of query: the median, the slowest, and the target.

    `cpu_ms` is the median of this process's CPU.
    """

    name: str
    title: str
    clock: str
    median_ms: float
    slowest_ms: float
    within: float | None
    worst: float | None
    cpu_ms: float


async def take_times(database: Prepared, only: Sequence[str] | None = None) -> list[Taken]:
    """Time the queries of a database: all, or those with these names."""
    questions = [
        each for each in await _draw_requests(database.url) if not only or each.name in only
    ]
    async with asking(database.url) as asker:
        await asker.columns_made(database.events)
        return [await _take_time(asker, each, database.kind) for each in questions]


async def _draw_requests(url: str) -> list[Asked]:
    database = connect(Settings(database_url=url))
    await database.open()
    try:
        return await database.read(draw_questions)
    finally:
        await database.close()


async def _take_time(asker: Asker, asked: Asked, kind: str) -> Taken:
    print(f"\r{kind}: {asked.title} ", end="", flush=True)
    answers = await best_answers(asker, asked.paths)
    best = [spent(each, asked.clock) for each in answers]
    return Taken(
        asked.name,
        asked.title,
        asked.clock,
        median(best),
        max(best),
        asked.within.get(kind),
        asked.worst.get(kind),
        median(each.cpu_ms for each in answers),
    )


def spent(answer: Answer, clock: str) -> float:
    """Return the time by the clock that counts."""
    return answer.database_ms if clock == "database" else answer.whole_ms


async def best_times(asker: Asker, paths: Sequence[str], clock: str) -> list[float]:
    """Return the shortest of several times for each path."""
    return [spent(each, clock) for each in await best_answers(asker, paths)]


async def best_answers(asker: Asker, paths: Sequence[str]) -> list[Answer]:
    """Return the answers with the shortest of several times: the others were disturbed."""
    best: dict[str, Answer] = {}
    for time in range(1, REPEATS + 1):
        for path in paths:
            answer = await asker.get(path.replace("{n}", str(time)))
            if answer.status != 200:
                raise SystemExit(f"{path} was answered with {answer.status}: {answer.body[:500]!r}")
            best[path] = quicker(best.get(path, answer), answer)
            await asyncio.sleep(0)
    return [best[path] for path in paths]


def quicker(one: Answer, other: Answer) -> Answer:
    """Choose the answer with the shorter time."""
    return replace(
        one,
        whole_ms=min(one.whole_ms, other.whole_ms),
        database_ms=min(one.database_ms, other.database_ms),
        cpu_ms=min(one.cpu_ms, other.cpu_ms),
    )


@dataclass(frozen=True)
class Depth:
    """Milliseconds of a whole answer: the first page, and the one `rows` deep."""

    rows: int
    first_ms: float
    deep_ms: float


async def take_depth(database: Prepared) -> Depth:
    """Time a page far down the list of all events beside the first."""
    async with asking(database.url) as asker:
        walked = 0
        cursor: str | None = ""
        while walked < DEEP and cursor is not None:
            page = json.loads((await asker.get(f"/v1/events?limit={STRIDE}{cursor}")).body)
            walked += len(page["items"])
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        if cursor is None:
            raise SystemExit(f"There are no {DEEP:,} events to walk over.")
        first, deep = await best_times(asker, ["/v1/events", f"/v1/events?{cursor[1:]}"], "whole")
    return Depth(walked, first, deep)
